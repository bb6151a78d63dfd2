"""The demo's calls over the carrier fake: signed webhooks, a REST API, telephones."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp

from centralino.domain.telephony.capabilities import Provider
from local.cloud import Deployment
from local.demo import seed
from local.demo.calls import CallPlan
from local.demo.network import OnTheLine, Script, Sound
from local.demo.settings import DemoSettings
from local.twilio import Answers, Carrier, Person
from local.twilio.carrier import VOICE_PATH
from local.twilio.conferences import Participant
from local.twilio.gather import Gathering
from local.twilio.journal import WebhookEntry
from local.twilio.queues import Member

if TYPE_CHECKING:
    from local.webvoice import Links

T = TypeVar("T")

_WEBHOOK_TWICE = 0.02
#: An agent's page picks up by itself once the agent has accepted, in the day's seconds.
_PICK_UP_S = 1.0


class TelephoneLine:
    """A caller at a telephone."""

    def __init__(self, person: Person) -> None:
        self._person = person

    @property
    def sid(self) -> str:
        """See :class:`OnTheLine`."""
        return self._person.sid

    @property
    def in_line(self) -> bool:
        """See :class:`OnTheLine`."""
        return isinstance(self._person.call.place, Member | Participant)

    @property
    def talking(self) -> bool:
        """See :class:`OnTheLine`."""
        return isinstance(self._person.call.place, Participant)

    def wake(self) -> None:
        """See :class:`OnTheLine`."""
        self._person.call.wake()

    async def prompt(self) -> Gathering | None:
        """See :class:`OnTheLine`."""
        return await self._person.prompt()

    async def press(self, key: str) -> bool:
        """See :class:`OnTheLine`."""
        return await self._person.press(key)

    async def silence(self, asked: Any) -> None:
        """See :class:`OnTheLine`."""
        await self._person.until(lambda: self._person.call.place is not asked or None)

    async def pause(self, seconds: float) -> None:
        """See :class:`OnTheLine`."""
        await self._person.pause(seconds)

    async def until(self, ready: Callable[[], T | None], within: float | None = None) -> T | None:
        """See :class:`OnTheLine`."""
        return await self._person.until(ready, within)

    async def connected(self, within: float | None = None) -> bool:
        """See :class:`OnTheLine`."""
        return await self._person.connected(within)

    def hang_up(self) -> None:
        """See :class:`OnTheLine`."""
        self._person.hang_up()

    async def ended(self, within: float) -> str:
        """See :class:`OnTheLine`."""
        return await self._person.ended(within)


class TwilioNetwork:
    """Carries calls by the fake.

    Parameters
    ----------
    webhooks
        Where the product takes them.
    """

    provider = str(Provider.TWILIO)
    links: Links | None = None
    #: What the fake plays is nobody's to hear.
    sound = Sound()

    def __init__(self, carrier: Carrier, webhooks: str = "") -> None:
        self._carrier = carrier
        self._webhooks = webhooks
        self._unanswered: list[WebhookEntry] = []
        self._seen = 0

    @property
    def calls(self) -> Sequence[str]:
        """See :class:`Network`."""
        return [call.sid for call in self._carrier.calls if call.direction == "inbound"]

    @property
    def alerts(self) -> int:
        """See :class:`Network`."""
        return len(self._carrier.alerts)

    def unanswered(self) -> int:
        """See :class:`Network`."""
        sent = self._carrier.journal.webhooks
        known = [*self._unanswered, *sent[self._seen :]]
        self._seen = len(sent)
        self._unanswered = [entry for entry in known if not _settled(entry)]
        return len(self._unanswered)

    def staff(self, agent: str) -> None:
        """See :class:`Network`."""
        self._carrier.register_client(agent, Answers(after=_PICK_UP_S))

    async def call(self, plan: CallPlan, script: Script) -> OnTheLine:
        """See :class:`Network`."""

        async def play(person: Person) -> None:
            await script(TelephoneLine(person))

        return TelephoneLine(await self._carrier.call(plan.caller, plan.line, play))

    async def warm_up(self, times: int) -> None:
        """Send webhooks with a wrong signature, which are refused."""

        async def refused(session: aiohttp.ClientSession) -> None:
            url = self._webhooks + VOICE_PATH
            headers = {"X-Twilio-Signature": "none"}
            async with session.post(url, data={"CallSid": "none"}, headers=headers) as response:
                await response.read()

        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            await asyncio.gather(*(refused(session) for _ in range(times)))

    async def settled(self) -> None:
        """See :class:`Network`."""
        await self._carrier.settled()


@asynccontextmanager
async def twilio_network(
    deployment: Deployment, port: int, settings: DemoSettings
) -> AsyncIterator[TwilioNetwork]:
    """Run the carrier fake for as long as told; some webhooks come twice."""
    rng = random.Random(f"{settings.seed} carrier")
    carrier = Carrier(
        seed.ACCOUNT_SID,
        seed.AUTH_TOKEN,
        deployment.http_api_url,
        port=port,
        speed=settings.speed,
        # A whole day in minutes: the account's limit on new legs would be the only queue left.
        calls_per_second=0,
    )

    def sometimes(_entry: WebhookEntry) -> bool:
        return rng.random() < _WEBHOOK_TWICE

    carrier.faults.duplicate(sometimes, times=-1, gap=0.05)
    async with carrier:
        yield TwilioNetwork(carrier, deployment.http_api_url)


def _settled(entry: WebhookEntry) -> bool:
    return bool(entry.status or entry.error) or entry.fault == "drop"
