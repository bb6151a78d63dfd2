"""The CDK application: every stack, wired.

Decides which stack gets what of another. Never makes a resource itself.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from aws_cdk import App, Tags

from infra.build_layers import BuildError
from infra.constructs.nag import check_with_packs
from infra.settings import Settings, SettingsError
from infra.stacks.agents import AgentsStack
from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stacks.events import EventsStack
from infra.stacks.fallback import FallbackStack
from infra.stacks.identity import IdentityStack
from infra.stacks.imports import ImportsStack
from infra.stacks.outbox_relay import OutboxRelayStack
from infra.stacks.prompts import PromptsStack
from infra.stacks.public import PublicStack
from infra.stacks.queues import QueuesStack
from infra.stacks.realtime import RealtimeStack
from infra.stacks.recordings import RecordingsStack
from infra.stacks.routing import RoutingStack
from infra.stacks.telephony import TelephonyStack
from infra.wiring import Foundation, attach_orders


def build_app(context: Mapping[str, Any] | None = None, outdir: str | None = None) -> App:
    """Build the application.

    Parameters
    ----------
    context
        Settings beyond those that the CDK command line hands over in the environment.
    outdir
        Where the templates go; the command line's choice by default.

    Raises
    ------
    SettingsError
        If a setting is not accepted.
    """
    app = App(context=dict(context) if context else None, outdir=outdir, analytics_reporting=False)
    settings = Settings.from_context(app.node.get_all_context())

    data = DataStack(app, "Centralino-Data", settings=settings)
    events = EventsStack(app, "Centralino-Events", settings=settings)
    identity = IdentityStack(app, "Centralino-Identity", settings=settings)
    queues = QueuesStack(
        app, "Centralino-Queues", settings=settings, alarm_topic=events.alarm_topic
    )
    api = ApiStack(
        app, "Centralino-Api", settings=settings, identity=identity, alarm_topic=events.alarm_topic
    )
    foundation = Foundation(settings=settings, tables=data.tables, alarm_topic=events.alarm_topic)
    realtime = RealtimeStack(app, "Centralino-Realtime", foundation=foundation, queues=queues)
    telephony = TelephonyStack(
        app, "Centralino-Telephony", foundation=foundation, api=api, routing=realtime.routing
    )
    recordings = RecordingsStack(
        app,
        "Centralino-Recordings",
        foundation=foundation,
        telephony=telephony.telephony,
        orders=queues.recordings,
    )
    attach_orders(queues.recordings, telephony.function)
    FallbackStack(app, "Centralino-Fallback", settings=settings)
    prompts = PromptsStack(app, "Centralino-Prompts", settings=settings).prompts
    prompts.attach(realtime.function)
    RoutingStack(
        app,
        "Centralino-Routing",
        foundation=foundation,
        routing=realtime.routing,
        telephony=telephony.telephony,
    )
    agents = AgentsStack(
        app,
        "Centralino-Agents",
        foundation=foundation,
        api=api,
        realtime=realtime,
        telephony=telephony.telephony,
    )
    recordings.attach_listening(agents.function)
    PublicStack(
        app,
        "Centralino-Public",
        foundation=foundation,
        api=api,
        realtime=realtime,
        telephony=telephony.telephony,
        prompts=prompts,
    )
    OutboxRelayStack(
        app,
        "Centralino-OutboxRelay",
        foundation=foundation,
        routing=realtime.routing,
        bus=events.bus,
    )
    ImportsStack(
        app,
        "Centralino-Imports",
        foundation=foundation,
        telephony=telephony.telephony,
        bus=events.bus,
    )
    Tags.of(app).add("application", "centralino")
    Tags.of(app).add("stage", settings.stage)
    if not settings.embedded:
        check_with_packs(app)
    return app


def main() -> int:
    """Synthesize for the CDK command line."""
    try:
        build_app().synth()
    except SettingsError as error:
        sys.stderr.write(f"centralino: {error}\n")
        return 2
    except BuildError as error:
        sys.stderr.write(f"centralino: the dependency layer was not built: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
