"""The ``Supervision`` port over Twilio's REST API: a muted, coaching or speaking participant.

A supervisor's leg starts no conversation and ends none. It is found by its label, like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from centralino.adapters.telephony.twilio.api import Gone, Operation, TwilioApi
from centralino.adapters.telephony.twilio.conversations import (
    conferences,
    end_call,
    in_conference,
    participants,
    ring_in,
    room,
)
from centralino.adapters.telephony.twilio.twiml import CONFERENCE_EVENTS
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.contacts.model import Contact
from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import RuleViolation

#: The supervisor has just asked and the page answers by itself.
RING_S = 15


class TwilioSupervision:
    """The ``Supervision`` port over Twilio's REST API.

    Parameters
    ----------
    api : TwilioApi
    urls : Urls
        Where the carrier reaches us.
    number_of : callable
        The number of ours that a contact came in on: what a supervisor sees ringing.
    """

    def __init__(self, api: TwilioApi, urls: Urls, number_of: Callable[[Contact], str]) -> None:
        self._api = api
        self._urls = urls
        self._number_of = number_of

    def listen(self, contact: Contact, leg: str, agent_id: str, mode: str, beside: str) -> None:
        """Ring the supervisor in, unless the leg is there already.

        Raises
        ------
        RuleViolation
            The agent who is to be coached is not in the conversation (``nobody_to_coach``).
        """
        operation = self._api.operation()
        report = self._urls.conference(room(contact), leg)
        form = [
            ("From", self._number_of(contact)),
            ("To", f"client:{agent_id}"),
            ("Label", leg),
            ("Timeout", str(RING_S)),
            ("Beep", "false"),
            # A conversation is begun and ended by those who have it.
            ("StartConferenceOnEnter", "false"),
            ("EndConferenceOnExit", "false"),
            ("EarlyMedia", "false"),
            ("WaitUrl", ""),
            *_heard(operation, contact, mode, beside),
            ("StatusCallback", report),
            ("StatusCallbackMethod", "POST"),
            ("StatusCallbackEvent", "completed"),
            ("ConferenceStatusCallback", report),
            ("ConferenceStatusCallbackMethod", "POST"),
            *(("ConferenceStatusCallbackEvent", event) for event in CONFERENCE_EVENTS),
        ]
        ring_in(operation, contact, leg, form)

    def change(self, contact: Contact, leg: str, mode: str, beside: str) -> None:
        """Change by whom the supervisor is heard; one who has left needs nothing.

        It raises what :meth:`listen` raises.
        """
        operation = self._api.operation()
        form = _heard(operation, contact, mode, beside)
        for conference in conferences(operation, contact):
            for participant in in_conference(operation, conference):
                if participant.label == leg:
                    path = f"/Conferences/{conference}/Participants/{participant.call}.json"
                    # To a state, so it may be repeated.
                    with suppress(Gone):
                        operation.repeatable_post(path, form)

    def leave(self, contact: Contact, leg: str) -> None:
        """End the supervisor's leg, ringing or listening."""
        operation = self._api.operation()
        for participant in list(participants(operation, contact)):
            if participant.label == leg:
                end_call(operation, participant.call)


def _heard(operation: Operation, contact: Contact, mode: str, beside: str) -> list[tuple[str, str]]:
    """Return the fields that decide by whom a supervisor is heard.

    Each mode says both whether muted and whether coaching, so that no change passes through a
    moment in which the customer would hear a coach.
    """
    if mode != Mode.COACH:
        return [("Muted", str(mode != Mode.BARGE).lower()), ("Coaching", "false")]
    agents = (one.call for one in participants(operation, contact) if one.label == beside)
    coached = next(agents, None)
    if coached is None:
        raise RuleViolation("there is no agent on the line to coach", code="nobody_to_coach")
    return [("Muted", "false"), ("Coaching", "true"), ("CallSidToCoach", coached)]
