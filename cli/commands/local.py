"""``centralino local``: the embedded cloud that stays, with a seeded contact centre on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.failures import BAD_INPUT, fail

if TYPE_CHECKING:
    from local.cloud import CloudStatus
    from local.demo.standing import People

group = typer.Typer(help="The embedded cloud of this checkout.", no_args_is_help=True)


@group.command()
def up(
    port: Annotated[int | None, typer.Option(help="Where a new cloud listens")] = None,
    agents: Annotated[int, typer.Option(help="How many agents to seed")] = 6,
) -> None:
    """Start the cloud unless it runs, deploy the product, seed a demo contact centre."""
    from local.cloud import EmbeddedCloudError, Progress
    from local.demo import standing
    from local.demo.errors import DemoError, SettingError

    try:
        status, people = standing.up(port=port, agents=agents, progress=Progress())
    except SettingError as error:
        fail(error, BAD_INPUT)
    except (DemoError, EmbeddedCloudError) as error:
        fail(error)
    _show(status, people)


@group.command()
def down() -> None:
    """Stop the cloud. What was deployed to it is gone."""
    from local.cloud import down as stop

    print("stopped" if stop() else "the embedded cloud was not running")


@group.command()
def status() -> None:
    """Tell whether the cloud runs, and where. Exit status 1 when it does not."""
    from local.cloud import status as look

    found = look()
    if found is None:
        print("the embedded cloud is not running")
        raise typer.Exit(1)
    _show(found)


@group.command()
def voice() -> None:
    """Speak for calls from pages until Ctrl-C, in the place of Amazon Polly.

    Without it such calls go on in silence: pages show the words.
    """
    import time

    from local.cloud import EmbeddedCloudError, require_deployment
    from local.demo import voice as demo_voice
    from local.demo.administration import published_rules
    from local.demo.errors import DemoError
    from local.speech import SpeechError, SpeechServer

    try:
        deployment = require_deployment()
        rules = published_rules(deployment).current()
        with SpeechServer(demo_voice.speech_port(deployment.endpoint)) as server:
            count = demo_voice.prerender(deployment, server.url, rules)
            print(f"speaking at {server.url}, {count} prompts known beforehand; Ctrl-C ends it")
            while True:
                time.sleep(3_600)
    except (DemoError, EmbeddedCloudError, SpeechError) as error:
        fail(error)
    except KeyboardInterrupt:
        print("silent again")


def _show(found: CloudStatus, people: People | None = None) -> None:
    from local.demo.seed import PASSWORD

    print(f"cloud      {found.endpoint} (pid {found.pid}, log {found.log})")
    deployment = found.deployment
    if deployment is None:
        print("nothing is deployed to it yet")
        return
    print(f"API        {deployment.http_api_url}")
    print(f"realtime   {deployment.websocket_url}")
    print(f"outbox     {deployment.http_api_url}/v1/public/outbox (what would have been sent)")
    print(f"user pool  {deployment.identity.user_pool_id}")
    if people is not None:
        print(f"sign in    {', '.join(one.user for one in people.agents)} (password {PASSWORD})")
        print(f"supervise  {', '.join(one.user for one in people.supervisors)} (the same password)")
