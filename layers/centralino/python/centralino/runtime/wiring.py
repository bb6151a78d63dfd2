"""The composition root: which adapter stands behind which port, made once when first needed.

Clients are made and settings are checked when first needed: a function pays only for what it
uses, and nothing before its first request.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from centralino.adapters.calendars import public_holidays
from centralino.adapters.dynamodb.configuration import DynamoConfiguration
from centralino.adapters.dynamodb.mapping import agent_of_image, contact_of_image
from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from centralino.adapters.eventbridge import EventBridgeBus
from centralino.adapters.phones import dialled
from centralino.adapters.sqs import SqsDeadLetters, SqsNudges, SqsTimers
from centralino.adapters.system import RandomIds, SystemClock
from centralino.adapters.telephony.deferred import DeferredMedia
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.adapters.threads import ThreadFanOut
from centralino.adapters.websocket import WebSocketRealtime
from centralino.application.app import App
from centralino.application.heat import hints_at_start
from centralino.application.ports import Media, Question, Sources
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, TransientDependency
from centralino.runtime.logging import log
from centralino.runtime.twilio import Twilio

SECRET_FRESH_S = 300.0
_HTTP = Config(connect_timeout=1, read_timeout=3, retries={"max_attempts": 3, "mode": "standard"})


@cache
def _client(service: str, endpoint: str | None = None) -> Any:
    return boto3.client(service, config=_HTTP, endpoint_url=endpoint)  # type: ignore[call-overload]


@cache
def _tables() -> Tables:
    from centralino.runtime.settings import TableSettings, settings

    found = settings(TableSettings)
    return bind(
        TableNames(
            contacts=found.contacts_table,
            agents=found.agents_table,
            config=found.config_table,
            operations=found.ops_table,
        )
    )


@cache
def app() -> App:
    """Return the ports of this process."""
    from centralino.runtime.settings import RoutingSettings, settings

    found, clock, ids = settings(RoutingSettings), SystemClock(), RandomIds()
    operations = DynamoOperations(_tables(), clock)
    return App(
        store=DynamoStore(_tables(), ids),
        operations=operations,
        configuration=DynamoConfiguration(_tables(), clock),
        timers=SqsTimers(_client("sqs"), found.timers_queue_url),
        nudges=SqsNudges(_client("sqs"), found.nudges_queue_url, ids),
        realtime=WebSocketRealtime(_pages, operations, log()),
        media=DeferredMedia(_media),
        clock=clock,
        ids=ids,
        log=log(),
        fan_out=ThreadFanOut(),
        hints=hints_at_start(),
        holidays=public_holidays,
        sources=_DataSources(),
        dialled=dialled,
    )


class _DataSources:
    """The data sources of flows, made when first asked."""

    def ask(self, question: Question) -> Any:
        """See :meth:`Sources.ask`."""
        return _sources().ask(question)


@cache
def _sources() -> Sources:
    # Imported when a flow asks: most functions never do, and most calls neither.
    from centralino.adapters.sources import Sources as DataSources

    return DataSources(_patient_lambda)


@cache
def _patient_lambda(seconds: float) -> Any:
    config = Config(connect_timeout=1, read_timeout=seconds, retries={"total_max_attempts": 1})
    return boto3.client("lambda", config=config)


@cache
def bus() -> EventBridgeBus:
    """Return the event bus."""
    from centralino.runtime.settings import BusSettings, settings

    return EventBridgeBus(_client("events"), settings(BusSettings).event_bus_name)


@cache
def dead_letters() -> SqsDeadLetters:
    """Return where this function sets hopeless messages aside."""
    from centralino.runtime.settings import DeadLetterSettings, settings

    return SqsDeadLetters(_client("sqs"), settings(DeadLetterSettings).dead_letter_queue_url)


def twilio() -> Twilio:
    """Return the carrier's account, its secret at most five minutes old."""
    from centralino.runtime.settings import TelephonySettings, settings

    found = settings(TelephonySettings)
    secret = json.loads(_secret(found.twilio_secret_arn))
    return Twilio(secret["account_sid"], secret["auth_token"], Urls(found.public_url))


def identity_key() -> bytes:
    """Return the key of contact and subject ids."""
    from centralino.runtime.settings import IdentitySettings, settings

    return _secret(settings(IdentitySettings).identity_secret_arn).encode()


def entity_from_image(image: Mapping[str, Any]) -> Contact | Agent | None:
    """Return the contact or agent in a stream record's image."""
    if "c" in image:
        return contact_of_image(image)
    return agent_of_image(image) if "a" in image else None


def answer_on(connection: str, frame: str) -> None:
    """Answer a page on its own connection; one that has gone needs no answer."""
    try:
        _pages().post_to_connection(ConnectionId=connection, Data=frame.encode())
    except (ClientError, BotoCoreError) as error:
        log().info("answer_not_taken", error=type(error).__name__)


def _pages() -> Any:
    from centralino.runtime.settings import RoutingSettings, settings

    endpoint = settings(RoutingSettings).websocket_callback_url
    return _client("apigatewaymanagementapi", endpoint)


def _media(provider: str) -> Media:
    if provider == "twilio":
        return _media_of(twilio())
    raise CentralinoError("this provider is not set up here", code="provider_not_set_up")


@cache
def _media_of(account: Twilio) -> Media:
    from centralino.adapters.telephony.twilio.api import TwilioApi
    from centralino.adapters.telephony.twilio.rest import TwilioMedia
    from centralino.runtime.settings import TelephonySettings, settings

    api = TwilioApi(account.account, account.token, settings(TelephonySettings).twilio_api_url)
    return TwilioMedia(api, account.urls, _number_of)


def _number_of(contact: Contact) -> str:
    line = app().configuration.current().lines.get(contact.line or "")
    return line.number if line is not None else ""


_secrets: dict[str, tuple[float, str]] = {}


def _secret(arn: str) -> str:
    """Return a secret, read again after five minutes so that a rotated one is taken up."""
    kept = _secrets.get(arn)
    if kept is None or time.monotonic() - kept[0] > SECRET_FRESH_S:
        try:
            value = _client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        except (ClientError, BotoCoreError) as error:
            raise TransientDependency("a secret could not be read") from error
        kept = _secrets[arn] = (time.monotonic(), value)
    return kept[1]
