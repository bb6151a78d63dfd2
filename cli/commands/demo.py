"""``centralino demo``: a day of calls on an embedded cloud of its own."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from cli.failures import BAD_INPUT, FAILED, INTERRUPTED, fail

if TYPE_CHECKING:
    from local.demo.report import Report
    from local.demo.settings import DemoSettings


def demo(
    calls: Annotated[int | None, typer.Option(help="Calls of the day [CALLS, 60]")] = None,
    speed: Annotated[
        float | None, typer.Option(help="How much faster than life the day runs [SPEED, 20]")
    ] = None,
    agents: Annotated[int | None, typer.Option(help="Robot agents [AGENTS, 6]")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed, the same day [SEED, 1]")] = None,
    day: Annotated[
        Path | None, typer.Option(help="Replay this call log instead of a made-up day [DAY]")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="twilio, or webvoice for calls between pages [PROVIDER]")
    ] = None,
    media: Annotated[
        float | None,
        typer.Option(help="Share of calls between pages whose sound really flows [MEDIA, 0.2]"),
    ] = None,
    headless: Annotated[
        bool | None, typer.Option("--headless/--live", help="Plain progress lines [HEADLESS]")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Where the embedded cloud listens")] = None,
    build: Annotated[
        Path | None, typer.Option(help="Where events and report go [build]", file_okay=False)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the report to standard output as JSON")
    ] = False,
) -> None:
    """Deploy to an embedded cloud, run a day of calls, and report what came of it.

    Options win over the environment variables in brackets. Events as received go to
    build/demo-events.jsonl, the report to build/demo-report.json. Exit status 1 when an
    invariant is broken.
    """
    from local.demo.errors import SettingError
    from local.demo.settings import DemoSettings

    options = {
        "calls": calls,
        "speed": speed,
        "agents": agents,
        "seed": seed,
        "day": day,
        "headless": headless,
        "provider": provider,
        "media": media,
    }
    try:
        settings = DemoSettings.read(options, os.environ)
    except SettingError as error:
        fail(error, BAD_INPUT)
    made = _run(settings, port, build)
    _tell(made, as_json=as_json)
    if not made.passed:
        raise typer.Exit(FAILED)


def _run(settings: DemoSettings, port: int | None, build: Path | None) -> Report:
    from rich.console import Console

    from local.cloud import EmbeddedCloudError
    from local.demo import run
    from local.demo.errors import DemoError, SettingError

    folder = build or run.REPORT_FILE.parent
    folder.mkdir(parents=True, exist_ok=True)
    # What the carrier has to say would tear the live view apart.
    logging.basicConfig(filename=folder / "demo.log", filemode="w", level=logging.WARNING)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return run.run(
            settings,
            Console(stderr=True),
            port=port,
            events_file=folder / run.EVENTS_FILE.name,
            report_file=folder / run.REPORT_FILE.name,
        )
    except SettingError as error:
        fail(error, BAD_INPUT)
    except (DemoError, EmbeddedCloudError) as error:
        fail(error)
    except KeyboardInterrupt:
        fail("the demo was interrupted; everything it started has been stopped", INTERRUPTED)


def _tell(made: Report, *, as_json: bool) -> None:
    from rich.console import Console

    from local.demo import report

    if as_json:
        print(json.dumps(made.as_json(), indent=2))
    else:
        report.show(made, Console())
    for finding in made.findings:
        if not finding.holds:
            print(f"centralino: broken: {finding.line}", file=sys.stderr)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End like Ctrl-C does, so that the cloud is stopped on the way out."""
    raise KeyboardInterrupt
