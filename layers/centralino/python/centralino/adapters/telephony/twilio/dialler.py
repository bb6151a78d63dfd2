"""The ``Dialler`` port over Twilio's REST API.

Twilio takes no idempotency key. A customer rung into a conversation carries the attempt as its
label, so that the attempt can be looked for, and Twilio itself refuses a second leg with it. A
call of its own carries nothing that could be searched: only its two numbers and when it was made,
so it is looked for by these, and two that fit are a question nobody can answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from centralino.adapters.telephony.twilio.api import Operation, TwilioApi
from centralino.adapters.telephony.twilio.conversations import (
    PAGE_SIZE,
    participants,
    ring_in,
    room,
    rows,
    unless,
)
from centralino.adapters.telephony.twilio.twiml import CONFERENCE_EVENTS
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import TransientDependency

#: How long a customer's telephone rings; the carrier adds 5 seconds.
RING_S = 30
EVENTS = ("initiated", "ringing", "answered", "completed")
#: By how much the carrier's clock, which counts whole seconds, may be behind ours.
CLOCK_MS = 5_000


@dataclass(frozen=True, slots=True)
class Dialled:
    """What an attempt was written down with before it was dialled; ``at`` in UTC ms."""

    number: str
    caller_id: str
    at: int


class TwilioDialler:
    """The ``Dialler`` port over Twilio's REST API.

    Parameters
    ----------
    api : TwilioApi
    urls : Urls
        Where the carrier reaches us.
    written : callable
        What an attempt of a contact was written down with; ``None`` where that is not known any
        more. Asked for calls of their own alone.
    """

    def __init__(
        self, api: TwilioApi, urls: Urls, written: Callable[[Contact, str], Dialled | None]
    ) -> None:
        self._api = api
        self._urls = urls
        self._written = written

    def ring_into(
        self, contact: Contact, attempt: str, number: str, caller_id: str, *, detect: bool
    ) -> None:
        """Ring the customer into the conversation, unless this attempt rings there already.

        Raises
        ------
        TransientDependency
            It is unknown whether it rings, or it does not and may later.
        CentralinoError
            The carrier refuses for good (code ``carrier_refused``).
        """
        report = self._urls.conference(room(contact), attempt)
        form = [
            ("From", caller_id),
            ("To", number),
            ("Label", attempt),
            ("Timeout", str(RING_S)),
            ("Beep", "false"),
            ("StartConferenceOnEnter", "true"),
            # The customer's leg is the conversation, as a caller's is.
            ("EndConferenceOnExit", "true"),
            ("EarlyMedia", "false"),
            ("WaitUrl", ""),
            *self._progress(contact, attempt),
            ("ConferenceStatusCallback", report),
            ("ConferenceStatusCallbackMethod", "POST"),
            *(("ConferenceStatusCallbackEvent", event) for event in CONFERENCE_EVENTS),
        ]
        if detect:
            form += self._detection("AmdStatusCallback", contact, attempt)
        ring_in(self._api.operation(), contact, attempt, form)

    def ring(
        self,
        contact: Contact,
        attempt: str,
        number: str,
        caller_id: str,
        *,
        detect: bool,
        message: bool = False,
    ) -> None:
        """Ring the customer; the call then asks what to do. Raises as :meth:`ring_into`."""
        operation = self._api.operation()
        form = [
            ("From", caller_id),
            ("To", number),
            ("Timeout", str(RING_S)),
            ("Url", self._urls.present(contact.id, attempt)),
            ("Method", "POST"),
            *self._progress(contact, attempt),
        ]
        if detect:
            form.append(("AsyncAmd", "true"))
            form += self._detection("AsyncAmdStatusCallback", contact, attempt, message=message)
        unless(
            operation,
            lambda: self._own_call(operation, contact, attempt) is not None,
            lambda: _once(operation, form),
        )

    def found(self, contact: Contact, attempt: str) -> str | None:
        """Return the call of an attempt, also one that is over; raise when nobody can tell."""
        operation = self._api.operation()
        for participant in participants(operation, contact):
            if participant.label == attempt:
                return participant.call
        return self._own_call(operation, contact, attempt)

    def _own_call(self, operation: Operation, contact: Contact, attempt: str) -> str | None:
        written = self._written(contact, attempt)
        if written is None:
            raise TransientDependency("it is not known what was dialled", code="unknown_attempt")
        query = {"To": written.number, "From": written.caller_id, "PageSize": PAGE_SIZE}
        calls = [
            str(row["sid"])
            for row in rows(operation.get("/Calls.json", query), "calls")
            if row.get("direction") == "outbound-api" and _made_at(row) >= written.at - CLOCK_MS
        ]
        if len(calls) > 1:
            raise TransientDependency("two calls may be this attempt's", code="unclear_attempt")
        return calls[0] if calls else None

    def _progress(self, contact: Contact, attempt: str) -> list[tuple[str, str]]:
        return [
            ("StatusCallback", self._urls.attempt(contact.id, attempt)),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in EVENTS),
        ]

    def _detection(
        self, callback: str, contact: Contact, attempt: str, *, message: bool = False
    ) -> list[tuple[str, str]]:
        return [
            # The second tells of a machine after its beep; of a person at once, as the first does.
            ("MachineDetection", "DetectMessageEnd" if message else "Enable"),
            (callback, self._urls.detected(contact.id, attempt)),
            (f"{callback}Method", "POST"),
        ]


def _once(operation: Operation, form: list[tuple[str, str]]) -> None:
    operation.post_once("/Calls.json", form)


def _made_at(row: dict[str, Any]) -> int:
    """Return when the carrier made a call, UTC milliseconds."""
    told = row.get("date_created")
    try:
        return int(parsedate_to_datetime(str(told)).timestamp() * 1000)
    except (ValueError, TypeError):
        raise TransientDependency("the carrier's list of calls cannot be read") from None
