"""The REST operations on conferences and their participants.

Decides which are possible and refuses the others with the carrier's codes. Never touches HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from local.twilio import errors
from local.twilio.conferences import (
    DEFAULT_EVENTS,
    EVENTS,
    LARGEST,
    Conference,
    Options,
    Participant,
    check_label,
)
from local.twilio.model import Call, Source, Subscription
from local.twilio.resources import Resources
from local.twilio.rest import (
    DEFAULT_RING,
    Reply,
    Request,
    background_detection,
    call_subscription,
    check_address,
    within,
)

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

RING_BOUNDS = (5, 600)
_CONFERENCE_SID = re.compile(r"^CF[0-9a-fA-F]{32}$")


class Participants:
    """Operations under ``/Conferences``."""

    def __init__(self, exchange: Exchange, write: Resources) -> None:
        self._exchange = exchange
        self._write = write
        one = "/Conferences/{ConferenceSid}/Participants/{CallSid}.json"
        self.operations: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {
            ("GET", "/Conferences.json"): self.list_conferences,
            ("GET", "/Conferences/{Sid}.json"): self.fetch_conference,
            ("POST", "/Conferences/{Sid}.json"): self.update_conference,
            ("GET", "/Conferences/{ConferenceSid}/Participants.json"): self.list_participants,
            ("POST", "/Conferences/{ConferenceSid}/Participants.json"): self.create_participant,
            ("GET", one): self.fetch_participant,
            ("POST", one): self.update_participant,
            ("DELETE", one): self.delete_participant,
        }

    async def list_conferences(self, request: Request) -> Reply:
        name, status = request.text("FriendlyName"), request.text("Status")
        chosen = [
            conference
            for conference in self._exchange.conferences
            if name in ("", conference.name)
            and status in ("", conference.status)
            and within(request, "DateCreated", conference.created_at)
            and within(request, "DateUpdated", conference.updated_at)
        ]
        items = [self._write.conference(conference) for conference in reversed(chosen)]
        return 200, self._write.page("conferences", items, request.path, request.query)

    async def fetch_conference(self, request: Request) -> Reply:
        return 200, self._write.conference(self._conference(request, request.names["Sid"]))

    async def update_conference(self, request: Request) -> Reply:
        conference = self._conference(request, request.names["Sid"])
        if request.text("Status") == "completed":
            self._exchange.conferences.end(conference, "conference-ended-via-api")
        elif conference.status == "completed":
            raise errors.not_found(request.path)
        if request.text("AnnounceUrl"):
            self._announce(request, conference, None)
        return 200, self._write.conference(conference)

    async def list_participants(self, request: Request) -> Reply:
        conference = self._conference(request, request.names["ConferenceSid"])
        chosen = [
            participant
            for participant in conference.participants.values()
            if all(
                not request.has(name) or request.flag(name, False) == value
                for name, value in (
                    ("Muted", participant.options.muted),
                    ("Hold", participant.hold),
                    ("Coaching", participant.options.coaching),
                )
            )
        ]
        items = [self._write.participant(participant) for participant in reversed(chosen)]
        return 200, self._write.page("participants", items, request.path, request.query)

    async def create_participant(self, request: Request) -> Reply:
        to, from_ = request.text("To"), request.text("From")
        check_address(to, from_)
        ring = request.number("Timeout", DEFAULT_RING)
        if not RING_BOUNDS[0] <= ring <= RING_BOUNDS[1]:
            raise errors.invalid(f"Timeout must be between 5 and 600, not {ring}")
        options = self._options(request)
        callbacks = call_subscription(request, several_in_one=True)
        reference = request.names["ConferenceSid"]
        conferences = self._exchange.conferences
        by_sid = conferences.find(reference)
        if by_sid is not None and by_sid.status == "completed":
            raise errors.not_found(request.path)
        if by_sid is None and _CONFERENCE_SID.match(reference):
            raise errors.not_found(request.path)
        entered: list[Participant] = []

        async def then(_answered: Call) -> None:
            await conferences.stay(entered[0])

        call = self._exchange.calls.outbound(
            from_,
            to,
            then=then,
            ring_seconds=ring,
            status_callback=callbacks,
            time_limit=request.number("TimeLimit", 0) or None,
            detect=request.has("MachineDetection"),
            detected=background_detection(request, "AmdStatusCallback"),
        )
        conference = by_sid or conferences.open(reference)
        entered.append(conferences.expect(call, conference, options))
        return 201, self._write.participant(entered[0])

    async def fetch_participant(self, request: Request) -> Reply:
        return 200, self._write.participant(self._participant(request))

    async def update_participant(self, request: Request) -> Reply:
        participant = self._participant(request)
        conferences, options = self._exchange.conferences, participant.options
        coach = request.text("CallSidToCoach")
        if coach and coach not in participant.conference.participants:
            raise errors.not_found(request.path)
        if request.flag("Coaching", False) and not (coach or options.coach):
            raise errors.invalid("Coaching needs CallSidToCoach")
        if request.has("Muted"):
            conferences.set_muted(participant, request.flag("Muted", False))
        if request.has("Hold"):
            url = request.text("HoldUrl")
            music = Source(url, request.text("HoldMethod", "GET").upper()) if url else None
            conferences.set_hold(participant, request.flag("Hold", False), music)
        if any(map(request.has, ("EndConferenceOnExit", "Coaching", "CallSidToCoach"))):
            options.end_on_exit = request.flag("EndConferenceOnExit", options.end_on_exit)
            options.coaching = request.flag("Coaching", options.coaching or bool(coach))
            options.coach = (coach or options.coach) if options.coaching else None
            conferences.modified(participant)
        if request.text("AnnounceUrl"):
            self._announce(request, participant.conference, participant)
        return 200, self._write.participant(participant)

    async def delete_participant(self, request: Request) -> Reply:
        self._exchange.conferences.kick(self._participant(request))
        return 204, None

    def _options(self, request: Request) -> Options:
        label, wait = request.text("Label"), request.text("WaitUrl")
        check_label(label)
        coach = request.text("CallSidToCoach") or None
        most = request.number("MaxParticipants", LARGEST)
        if not 2 <= most <= LARGEST:
            raise errors.invalid(f"MaxParticipants must be between 2 and {LARGEST}, not {most}")
        return Options(
            label=label or None,
            muted=request.flag("Muted", False),
            start_on_enter=request.flag("StartConferenceOnEnter", True),
            end_on_exit=request.flag("EndConferenceOnExit", False),
            coach=coach,
            coaching=request.flag("Coaching", coach is not None),
            wait=Source(wait, request.text("WaitMethod", "POST").upper()) if wait else None,
            max_participants=most,
            callbacks=self._conference_callbacks(request),
        )

    def _conference_callbacks(self, request: Request) -> Subscription | None:
        url = request.text("ConferenceStatusCallback")
        if not url:
            return None
        events = frozenset(request.many("ConferenceStatusCallbackEvent")) or DEFAULT_EVENTS
        for event in sorted(events - EVENTS):
            raise errors.invalid_callback_event(event)
        method = request.text("ConferenceStatusCallbackMethod", "POST").upper()
        return Subscription(url, method, events)

    def _announce(self, request: Request, conference: Conference, to: Participant | None) -> None:
        source = Source(request.text("AnnounceUrl"), request.text("AnnounceMethod", "POST").upper())
        self._exchange.conferences.announce(conference, source, to)

    def _conference(self, request: Request, sid: str) -> Conference:
        conference = self._exchange.conferences.find(sid)
        if conference is None:
            raise errors.not_found(request.path)
        return conference

    def _participant(self, request: Request) -> Participant:
        conference = self._conference(request, request.names["ConferenceSid"])
        participant = conference.participant(request.names["CallSid"])
        if participant is None:
            raise errors.not_found(request.path)
        return participant
