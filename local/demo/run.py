"""Run the demo from an empty cloud to the report.

Decides the order of things and when enough has been waited for. What happens in a call, at a
desk or in the report is decided in the modules beside this one.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from rich.console import Console

from local.cloud import Deployment, EmbeddedCloud, Progress, deploy
from local.cloud.paths import ROOT
from local.demo import replay, report, seed, settle, voice
from local.demo.administration import published_rules
from local.demo.arrivals import make_day
from local.demo.callers import Callers
from local.demo.calls import CallPlan
from local.demo.day_file import DayFileError, read_day
from local.demo.desk_client import DeskClient
from local.demo.errors import SettingError, SetupError
from local.demo.evidence import gather
from local.demo.figures import TARGET_S
from local.demo.live import Live
from local.demo.network import Network
from local.demo.robots import Counts, Robot, end_all
from local.demo.rules import queue_names
from local.demo.settings import WEBVOICE, DemoSettings
from local.demo.switchboard import Switchboard
from local.demo.tap import Tap
from local.demo.view import View

EVENTS_FILE = ROOT / "build" / "demo-events.jsonl"
LOG_FILE = ROOT / "build" / "demo-emulator.log"
REPORT_FILE = ROOT / "build" / "demo-report.json"
#: The carrier listens so far from the cloud's port, so that one synthesized assembly, which holds
#: both addresses, serves again.
_CARRIER_PORT_OFFSET = 10
_SIGN_ON_S = 60.0
#: Functions answering callers that should be warm: a fast day has more at once.
_WARM = (3, 10)
_WARM_PER_SPEED = 0.06


@dataclass(frozen=True, slots=True)
class _Centre:
    """A seeded deployment with its network, and what the run needs of both."""

    deployment: Deployment
    network: Network
    people: Sequence[seed.DemoAgent]
    board: Switchboard
    settings: DemoSettings


def run(
    settings: DemoSettings,
    console: Console,
    *,
    port: int | None = None,
    events_file: Path = EVENTS_FILE,
    report_file: Path = REPORT_FILE,
) -> report.Report:
    """Run a whole demo on an embedded cloud of its own, and write the report.

    Parameters
    ----------
    console
        Where progress goes.
    port
        Where the cloud listens; any free one otherwise.

    Raises
    ------
    DemoError, EmbeddedCloudError
        When it could not be prepared or did not get on.
    """
    began = time.monotonic()
    plans = make_plans(settings)
    if settings.provider == WEBVOICE:
        _require_voice()
    progress = Progress(console)
    with EmbeddedCloud(port=port, progress=progress) as cloud:
        try:
            made = asyncio.run(
                _on_cloud(cloud.endpoint, settings, plans, console, progress, events_file, began)
            )
        finally:
            # The cloud takes its directory along; what its functions said is worth keeping.
            events_file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cloud.log_path, events_file.with_name(LOG_FILE.name))
    report.write(made, report_file)
    return made


def make_plans(settings: DemoSettings) -> list[CallPlan]:
    """Return the calls of the day, made up or from the file.

    Raises
    ------
    SettingError
        The file is not a day of calls.
    """
    if settings.day is None:
        return make_day(settings.calls, settings.agents, settings.seed)
    try:
        return replay.replay_day(read_day(settings.day).calls)
    except DayFileError as error:
        raise SettingError(f"DAY: {error}") from error


def carrier_port(endpoint: str) -> int:
    """Return where the carrier of a cloud listens."""
    return (urlsplit(endpoint).port or 0) + _CARRIER_PORT_OFFSET


async def _on_cloud(
    endpoint: str,
    settings: DemoSettings,
    plans: Sequence[CallPlan],
    console: Console,
    progress: Progress,
    events_file: Path,
    began: float,
) -> report.Report:
    context = {"twilio_api_url": f"http://127.0.0.1:{carrier_port(endpoint)}"}
    deployment = await asyncio.to_thread(deploy, endpoint, context=context, progress=progress)
    with progress.step("Seeding the contact centre"):
        people = await asyncio.to_thread(
            seed.seed, deployment, agents=settings.agents, speed=settings.speed
        )
        supervisors = await asyncio.to_thread(seed.supervisors, deployment)
        key = await asyncio.to_thread(seed.identity_key, deployment)
    for role, users in (
        ("sign in", [person.user for person in people]),
        ("supervise", [person.user for person in supervisors]),
    ):
        console.print(f"{role:<10} {', '.join(users)} (password {seed.PASSWORD})", soft_wrap=True)
    console.print(f"outbox     {deployment.http_api_url}/v1/public/outbox", soft_wrap=True)
    live = Live(
        {person.agent: person.user for person in people},
        queue_names(),
        round(TARGET_S * 1000 / settings.speed),
    )
    with Tap(deployment, events_file, live.hear) as tap:
        async with _network(deployment, settings, progress) as network:
            board = Switchboard(key, network.provider)
            centre = _Centre(deployment, network, people, board, settings)
            calls_wall_s, held_s = await _day(centre, plans, live, tap, console, progress)
            calls, alerts, sound = list(network.calls), network.alerts, network.sound
    with progress.step("Reading tables and events"):
        evidence = await asyncio.to_thread(gather, deployment, events_file, calls)
        return report.make_report(
            evidence,
            settings,
            wall_s=time.monotonic() - began,
            calls_wall_s=calls_wall_s,
            clock_held_s=held_s,
            carrier_alerts=alerts,
            sound=sound,
        )


@contextlib.asynccontextmanager
async def _network(
    deployment: Deployment, settings: DemoSettings, progress: Progress
) -> AsyncIterator[Network]:
    """Connect the deployment with whoever carries the calls of this day.

    What either needs is imported here: a day over one provider does without the other's.
    """
    if settings.provider == WEBVOICE:
        from local.demo.web_network import web_network
        from local.speech import SpeechServer

        with SpeechServer(voice.speech_port(deployment.endpoint)) as speech:
            with progress.step("Speaking the prompts"):
                await asyncio.to_thread(
                    voice.prerender,
                    deployment,
                    speech.url,
                    published_rules(deployment).current(),
                )
            async with web_network(deployment, settings) as pages:
                yield pages
        return
    from local.demo.twilio_network import twilio_network

    port = carrier_port(deployment.endpoint)
    async with twilio_network(deployment, port, settings) as carrier:
        yield carrier


def _require_voice() -> None:
    """Look for the synthesizer before anything is started.

    Raises
    ------
    SetupError
        It cannot be loaded here.
    """
    from local.speech import SpeechUnavailable
    from local.speech.synthesizer import Synthesizer

    try:
        Synthesizer()
    except SpeechUnavailable as error:
        raise SetupError(str(error)) from error


async def _day(
    centre: _Centre,
    plans: Sequence[CallPlan],
    live: Live,
    tap: Tap,
    console: Console,
    progress: Progress,
) -> tuple[float, float]:
    """Let the day happen; return how many wall seconds it took until the last contact ended,
    and for how many of them the day's clock stood still.
    """
    settings = centre.settings
    timeout = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        robots = _robots(centre, session)
        running = [asyncio.create_task(robot.run(), name=robot.name) for robot in robots]
        callers = Callers(centre.network, centre.board, settings.speed)
        view = View(
            live,
            console,
            headless=settings.headless,
            speed=settings.speed,
            total=len(plans),
            made=lambda: callers.made,
        )
        try:
            with progress.step("Signing the agents in"):
                await asyncio.gather(
                    _all_ready(robots, running),
                    centre.network.warm_up(_warm_functions(settings.speed)),
                )
            began = time.monotonic()
            shown = asyncio.create_task(view.run())
            try:
                day = asyncio.create_task(callers.play(plans))
                await _while_running(day, running)
                for person in day.result():
                    await person.ended(within=settle.LONGEST_CALL_S)
                await settle.contacts_ended(live, len(plans))
            finally:
                shown.cancel()
                await asyncio.gather(shown, return_exceptions=True)
            calls_wall_s = time.monotonic() - began
            with progress.step("Waiting for quiet"):
                await asyncio.gather(*(robot.leave() for robot in robots))
                await centre.network.settled()
                await settle.events_published(centre.deployment, tap)
            return calls_wall_s, callers.held_s
        finally:
            await end_all(robots, running)


def _robots(centre: _Centre, session: aiohttp.ClientSession) -> list[Robot]:
    counts = Counts()
    robots = []
    for person in centre.people:

        async def token(user: str = person.user) -> str:
            return await asyncio.to_thread(seed.sign_in, centre.deployment, user)

        desk = DeskClient(session, centre.deployment.http_api_url, token)
        rng = random.Random(f"{centre.settings.seed} {person.user}")
        speed, links = centre.settings.speed, centre.network.links
        robots.append(Robot(person.user, desk, centre.board, speed, rng, counts, links))
        centre.network.staff(person.agent)
    return robots


def _warm_functions(speed: float) -> int:
    """Return how many functions that answer callers should have started, as in the middle of a day.

    A cold start of the emulator takes two wall seconds: a minute of the simulated day, and of a
    processor that everything else needs.
    """
    fewest, most = _WARM
    return min(most, max(fewest, round(speed * _WARM_PER_SPEED)))


async def _all_ready(robots: Sequence[Robot], running: Sequence[asyncio.Task[None]]) -> None:
    async def ready() -> None:
        for robot in robots:
            await robot.ready.wait()

    waiting = asyncio.create_task(ready())
    try:
        await asyncio.wait_for(_while_running(waiting, running), _SIGN_ON_S)
    except TimeoutError:
        raise SetupError(f"the agents were not signed in after {_SIGN_ON_S:.0f} s") from None


async def _while_running(work: asyncio.Task[object], running: Sequence[asyncio.Task[None]]) -> None:
    """Wait for ``work``; a robot that fails meanwhile ends the run with its reason."""
    try:
        while not work.done():
            await asyncio.wait({work, *running}, return_when=asyncio.FIRST_COMPLETED)
            for robot in running:
                if robot.done() and robot.exception() is not None:
                    raise robot.exception() or SetupError(f"{robot.get_name()} stopped")
        await work
    finally:
        work.cancel()
