"""The life of a leg: placed, ringing, answered, redirected, ended.

Decides which status a call has and which call-progress callbacks go out. Never reads TwiML (the
interpreter does) and never decides what people do.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from local.twilio import errors
from local.twilio.errors import TwimlError
from local.twilio.interpreter import HangUp
from local.twilio.model import Call, Source, Subscription, rfc2822

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange
    from local.twilio.people import Script

logger = logging.getLogger(__name__)

CALLBACK_SOURCE = "call-progress-events"
#: How long it takes to tell a person from a machine.
DETECTION_SECONDS = 2.5


class Calls:
    """Every call of the account, ended ones included."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._by_sid: dict[str, Call] = {}
        self._next_slot = 0.0
        self._taken: deque[float] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Call]:
        return iter(self._by_sid.values())

    def find(self, sid: str) -> Call | None:
        return self._by_sid.get(sid)

    @property
    def live(self) -> list[Call]:
        return [call for call in self._by_sid.values() if not call.done]

    def inbound(self, from_: str, to: str, script: Script, extra: Mapping[str, str]) -> Call:
        """Bring a call from outside to one of the account's numbers."""
        number = self._exchange.number(to)
        call = Call(from_=from_, to=to, direction="inbound", extra=dict(extra))
        call.status_callback = number.status
        call.fallback = number.fallback
        self._by_sid[call.sid] = call
        self._status(call, "ringing")
        self._exchange.people.act(call, script)
        self.play(call, number.voice)
        return call

    def outbound(
        self,
        from_: str,
        to: str,
        *,
        then: Callable[[Call], Coroutine[Any, Any, None]],
        ring_seconds: float,
        status_callback: Subscription | None,
        time_limit: int | None = None,
        detect: bool = False,
        detected: Subscription | None = None,
    ) -> Call:
        """Place a call asked for by REST; ``then`` runs once somebody has answered.

        With ``detect`` it is found out who did: before ``then``, or, where ``detected`` says to
        whom it is told, in the background.

        Raises
        ------
        RestError
            20429 when the account's calls per second are used up and the carrier was told to
            refuse rather than to queue.
        """
        wait = self._take_slot()
        call = Call(from_=from_, to=to, direction="outbound-api")
        call.queue_ms = round(wait * 1000)
        call.status_callback = status_callback
        self._by_sid[call.sid] = call
        call.note("queued")
        self._run(call, self._dial(call, wait, ring_seconds, then, time_limit, detect, detected))
        return call

    def dialled(
        self,
        parent: Call,
        from_: str,
        to: str,
        *,
        then: Callable[[Call], Coroutine[Any, Any, None]],
        ring_seconds: float,
        time_limit: int | None = None,
    ) -> Call:
        """Place a leg a document asks for; the account's rate of calls does not count it."""
        call = Call(from_=from_, to=to, direction="outbound-dial", parent_sid=parent.sid)
        self._by_sid[call.sid] = call
        call.note("queued")
        self._run(
            call, self._dial(call, 0.0, ring_seconds, then, time_limit, detect=False, detected=None)
        )
        return call

    def play(self, call: Call, source: Source) -> None:
        """Start playing TwiML to a call that plays nothing."""
        self._run(call, self._exchange.player(call).run(source))

    async def redirect(self, call: Call, source: Source) -> None:
        """Take a call away from what it is playing and play something else.

        Raises
        ------
        RestError
            21220 when the call is not in progress.
        """
        if call.status != "in-progress":
            raise errors.not_in_progress()
        # Two redirects at once: the later one also stops what the earlier one has just begun.
        while (stopped := call.interrupt_flow("redirected")) is not None:
            await asyncio.wait({stopped})
        if call.done:
            # It was hung up in the moment its old flow took to stop.
            raise errors.not_in_progress()
        call.note("redirected", source.url or "inline")
        self.play(call, source)

    def pick_up(self, call: Call) -> None:
        """Put a ringing call in progress."""
        if call.status in ("queued", "ringing"):
            call.started_at = time.time()
            self._status(call, "in-progress")
            if call.direction != "inbound":
                self._callback(call, "answered")

    def end(self, call: Call, status: str, by: str, sip_code: int | None = None) -> None:
        """End a call, once: stop what it plays, tell the product, send the person home.

        Parameters
        ----------
        call : Call
        status : str
            Final status, for example ``completed``.
        by : str
            ``person``, ``twiml``, ``api``, ``carrier``: whose doing it is.
        sip_code : int, optional
            Code of a failed leg, told in the callback as SipResponseCode.
        """
        if call.done:
            return
        call.ended_from = call.status
        call.ended_at = time.time()
        call.sip_code = sip_code
        self._status(call, status, by)
        if call.time_limit is not None:
            call.time_limit.cancel()
        if call.interrupt_flow("hangup" if by == "person" else f"hangup-{by}") is None:
            call.place = None
        self._callback(call, "completed")
        for told in call.on_end:
            told(call)
        call.wake()

    def limit(self, call: Call, seconds: int | None) -> None:
        """End the call by itself after ``seconds`` from now."""
        if call.time_limit is not None:
            call.time_limit.cancel()
            call.time_limit = None
        if seconds is not None:
            loop = asyncio.get_running_loop()
            length = seconds / self._exchange.timing.protocol_speed
            call.time_limit = loop.call_later(length, self.end, call, "completed", "carrier")

    async def close(self) -> None:
        """Stop everything at once, telling nobody."""
        tasks = [
            task
            for call in self._by_sid.values()
            for task in (call.flow, call.person)
            if task is not None and not task.done()
        ]
        for call in self._by_sid.values():
            if call.time_limit is not None:
                call.time_limit.cancel()
        tasks += self._tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _dial(
        self,
        call: Call,
        wait: float,
        ring_seconds: float,
        then: Callable[[Call], Coroutine[Any, Any, None]],
        time_limit: int | None,
        detect: bool,
        detected: Subscription | None,
    ) -> None:
        await asyncio.sleep(wait)
        self._callback(call, "initiated", status="initiated")
        self._status(call, "ringing")
        self._callback(call, "ringing")
        self._exchange.people.ring(call)
        timing = self._exchange.timing
        longest = (ring_seconds + timing.ring_buffer) / timing.protocol_speed
        if await call.until(lambda: call.picked_up or call.done or None, longest) is None:
            raise HangUp("no-answer")
        if call.done:
            return
        if detect and detected is None:
            call.answered_by = self._exchange.people.answered_by(call)
        self.pick_up(call)
        if detect and detected is not None:
            self._spawn(self._detect(call, detected))
        self.limit(call, time_limit)
        await then(call)

    async def _detect(self, call: Call, to: Subscription) -> None:
        """Listen to who answered, and tell: in the background, while the call goes on."""
        began = time.time()
        await call.until(lambda: call.done or None, self._own(DETECTION_SECONDS))
        call.answered_by = "unknown" if call.done else self._exchange.people.answered_by(call)
        params = {
            "AccountSid": self._exchange.settings.account_sid,
            "CallSid": call.sid,
            "AnsweredBy": call.answered_by,
            "MachineDetectionDuration": str(round((time.time() - began) * 1000)),
        }
        self._exchange.webhooks.notify("amd", "", call.sid, to, tuple(params.items()))

    def _own(self, seconds: float) -> float:
        return seconds / self._exchange.timing.protocol_speed

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _run(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        call.interrupt = ""
        call.flow = asyncio.create_task(self._flow(call, work))
        # A call that ends before its flow has begun leaves the work unstarted.
        call.flow.add_done_callback(lambda _: work.close())

    async def _flow(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
            self.end(call, "completed", by="twiml")
        except HangUp as stop:
            self.end(call, stop.status, by="twiml" if stop.status == "completed" else "carrier")
        except TwimlError as error:
            self._exchange.alert(error.code, error.message, call, error.url)
            # The real carrier answers and says so before it hangs up.
            self.pick_up(call)
            call.hear("Say", "An application error has occurred. Goodbye.")
            self.end(call, "completed", by="carrier")
        except Exception as error:  # the carrier's own fault: told when the carrier closes
            logger.exception("the carrier failed on %s", call.sid)
            self._exchange.crashes.append(error)
            self.end(call, "failed", by="carrier")

    def _take_slot(self) -> float:
        """Count a call; return how long it is queued.

        Queued calls leave the queue at even distances. Who refuses counts what came in the last
        second, and takes no more than the rate of it.
        """
        rate = self._exchange.settings.calls_per_second
        if rate <= 0:
            return 0.0
        now = asyncio.get_running_loop().time()
        if self._exchange.settings.over_limit == "refuse":
            # A rate below one is one call in a longer time.
            at_once = max(1, math.floor(rate))
            while self._taken and self._taken[0] <= now - at_once / rate:
                self._taken.popleft()
            if len(self._taken) >= at_once:
                raise errors.too_many()
            self._taken.append(now)
            return 0.0
        wait = max(0.0, self._next_slot - now)
        self._next_slot = now + wait + 1 / rate
        return wait

    def _status(self, call: Call, status: str, by: str = "") -> None:
        call.status = status
        call.note(status, by)
        for listener in self._exchange.listeners:
            listener(call, status)

    def _callback(self, call: Call, event: str, status: str = "") -> None:
        to = call.status_callback
        if to is None or event not in to.events:
            return
        params = dict(self._exchange.call_params(call, status))
        params["CallbackSource"] = CALLBACK_SOURCE
        params["SequenceNumber"] = str(call.callback_sequence)
        params["Timestamp"] = rfc2822(time.time()) or ""
        if event == "completed":
            params["CallDuration"] = str(call.talk_seconds)
            # Billed minutes, every started one counting.
            params["Duration"] = str(math.ceil(call.talk_seconds / 60))
            if call.sip_code is not None:
                params["SipResponseCode"] = str(call.sip_code)
        call.callback_sequence += 1
        self._exchange.webhooks.notify("call", event, call.sid, to, tuple(params.items()))
