"""What can be done to a call, over the carrier's REST API: the ``Media`` port.

The conversation of a contact is a conference whose friendly name is the contact id, a child's
that of its parent; the leg of an offer, or of an outside number, carries the offer id as its
label. Nothing else is remembered: every operation looks at the carrier's own state first, so it
may be repeated.

The conference ends with the caller's leg and with no other. So agents and outside parties come
and go around the caller, who survives the first agent's leaving; and when the caller hangs up,
nobody is left sitting there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from centralino.adapters.telephony.twilio.api import (
    Gone,
    Operation,
    OutcomeUnknown,
    Refused,
    TwilioApi,
)
from centralino.adapters.telephony.twilio.twiml import CONFERENCE_EVENTS
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, TransientDependency

#: The agent has accepted already and the page answers by itself: a longer ring reaches nobody.
RING_S = 15
#: An outside party picks up by hand.
RING_NUMBER_S = 30
_LIVE_CALL = frozenset({"queued", "initiated", "ringing", "in-progress"})
_LIVE_CONFERENCE = frozenset({"init", "in-progress"})
_PAGE_SIZE = "50"
# "Participant label is in use by another participant": this offer's leg is there already.
_LABEL_IN_USE = 16026
#: A request that must not be repeated blindly is tried again once, after looking.
_TRIES = 2


@dataclass(frozen=True, slots=True)
class _Participant:
    call: str
    label: str | None


class TwilioMedia:
    """The ``Media`` port over Twilio's REST API.

    Parameters
    ----------
    api : TwilioApi
    urls : Urls
        Where the carrier reaches us.
    number_of : callable
        The number of ours that a contact came in on: what an agent sees ringing.
    ring_s : int
        How long an agent's leg may ring, 5 to 600; the carrier adds 5 seconds.
    """

    def __init__(
        self,
        api: TwilioApi,
        urls: Urls,
        number_of: Callable[[Contact], str],
        *,
        ring_s: int = RING_S,
    ) -> None:
        self._api = api
        self._urls = urls
        self._number_of = number_of
        self._ring_s = ring_s

    def joins(self, contact: Contact) -> bool:  # noqa: ARG002 - the port's signature
        """Return True: the agent's leg, then the caller's, enter the conversation."""
        return True

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Ring the agent's leg into the conversation, unless it is there already.

        Raises
        ------
        TransientDependency
            It is unknown whether it rings, or it does not and may later.
        CentralinoError
            The carrier refuses for good (code ``carrier_refused``).
        """
        self._ring(contact, rid, self._leg(contact, rid, f"client:{agent_id}", self._ring_s))

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """Ring an outside number into the conversation, unless its leg is there already.

        It raises what :meth:`add_agent` raises.
        """
        self._ring(contact, rid, self._leg(contact, rid, number, RING_NUMBER_S))

    def _ring(self, contact: Contact, rid: str, form: list[tuple[str, str]]) -> None:
        operation = self._api.operation()

        def ring() -> None:
            try:
                operation.post_once(f"/Conferences/{_room(contact)}/Participants.json", form)
            except Refused as refusal:
                if refusal.number != _LABEL_IN_USE:
                    raise

        self._unless(lambda: any(p.label == rid for p in _participants(operation, contact)), ring)

    def bring_caller(self, contact: Contact) -> None:
        """Take the caller out of the queue, unless the caller is in the conversation already.

        A second redirect would take the caller out of the conversation, which ends with that
        leg: hence the look first.
        """
        operation = self._api.operation()
        self._unless(
            lambda: any(p.call == contact.call for p in _participants(operation, contact)),
            lambda: self._present(operation, contact),
        )

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """End the leg of this offer or outside party, ringing or talking."""
        operation = self._api.operation()
        for participant in list(_participants(operation, contact)):
            if participant.label == rid:
                _end_call(operation, participant.call)

    def recall_caller(self, contact: Contact) -> None:
        """Redirect the caller out of the conversation; one who never entered stays put."""
        operation = self._api.operation()
        self._unless(
            lambda: all(p.call != contact.call for p in _participants(operation, contact)),
            lambda: self._present(operation, contact),
        )

    def hold(self, contact: Contact) -> None:
        """Put the caller's leg on hold; the others go on talking without the caller."""
        self._hold(
            contact,
            [
                ("Hold", "true"),
                ("HoldUrl", self._urls.hold(contact.id)),
                ("HoldMethod", "POST"),
            ],
        )

    def resume(self, contact: Contact) -> None:
        """Take the caller's leg off hold."""
        self._hold(contact, [("Hold", "false")])

    def hang_up(self, contact: Contact) -> None:
        """End the caller's call, the conversation, and legs that were still ringing into it."""
        operation = self._api.operation()
        conferences = list(_conferences(operation, contact))
        if contact.call is not None:
            _end_call(operation, contact.call)
        for conference in conferences:
            for participant in _in_conference(operation, conference):
                if participant.call != contact.call:
                    _end_call(operation, participant.call)
            path = f"/Conferences/{conference}.json"
            with suppress(Gone):
                operation.repeatable_post(path, [("Status", "completed")])

    def alive(self, contact: Contact) -> bool | None:
        """Ask whether the caller's call exists; ``None`` when the carrier cannot tell."""
        if contact.call is None:
            return False
        try:
            call = self._api.operation().get(f"/Calls/{contact.call}.json")
        except Gone:
            return False
        except CentralinoError:
            return None
        status = call.get("status")
        return status in _LIVE_CALL if isinstance(status, str) else None

    def _unless(self, done: Callable[[], bool], act: Callable[[], None]) -> None:
        """Act unless it is done; when the outcome is unknown, look again before acting again."""
        for attempt in range(1, _TRIES + 1):
            if done():
                return
            try:
                act()
            except OutcomeUnknown:
                if attempt == _TRIES:
                    break
            else:
                return
        if not done():
            raise TransientDependency("it is unknown whether the carrier did it")

    def _hold(self, contact: Contact, form: list[tuple[str, str]]) -> None:
        operation = self._api.operation()
        for conference in _conferences(operation, contact):
            for participant in _in_conference(operation, conference):
                if participant.call == contact.call:
                    path = f"/Conferences/{conference}/Participants/{participant.call}.json"
                    # To a state, so it may be repeated; a caller who has left needs nothing.
                    with suppress(Gone):
                        operation.repeatable_post(path, form)

    def _present(self, operation: Operation, contact: Contact) -> None:
        if contact.call is None:
            return
        form = [("Url", self._urls.present(contact.id)), ("Method", "POST")]
        with suppress(Gone):
            operation.post_once(f"/Calls/{contact.call}.json", form)

    def _leg(self, contact: Contact, rid: str, to: str, ring_s: int) -> list[tuple[str, str]]:
        report = self._urls.conference(_room(contact), rid)
        return [
            ("From", self._number_of(contact)),
            ("To", to),
            ("Label", rid),
            ("Timeout", str(ring_s)),
            ("Beep", "false"),
            ("StartConferenceOnEnter", "true"),
            # The caller outlives this leg: a lost agent sends the caller back in line, and one
            # who hands the call on just leaves.
            ("EndConferenceOnExit", "false"),
            # Early media would count a ringing leg as one that has joined.
            ("EarlyMedia", "false"),
            # Silence until the caller is in, instead of the carrier's music.
            ("WaitUrl", ""),
            # How a leg ends, reached or not, comes under this one event.
            ("StatusCallback", report),
            ("StatusCallbackMethod", "POST"),
            ("StatusCallbackEvent", "completed"),
            ("ConferenceStatusCallback", report),
            ("ConferenceStatusCallbackMethod", "POST"),
            *(("ConferenceStatusCallbackEvent", event) for event in CONFERENCE_EVENTS),
        ]


