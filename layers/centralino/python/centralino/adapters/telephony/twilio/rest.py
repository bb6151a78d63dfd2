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

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from centralino.adapters.telephony.twilio.api import Gone, Operation, TwilioApi
from centralino.adapters.telephony.twilio.conversations import (
    Participant,
    conferences,
    end_call,
    in_conference,
    participants,
    ring_in,
    room,
    unless,
)
from centralino.adapters.telephony.twilio.twiml import CONFERENCE_EVENTS
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.errors import CentralinoError, RuleViolation, TransientDependency

#: The agent has accepted already and the page answers by itself: a longer ring reaches nobody.
RING_S = 15
#: An outside party picks up by hand.
RING_NUMBER_S = 30
#: How often, and how far apart, it is looked whether a conversation has ended.
_LOOKS = 5
_LOOK_S = 0.2
_LIVE_CALL = frozenset({"queued", "initiated", "ringing", "in-progress"})


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
        form = self._leg(contact, rid, f"client:{agent_id}", self._ring_s)
        operation = self._api.operation()
        ring_in(
            operation, contact, rid, form, lambda there: self._end_old(operation, contact, there)
        )

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """Ring an outside number into the conversation, unless its leg is there already.

        It raises what :meth:`add_agent` raises.
        """
        form = self._leg(contact, rid, number, RING_NUMBER_S)
        ring_in(self._api.operation(), contact, rid, form)

    def bring_caller(self, contact: Contact) -> None:
        """Take the caller out of the queue, unless the caller is in the conversation already.

        A second redirect would take the caller out of the conversation, which ends with that
        leg: hence the look first.
        """
        operation = self._api.operation()
        unless(
            operation,
            lambda: any(p.call == contact.call for p in participants(operation, contact)),
            lambda: self._present(operation, contact),
        )

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """End the leg of this offer or outside party, ringing or talking."""
        operation = self._api.operation()
        for participant in list(participants(operation, contact)):
            if participant.label == rid:
                end_call(operation, participant.call)

    def recall_caller(self, contact: Contact) -> None:
        """Redirect the caller out of the conversation; one who never entered stays put."""
        operation = self._api.operation()
        unless(
            operation,
            lambda: all(p.call != contact.call for p in participants(operation, contact)),
            lambda: self._present(operation, contact),
        )

    def hold(self, contact: Contact) -> None:
        """Put the caller's leg on hold; the others go on talking without the caller."""
        self._caller(
            contact,
            [
                ("Hold", "true"),
                ("HoldUrl", self._urls.hold(contact.id)),
                ("HoldMethod", "POST"),
            ],
        )

    def resume(self, contact: Contact) -> None:
        """Take the caller's leg off hold."""
        self._caller(contact, [("Hold", "false")])

    def mute_agent(self, contact: Contact, rid: str) -> None:
        """Let nobody hear the leg of this offer; one that has left needs nothing."""
        self._of_leg(contact, rid, [("Muted", "true")])

    def unmute_agent(self, contact: Contact, rid: str) -> None:
        """Let the others hear the leg of this offer again."""
        self._of_leg(contact, rid, [("Muted", "false")])

    def send_digits(self, contact: Contact, rid: str | None, name: str) -> None:
        """Have one leg hear keys as tones, the caller's without ``rid``.

        By its documentation the carrier cannot send keys into a leg that is under way, but plays a
        document to one participant, and in it keys as tones. Each request is heard, so it is made
        once.

        Raises
        ------
        RuleViolation
            The leg is not in the conversation (``leg_gone``).
        TransientDependency
            It is unknown whether it hears them.
        """
        form = [("AnnounceUrl", self._urls.digits(contact.id, name)), ("AnnounceMethod", "POST")]
        operation = self._api.operation()
        for one in participants(operation, contact):
            mine = one.call == contact.call if rid is None else one.label == rid
            if mine and one.connected:
                with suppress(Gone):
                    operation.post_once(_part(one), form)
                    return
        raise RuleViolation("the leg is not in the conversation", code="leg_gone")

    def announce(self, contact: Contact) -> None:
        """Have the caller alone hear the announcement; one who has left hears nothing.

        Each request is heard, so it is made once: nobody is told twice what failed to be answered.
        """
        url = self._urls.announce(contact.id)
        form = [("AnnounceUrl", url), ("AnnounceMethod", "POST")]
        operation = self._api.operation()
        for path in self._callers(operation, contact):
            with suppress(Gone):
                operation.post_once(path, form)

    def has_leg(self, contact: Contact, rid: str) -> bool | None:
        """Ask whether this leg is in the conversation; ``None`` when the carrier cannot tell."""
        operation = self._api.operation()
        try:
            legs = list(participants(operation, contact))
        except CentralinoError:
            return None
        return any(leg.label == rid and leg.connected for leg in legs)

    def hang_up(self, contact: Contact) -> None:
        """End the caller's call, the conversation, and legs that were still ringing into it."""
        operation = self._api.operation()
        rooms = list(conferences(operation, contact))
        if contact.call is not None:
            end_call(operation, contact.call)
        for conference in rooms:
            for participant in in_conference(operation, conference):
                if participant.call != contact.call:
                    end_call(operation, participant.call)
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

    def _end_old(
        self, operation: Operation, contact: Contact, there: Sequence[Participant]
    ) -> None:
        """Take a caller who was handed on out of the conversation with the agent of before.

        It ends with the caller's leg, and would end for the next agent as well.
        """
        if contact.call is None or contact.parent is not None or contact.state in TALKING:
            return
        old = {one.conference for one in there if one.call == contact.call}
        if not old:
            return
        self._present(operation, contact)
        for _ in range(_LOOKS):
            if old.isdisjoint(conferences(operation, contact)):
                return
            self._api.sleep(_LOOK_S)
        raise TransientDependency("the caller is still in the conversation of before")

    def _caller(self, contact: Contact, form: list[tuple[str, str]]) -> None:
        """Change the caller's part in the conversation to a state; so it may be repeated."""
        operation = self._api.operation()
        for path in self._callers(operation, contact):
            # A caller who has left needs nothing.
            with suppress(Gone):
                operation.repeatable_post(path, form)

    def _of_leg(self, contact: Contact, rid: str, form: list[tuple[str, str]]) -> None:
        """Change the part of the leg named ``rid`` to a state; so it may be repeated."""
        operation = self._api.operation()
        for one in list(participants(operation, contact)):
            if one.label == rid:
                with suppress(Gone):
                    operation.repeatable_post(_part(one), form)

    def _callers(self, operation: Operation, contact: Contact) -> Iterator[str]:
        """Yield where the caller's part in the conversation is changed."""
        for participant in participants(operation, contact):
            if participant.call == contact.call:
                yield _part(participant)

    def _present(self, operation: Operation, contact: Contact) -> None:
        if contact.call is None:
            return
        form = [("Url", self._urls.present(contact.id)), ("Method", "POST")]
        with suppress(Gone):
            operation.post_once(f"/Calls/{contact.call}.json", form)

    def _leg(self, contact: Contact, rid: str, to: str, ring_s: int) -> list[tuple[str, str]]:
        report = self._urls.conference(room(contact), rid)
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


def _part(leg: Participant) -> str:
    """Return where a leg's part in the conversation is changed."""
    return f"/Conferences/{leg.conference}/Participants/{leg.call}.json"
