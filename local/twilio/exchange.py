"""Ties the carrier's parts together: what each of them may ask of the others. Decides nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.twilio.calls import Calls
from local.twilio.conferences import Conferences
from local.twilio.faults import Faults
from local.twilio.interpreter import Interpreter
from local.twilio.journal import Journal, Pairs
from local.twilio.model import Alert, Call, Number, Source, Timing, country
from local.twilio.numbers import Numbers
from local.twilio.payments import Gateway
from local.twilio.people import People
from local.twilio.queues import Queues
from local.twilio.recordings import Recordings
from local.twilio.twiml import WAITING_IN_CONFERENCE
from local.twilio.webhooks import Webhooks

logger = logging.getLogger(__name__)


@dataclass
class Settings:
    """What one carrier is told when it is made.

    ``calls_per_second`` is the rate of outbound legs asked for by REST (0 for no limit);
    ``over_limit`` is ``queue`` (the real carrier: the leg stays queued) or ``refuse`` (429).
    """

    account_sid: str
    auth_token: str
    default_number: Number
    calls_per_second: float = 1.0
    over_limit: str = "queue"
    speed: float = 1.0
    timing: Timing = field(default_factory=Timing)


class Exchange:
    """The carrier's state: calls, conferences, queues, people, and its ways to the product."""

    def __init__(self, settings: Settings, journal: Journal, faults: Faults) -> None:
        self.settings = settings
        self.timing = settings.timing
        self.journal = journal
        self.faults = faults
        self.webhooks = Webhooks(settings.auth_token, settings.timing, journal, faults)
        self.numbers = Numbers()
        self.alerts: list[Alert] = []
        self.crashes: list[Exception] = []
        self.listeners: list[Callable[[Call, str], None]] = []
        self.people = People(self)
        self.calls = Calls(self)
        self.conferences = Conferences(self)
        self.queues = Queues(self)
        self.recordings = Recordings(self)
        self.gateway = Gateway()

    def address(self, path: str) -> str:
        """Give the public address of something of the account's, as callbacks tell it."""
        account = self.settings.account_sid
        return f"https://api.twilio.com/2010-04-01/Accounts/{account}{path}"

    def number(self, address: str) -> Number:
        own = self.numbers.get(address)
        return self.settings.default_number if own is None else own.webhooks()

    def player(self, call: Call) -> Interpreter:
        """Give what plays TwiML to a call."""
        return Interpreter(self, call)

    def waiting_player(self, call: Call) -> Interpreter:
        """Give what plays music or an announcement to a call that stays in its conference."""
        return Interpreter(self, call, WAITING_IN_CONFERENCE)

    def alert(self, code: int, message: str, call: Call, url: str = "", fatal: bool = True) -> None:
        """Put an entry in the debugger: the product answered something the carrier cannot use."""
        logger.warning("%s on %s: %s %s", code, call.sid, message, url)
        self.alerts.append(Alert(time.time(), code, message, call.sid, url, fatal))
        call.note("alert", f"{code} {message}")

    def call_params(self, call: Call, status: str = "") -> Pairs:
        """Give the parameters every webhook about a call carries."""
        params: dict[str, str] = {
            "AccountSid": self.settings.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": call.sid,
            "CallStatus": status or call.status,
            "Direction": call.direction,
            "From": call.from_,
            "To": call.to,
            "Caller": call.from_,
            "Called": call.to,
        }
        for side, address in (("From", call.from_), ("To", call.to)):
            if code := country(address):
                params[f"{side}Country"] = code
        if call.parent_sid is not None:
            params["ParentCallSid"] = call.parent_sid
        if call.answered_by is not None:
            params["AnsweredBy"] = call.answered_by
        params.update(call.extra)
        return tuple(params.items())

    def announce(self, call: Call, source: Source, extra: Mapping[str, str]) -> None:
        """Ask a URL about a call without waiting: its TwiML will not be played."""
        if source.url:
            self.webhooks.ask_and_forget(
                call.sid, source, self.call_params(call) + tuple(extra.items())
            )
