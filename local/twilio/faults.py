"""Decides which REST answers and webhooks are spoiled, and how; never sends anything itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from local.twilio.journal import RestEntry, WebhookEntry

WebhookMatch = str | Callable[[WebhookEntry], bool] | None
RestMatch = str | Callable[[RestEntry], bool] | None


@dataclass
class WebhookFault:
    """One fault on the way to the product: ``duplicate``, ``drop``, ``delay`` or ``reorder``."""

    action: str
    match: WebhookMatch
    times: int
    seconds: float = 0.0
    copies: int = 1

    def applies(self, entry: WebhookEntry) -> bool:
        if self.times == 0:
            return False
        if callable(self.match):
            return self.match(entry)
        return self.match is None or self.match == entry.event or self.match in entry.url


@dataclass
class RestFault:
    """One fault on the way from the product: ``timeout``, ``error``, ``too-many`` or ``cut``."""

    action: str
    match: RestMatch
    times: int
    seconds: float = 0.0
    status: int = 500
    done: bool = True

    def applies(self, entry: RestEntry) -> bool:
        if self.times == 0:
            return False
        if callable(self.match):
            return self.match(entry)
        return self.match is None or self.match in f"{entry.method} {entry.path}"


class Faults:
    """The knobs a test turns. Every knob takes ``times`` (-1 for always) and ``match``.

    ``match`` is a part of the URL, an event name (``participant-join``, ``completed``), a
    function of the journal's entry, or None for any. For REST it is a part of
    ``"POST /2010-04-01/Accounts/.../Participants.json"``.
    """

    def __init__(self) -> None:
        self._webhooks: list[WebhookFault] = []
        self._rest: list[RestFault] = []
        self._recordings: list[str] = []
        self._parked: dict[str, list[asyncio.Event]] = {}

    def duplicate(
        self, match: WebhookMatch = None, times: int = 1, copies: int = 1, gap: float = 0.0
    ) -> None:
        """Send a matching webhook ``copies`` times more, ``gap`` seconds apart."""
        self._webhooks.append(WebhookFault("duplicate", match, times, gap, copies))

    def drop(self, match: WebhookMatch = None, times: int = 1) -> None:
        """Lose a matching webhook: a callback is never sent, a TwiML request finds no server."""
        self._webhooks.append(WebhookFault("drop", match, times))

    def delay(self, seconds: float, match: WebhookMatch = None, times: int = 1) -> None:
        """Send a matching webhook ``seconds`` late; later callbacks overtake it."""
        self._webhooks.append(WebhookFault("delay", match, times, seconds))

    def reorder(self, match: WebhookMatch = None, times: int = 1, within: float = 1.0) -> None:
        """Send a matching callback after the next one of its call or conference.

        If none follows within ``within`` seconds it is sent then.
        """
        self._webhooks.append(WebhookFault("reorder", match, times, within))

    def rest_timeout(
        self, match: RestMatch = None, times: int = 1, seconds: float = 30.0, *, done: bool = True
    ) -> None:
        """Keep silent for ``seconds`` after a matching REST request, then cut the line.

        ``done`` tells whether it was carried out all the same.
        """
        self._rest.append(RestFault("timeout", match, times, seconds, done=done))

    def media_cut(self, match: RestMatch = ".wav", times: int = 1) -> None:
        """Break a download off in the middle."""
        self._rest.append(RestFault("cut", match, times))

    def recording(self, outcome: str, times: int = 1) -> None:
        """Have the next recordings end ``absent`` or ``failed``: there is no sound of them."""
        self._recordings += [outcome] * times

    def rest_error(self, match: RestMatch = None, times: int = 1, status: int = 503) -> None:
        """Answer a matching REST request with a server error, nothing being done."""
        self._rest.append(RestFault("error", match, times, status=status))

    def too_many(self, match: RestMatch = None, times: int = 1) -> None:
        """Refuse a matching REST request with 429 and code 20429."""
        self._rest.append(RestFault("too-many", match, times))

    def clear(self) -> None:
        """Turn every knob off; what is already on its way stays so."""
        self._webhooks.clear()
        self._rest.clear()
        self._recordings.clear()

    def for_webhook(self, entry: WebhookEntry) -> WebhookFault | None:
        """Take the first fault that applies, using up one of its times."""
        for fault in self._webhooks:
            if fault.action == "reorder" and entry.kind == "twiml":
                # The call waits for its TwiML: nothing of that call could come before it.
                continue
            if fault.applies(entry):
                fault.times -= fault.times > 0
                return fault
        return None

    def for_rest(self, entry: RestEntry) -> RestFault | None:
        """Take the first fault that applies, using up one of its times."""
        for fault in self._rest:
            if fault.applies(entry):
                fault.times -= fault.times > 0
                return fault
        return None

    def for_recording(self) -> str:
        """Give how a recording that is over ends."""
        return self._recordings.pop(0) if self._recordings else "completed"

    def park(self, key: str) -> asyncio.Event:
        """Hold a callback of ``key`` back; the event is set once the next one has gone."""
        passed = asyncio.Event()
        self._parked.setdefault(key, []).append(passed)
        return passed

    def overtaken_by_next(self, key: str) -> list[asyncio.Event]:
        """Give the callbacks held back until now; who sends the next one sets them after it."""
        return self._parked.pop(key, [])
