"""The fake carrier as a whole: what a test, a demo or a simulation starts and drives.

Decides the wiring and the lifecycle. Everything the carrier does is in the modules beside it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from local.twilio.exchange import Exchange, Settings
from local.twilio.faults import Faults
from local.twilio.hearing import hears
from local.twilio.journal import Journal, WebhookEntry
from local.twilio.model import Alert, Call, Number, Source, Subscription, Timing
from local.twilio.payments import Gateway
from local.twilio.people import Line, Person, Script
from local.twilio.server import RestServer
from local.twilio.spec import TwilioSpec

T = TypeVar("T")

VOICE_PATH = "/v1/telephony/twilio/voice"
STATUS_PATH = "/v1/telephony/twilio/status"


class Carrier:
    """A stateful fake of Twilio Voice on loopback.

    Parameters
    ----------
    account_sid, auth_token : str
        The account; the token also signs the webhooks.
    webhook_base_url : str
        Where the product is, without a slash at the end. Signatures cover URLs under it.
    voice_path, status_path : str
        Paths of the incoming-call webhook and of the number's status callback, for every
        number that `add_number` does not set apart.
    port : int
        0 for any free port.
    speed : float
        Divides the pauses of the simulated people, never the protocol's.
    calls_per_second : float
        Outbound legs started per second, 0 for no limit.
    over_limit : str
        ``queue``: a leg over the limit waits in status ``queued``, as at the real carrier.
        ``refuse``: it is refused with 429 and code 20429.
    journal_path : Path, optional
        JSON-lines file that gets every REST request and every webhook.
    timing : Timing, optional
        How long speech, media and rings take.
    validate : bool
        Whether requests and answers are held against the OpenAPI document, if it is there.

    Examples
    --------
    >>> async with Carrier("AC" + "0" * 32, "secret", "http://127.0.0.1:8000") as carrier:
    ...     carrier.register_client("ag_1", Answers(after=1, talk=60))
    ...     person = await carrier.call("+393331234567", "+390200000001", Caller(digits=["1"]))
    ...     await person.ended()
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        webhook_base_url: str,
        *,
        voice_path: str = VOICE_PATH,
        status_path: str = STATUS_PATH,
        port: int = 0,
        speed: float = 1.0,
        calls_per_second: float = 1.0,
        over_limit: str = "queue",
        journal_path: Path | None = None,
        timing: Timing | None = None,
        validate: bool = True,
    ) -> None:
        if over_limit not in ("queue", "refuse"):
            raise ValueError(f"over_limit is 'queue' or 'refuse', not {over_limit!r}")
        if speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        base = webhook_base_url.rstrip("/")
        number = Number(
            voice=Source(base + voice_path),
            status=Subscription(base + status_path, events=frozenset({"completed"})),
        )
        settings = Settings(
            account_sid,
            auth_token,
            number,
            calls_per_second,
            over_limit,
            speed,
            timing or Timing(),
        )
        self.base_url = base
        self.faults = Faults()
        self.journal = Journal(journal_path)
        self.exchange = Exchange(settings, self.journal, self.faults)
        self._server = RestServer(self.exchange, TwilioSpec.find() if validate else None)
        self._port = port

    async def __aenter__(self) -> Self:
        await self.exchange.webhooks.open()
        await self._server.open(self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
        if error is None and self.exchange.crashes:
            raise ExceptionGroup("the fake carrier or a script failed", self.exchange.crashes)

    async def close(self) -> None:
        """Cut every call without telling the product, and stop listening."""
        await self._server.close()
        await self.exchange.calls.close()
        await self.exchange.conferences.close()
        await self.exchange.recordings.close()
        await self.exchange.webhooks.close()
        self.journal.close()

    @property
    def url(self) -> str:
        """Base of the REST API: what the product takes for ``https://api.twilio.com``."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def alerts(self) -> list[Alert]:
        """The debugger: each answer of the product the carrier could not use."""
        return self.exchange.alerts

    @property
    def violations(self) -> list[str]:
        """REST requests that the OpenAPI document does not allow."""
        return self._server.violations

    @property
    def calls(self) -> list[Call]:
        """Every call so far, oldest first."""
        return list(self.exchange.calls)

    @property
    def gateway(self) -> Gateway:
        """The payment gateway, whose answers a test decides."""
        return self.exchange.gateway

    def hears(self, listener: Call, speaker: Call) -> bool:
        """Tell whether what one call's person says reaches another's now."""
        return hears(listener, speaker)

    def add_number(
        self,
        number: str,
        voice_url: str,
        *,
        status_url: str = "",
        fallback_url: str = "",
    ) -> None:
        """Give one of the account's numbers webhooks of its own."""
        self.exchange.numbers.own(
            number, VoiceUrl=voice_url, StatusCallback=status_url, VoiceFallbackUrl=fallback_url
        )

    def buy_number(self, number: str, friendly_name: str = "") -> None:
        """Put a number into the account as it comes: it says welcome until it is told better."""
        self.exchange.numbers.own(number, friendly_name)

    def register_client(
        self, identity: str, behaviour: Script, *, several_calls: bool = False
    ) -> None:
        """Sign a browser client in: who answers ``client:<identity>``.

        A client already on a call is busy to the next one unless ``several_calls``.
        """
        self.exchange.people.register(
            f"client:{identity}", Line(behaviour, several_calls=several_calls)
        )

    def unregister_client(self, identity: str) -> None:
        """Sign a client out: calls to it end at once with no-answer."""
        self.exchange.people.unregister(f"client:{identity}")

    def register_phone(self, number: str, behaviour: Script, *, answered_by: str = "human") -> None:
        """Put somebody at a telephone number; ``answered_by`` is what detection would say."""
        self.exchange.people.register(number, Line(behaviour, answered_by))

    def default_phone(self, behaviour: Script | None) -> None:
        """Put the same behaviour at every number nobody is registered for; None for nobody."""
        self.exchange.people.default_phone = None if behaviour is None else Line(behaviour)

    def on_change(self, listener: Callable[[Call, str], None]) -> None:
        """Be told of each change of a call's status, as it happens."""
        self.exchange.listeners.append(listener)

    async def call(
        self, from_: str, to: str, script: Script, *, extra: Mapping[str, str] | None = None
    ) -> Person:
        """Let somebody call one of the account's numbers; return while it rings.

        Parameters
        ----------
        from_ : str
            E.164 number, or ``client:<id>`` for a browser.
        to : str
            The number called.
        script : callable
            ``async def script(me: Person)``, or one of `behaviours`.
        extra : mapping, optional
            More webhook parameters, such as ``ForwardedFrom`` or ``StirVerstat``.
        """
        call = self.exchange.calls.inbound(from_, to, script, extra or {})
        return Person(call, self.exchange)

    async def settled(self) -> None:
        """Wait until every webhook under way has been answered or given up."""
        await self.exchange.webhooks.settled()

    async def replay(self, entry: WebhookEntry) -> WebhookEntry:
        """Send an old webhook again with its old signature, and wait for the answer."""
        return await self.exchange.webhooks.replay(entry)


class CarrierThread:
    """A `Carrier` with an event loop in a thread of its own, for tests that are not async.

    Takes the arguments of `Carrier`.

    Examples
    --------
    >>> with CarrierThread("AC" + "0" * 32, "secret", "http://127.0.0.1:8000") as thread:
    ...     person = thread.run(thread.carrier.call("+39333", "+390200000001", Caller()))
    ...     thread.run(person.ended(within=10))
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self.carrier = Carrier(*args, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="twilio-carrier", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.run(self.carrier.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.run(self.carrier.__aexit__(kind, error, trace))
        finally:
            self._stop()

    @property
    def url(self) -> str:
        return self.carrier.url

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = 60.0) -> T:
        """Run a coroutine on the carrier's loop and wait for what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def apply(self, change: Callable[[Carrier], T]) -> T:
        """Run a function of the carrier on its loop: nothing else may touch its state."""

        async def work() -> T:
            return change(self.carrier)

        return self.run(work())

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