def _room(contact: Contact) -> str:
    """Return the name of the conference in which the contact's conversation is."""
    return contact.parent or contact.id


def _conferences(operation: Operation, contact: Contact) -> Iterator[str]:
    """Yield the SIDs of the contact's conferences that are not over."""
    query = {"FriendlyName": _room(contact), "PageSize": _PAGE_SIZE}
    for conference in _rows(operation.get("/Conferences.json", query), "conferences"):
        if conference.get("status") in _LIVE_CONFERENCE:
            yield str(conference["sid"])


def _participants(operation: Operation, contact: Contact) -> Iterator[_Participant]:
    """Yield who is in the contact's conversation, or on the way into it."""
    for conference in _conferences(operation, contact):
        yield from _in_conference(operation, conference)


def _in_conference(operation: Operation, conference: str) -> Iterator[_Participant]:
    path = f"/Conferences/{conference}/Participants.json"
    try:
        page = operation.get(path, {"PageSize": _PAGE_SIZE})
    except Gone:
        return  # it ended while we looked
    for row in _rows(page, "participants"):
        yield _Participant(str(row.get("call_sid")), row.get("label"))


def _end_call(operation: Operation, call: str) -> None:
    """End a leg in whatever state: ``completed`` also cancels one that rings."""
    with suppress(Gone):
        operation.repeatable_post(f"/Calls/{call}.json", [("Status", "completed")])


def _rows(page: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = page.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
