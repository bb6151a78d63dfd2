"""Plays TwiML to one call, verb after verb, as the carrier does.

Decides what each verb does and which document comes next. Never decides the call's status (calls
does) nor what a person answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from local.twilio import conferences, twiml
from local.twilio.dialling import put_through
from local.twilio.errors import TwimlError
from local.twilio.gather import Gathering
from local.twilio.model import Call, Source
from local.twilio.payments import Paying
from local.twilio.taking import Taking
from local.twilio.twiml import Document, Verb

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html", "application/octet-stream"})
# A product that redirects to itself without anything to hear would be asked for ever.
MOST_SILENT_DOCUMENTS = 50


class HangUp(Exception):
    """The document, or its lack, ends the call with this status."""

    def __init__(self, status: str = "completed") -> None:
        super().__init__(status)
        self.status = status


class LeaveQueue(Exception):
    """A wait document said Leave."""


class Interpreter:
    """Plays documents to ``call`` until one ends.

    Parameters
    ----------
    exchange : Exchange
    call : Call
    allowed : frozenset of str, optional
        The verbs that may be played here; None for all.
    extra : callable, optional
        Gives what each request tells on top of the call's parameters.
    """

    def __init__(
        self,
        exchange: Exchange,
        call: Call,
        allowed: frozenset[str] | None = None,
        extra: Callable[[], dict[str, str]] | None = None,
    ) -> None:
        self._exchange = exchange
        self._call = call
        self._allowed = allowed
        self._extra = extra
        self._silent = 0
        self._verbs: dict[str, Callable[[Verb, Document], Awaitable[Source | None]]] = {
            "Say": self._say,
            "Play": self._play,
            "Pause": self._pause,
            "Gather": self._gather,
            "Enqueue": self._enqueue,
            "Dial": self._dial,
            "Record": self._record,
            "Pay": self._pay,
            "Redirect": self._redirect,
            "Hangup": self._hangup,
            "Reject": self._reject,
            "Leave": self._leave,
        }

    async def run(self, source: Source) -> None:
        """Play from ``source`` to the end of the last document."""
        following: Source | None = source
        while following is not None:
            document = await self._load(following)
            following = await self._document(document)

    async def loop(self, source: Source) -> None:
        """Play ``source`` again and again, asking for it anew each time, until cancelled.

        Each turn lasts as long as what it plays, and never less than the shortest loop: a wait
        document without a sound must not become a storm of requests.
        """
        clock = asyncio.get_running_loop().time
        timing = self._exchange.timing
        while True:
            started = clock()
            await self.run(source)
            left = timing.shortest_loop / timing.protocol_speed - (clock() - started)
            if left > 0:
                await asyncio.sleep(left)

    async def _load(self, source: Source) -> Document:
        """Get a document; a call with a fallback URL is given that when the first one fails."""
        try:
            return await self._fetch(source)
        except TwimlError as error:
            fallback = self._call.fallback
            if fallback is None or self._allowed is not None:
                raise
            self._exchange.alert(error.code, error.message, self._call, error.url, fatal=False)
            told = (("ErrorCode", str(error.code)), ("ErrorUrl", source.url))
            return await self._fetch(
                Source(fallback.url, fallback.method, params=source.params + told)
            )

    async def _fetch(self, source: Source) -> Document:
        if source.twiml is not None:
            return self._read(source.twiml, "")
        params = self._exchange.call_params(self._call)
        if self._extra is not None:
            params += tuple(self._extra().items())
        answer = await self._exchange.webhooks.ask(self._call.sid, source, params)
        if answer.content_type.startswith("audio/"):
            return Document((Verb("Play", source.url, {}),), source.url)
        if answer.content_type not in XML_TYPES:
            raise TwimlError(12300, f"Invalid Content-Type: {answer.content_type}", source.url)
        return self._read(answer.text, source.url)

    def _read(self, text: bytes | str, url: str) -> Document:
        document = twiml.parse(text, url)
        for warning in document.warnings:
            self._exchange.alert(12200, warning, self._call, url, fatal=False)
        if self._allowed is not None:
            for verb in document.verbs:
                if verb.name not in self._allowed:
                    raise TwimlError(12200, f"{verb.name!r} cannot be played to who waits", url)
        return document

    async def _document(self, document: Document) -> Source | None:
        before = asyncio.get_running_loop().time()
        for verb in document.verbs:
            if verb.name not in ("Reject", "Pause"):
                self._exchange.calls.pick_up(self._call)
            following = await self._verbs[verb.name](verb, document)
            if following is not None:
                self._count(document, before)
                return following
        return None

    def _count(self, document: Document, before: float) -> None:
        quick = asyncio.get_running_loop().time() - before < 0.001
        self._silent = self._silent + 1 if quick else 0
        if self._silent > MOST_SILENT_DOCUMENTS:
            raise TwimlError(12200, "the documents lead in a circle without a sound", document.url)

    async def _say(self, verb: Verb, _document: Document) -> None:
        self._call.hear("Say", verb.text)
        await self._exchange.timing.spend(verb.loops * self._exchange.timing.speech(verb.text))

    async def _play(self, verb: Verb, document: Document) -> None:
        keys = verb.attribute("digits")
        if keys:
            self._call.hear("Keys", keys)
            await self._exchange.timing.spend(verb.loops * self._exchange.timing.keys(keys))
            return
        url = urljoin(document.url, verb.text)
        self._call.hear("Play", url)
        await self._exchange.timing.spend(verb.loops * self._exchange.timing.media(url))

    async def _pause(self, verb: Verb, _document: Document) -> None:
        self._call.hear("Pause", "")
        await self._exchange.timing.spend(verb.seconds("length", 1.0))

    async def _gather(self, verb: Verb, document: Document) -> Source | None:
        gathering = Gathering(self._call, self._exchange.timing, verb)
        self._call.gathers += 1
        gathering.number = self._call.gathers
        previous, self._call.place = self._call.place, gathering
        self._call.wake()
        try:
            result = await gathering.run(document.url)
        finally:
            # A Gather in a wait document: the call is in its queue all the while.
            self._call.place = previous
        if result is None:
            return None
        self._call.note("gathered", result.get("Digits", result.get("SpeechResult", "")))
        return self._next(verb, document, result)

    async def _record(self, verb: Verb, document: Document) -> Source | None:
        taking = self._call.place = Taking(self._call, self._exchange.timing, verb)
        self._call.wake()
        try:
            await taking.run()
        except asyncio.CancelledError:
            if self._call.interrupt == "hangup" and taking.seconds:
                told = self._message(taking, "hangup")
                self._exchange.announce(self._call, self._next(verb, document), told)
            raise
        finally:
            self._call.place = None
        # An empty recording is not kept, and nobody is told of it.
        if not taking.seconds:
            return None
        return self._next(verb, document, self._message(taking, taking.key))

    def _message(self, taking: Taking, ended: str) -> dict[str, str]:
        recording = self._exchange.recordings.message(self._call, taking.seconds)
        self._call.note("left a message", recording.sid)
        told = {
            "RecordingUrl": self._exchange.address(f"/Recordings/{recording.sid}"),
            "RecordingSid": recording.sid,
            "RecordingDuration": str(recording.seconds),
        }
        return {**told, "Digits": ended} if ended else told

    async def _pay(self, verb: Verb, document: Document) -> Source | None:
        exchange, call = self._exchange, self._call
        paying = call.place = Paying(call, exchange.timing, exchange.gateway, verb)
        call.wake()
        try:
            result = await paying.run()
        except asyncio.CancelledError:
            if call.interrupt == "hangup":
                exchange.announce(call, self._next(verb, document), {"Result": "caller-hung-up"})
            raise
        finally:
            call.place = None
        call.note("paid", result["Result"])
        return self._next(verb, document, result) if verb.attribute("action") else None

    async def _redirect(self, verb: Verb, document: Document) -> Source:
        return Source(urljoin(document.url, verb.text), verb.attribute("method", "POST").upper())

    async def _hangup(self, _verb: Verb, _document: Document) -> None:
        raise HangUp

    async def _reject(self, verb: Verb, _document: Document) -> None:
        if self._call.status != "ringing":
            # Too late to refuse a call that was answered: it is hung up.
            raise HangUp
        raise HangUp("busy" if verb.attribute("reason") == "busy" else "no-answer")

    async def _leave(self, _verb: Verb, _document: Document) -> None:
        raise LeaveQueue

    async def _enqueue(self, verb: Verb, document: Document) -> Source | None:
        call, queues = self._call, self._exchange.queues
        action = self._next(verb, document) if verb.attribute("action") else None
        member = queues.enter(call, verb.text)
        if member is None:
            return _with(action, {"QueueResult": "queue-full", "QueueTime": "0"})
        wait_url = verb.attribute("waitUrl")
        try:
            if wait_url:
                method = verb.attribute("waitUrlMethod", "POST").upper()
                source = Source(urljoin(document.url, wait_url), method)
                waiting = Interpreter(
                    self._exchange, call, twiml.WAITING_IN_QUEUE, member.wait_params
                )
                await waiting.loop(source)
            else:
                # Hold music of the carrier's own: nothing is asked.
                await asyncio.get_running_loop().create_future()
        except LeaveQueue:
            return _with(action, queues.leave(member, "leave"))
        except TwimlError as error:
            self._exchange.alert(error.code, error.message, call, error.url, fatal=False)
            return _with(action, queues.leave(member, "error"))
        except HangUp:
            self._gone(action, queues.leave(member, "hangup"))
            raise
        except asyncio.CancelledError:
            result = "redirected" if call.interrupt == "redirected" else "hangup"
            self._gone(action, queues.leave(member, result))
            raise
        return None

    def _gone(self, action: Source | None, told: dict[str, str]) -> None:
        """Tell the action URL that the call has left; nothing it answers is played."""
        if action is not None:
            self._exchange.announce(self._call, action, told)

    async def _dial(self, verb: Verb, document: Document) -> Source | None:
        if len(verb.children) + bool(verb.text) != 1:
            raise TwimlError(12200, "Dial holds exactly one Conference or Number", document.url)
        if verb.text or verb.children[0].name == "Number":
            number = verb.text or verb.children[0].text
            told = await put_through(self._exchange, self._call, verb, number)
            return self._next(verb, document, told) if verb.attribute("action") else None
        noun = verb.children[0]
        started = time.time()
        options = conferences.options_of(noun, document.url)
        await self._exchange.conferences.attend(self._call, noun.text, options)
        if not verb.attribute("action"):
            return None
        seconds = str(round(time.time() - started))
        told = {"DialCallStatus": "answered", "DialCallDuration": seconds, "DialBridged": "true"}
        return self._next(verb, document, told)

    def _next(self, verb: Verb, document: Document, told: dict[str, str] | None = None) -> Source:
        """Give the action of a verb, by default the document it stands in."""
        url = urljoin(document.url, verb.attribute("action"))
        method = verb.attribute("method", "POST").upper()
        return Source(url, method, params=tuple((told or {}).items()))


def _with(source: Source | None, told: dict[str, str]) -> Source | None:
    if source is None:
        return None
    return Source(source.url, source.method, params=tuple(told.items()))
