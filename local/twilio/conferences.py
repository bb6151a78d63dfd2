"""Conferences and their participants.

Decides who is in a conference, when it starts and ends, and which conference callbacks go out.
Never decides what happens to a leg afterwards: the leg's own flow goes on.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from local.twilio import errors
from local.twilio.errors import TwimlError
from local.twilio.model import Call, Source, Subscription, new_sid, rfc2822
from local.twilio.twiml import Verb

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

LARGEST = 250
EVENTS = frozenset(
    {"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"}
)
DEFAULT_EVENTS = frozenset({"start", "end"})
_CALL_SID = re.compile(r"^CA[0-9a-f]{32}$")


@dataclass
class Options:
    """How a leg takes part."""

    label: str | None = None
    muted: bool = False
    start_on_enter: bool = True
    end_on_exit: bool = False
    coach: str | None = None
    coaching: bool = False
    wait: Source | None = None
    max_participants: int = LARGEST
    callbacks: Subscription | None = None


@dataclass(eq=False)
class Participant:
    """A leg in a conference, or on its way into it."""

    call: Call
    conference: Conference
    options: Options
    hold: bool = False
    status: str = "queued"
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    joined: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    music: asyncio.Task[None] | None = None


@dataclass(eq=False)
class Conference:
    """A room. Its name is free again once it is completed."""

    name: str
    sid: str = field(default_factory=lambda: new_sid("CF"))
    status: str = "init"
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    participants: dict[str, Participant] = field(default_factory=dict)
    callbacks: Subscription | None = None
    sequence: int = 0
    used: bool = False
    reason_ended: str | None = None
    ended_by: Participant | None = None

    @property
    def present(self) -> list[Participant]:
        return [one for one in self.participants.values() if one.joined]

    def participant(self, reference: str) -> Participant | None:
        """Find a participant by call sid or label."""
        found = self.participants.get(reference)
        if found is not None:
            return found
        named = (one for one in self.participants.values() if one.options.label == reference)
        return next(named, None)


def check_label(label: str) -> None:
    """Raise `RestError` for a label the carrier does not take."""
    if len(label) > 128 or "/" in label or "%2f" in label.lower() or _CALL_SID.match(label):
        raise errors.invalid_label()


def options_of(noun: Verb, base: str) -> Options:
    """Read the attributes of a Conference noun; ``base`` is where relative URLs start from."""
    events = frozenset(noun.attribute("statusCallbackEvent").split()) or DEFAULT_EVENTS
    if events - EVENTS:
        raise TwimlError(12200, f"unknown conference events {sorted(events - EVENTS)}", base)
    callback, wait = noun.attribute("statusCallback"), noun.attribute("waitUrl")
    method = noun.attribute("statusCallbackMethod", "POST").upper()
    coach = noun.attribute("coach") or None
    return Options(
        label=noun.attribute("participantLabel") or None,
        muted=noun.flag("muted", False),
        start_on_enter=noun.flag("startConferenceOnEnter", True),
        end_on_exit=noun.flag("endConferenceOnExit", False),
        coach=coach,
        coaching=coach is not None,
        wait=Source(urljoin(base, wait), noun.attribute("waitMethod", "POST").upper())
        if wait
        else None,
        max_participants=int(noun.seconds("maxParticipants", LARGEST)),
        callbacks=Subscription(urljoin(base, callback), method, events) if callback else None,
    )


class Conferences:
    """Every conference of the account, completed ones included."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._by_sid: dict[str, Conference] = {}
        self._live: dict[str, Conference] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Conference]:
        return iter(self._by_sid.values())

    def find(self, sid: str) -> Conference | None:
        return self._by_sid.get(sid)

    def live(self, reference: str) -> Conference | None:
        """Find a conference that is not completed, by sid or friendly name."""
        found = self._by_sid.get(reference) or self._live.get(reference)
        return found if found is not None and found.status != "completed" else None

    def open(self, name: str) -> Conference:
        """Give the live conference of that name, made if there is none."""
        found = self._live.get(name)
        if found is None:
            found = self._live[name] = Conference(name)
            self._by_sid[found.sid] = found
        return found

    def expect(self, call: Call, conference: Conference, options: Options) -> Participant:
        """Enter a leg that is still being called, so that it can be listed and found."""
        participant = Participant(call, conference, options)
        conference.participants[call.sid] = participant
        conference.callbacks = conference.callbacks or options.callbacks
        call.on_end.append(lambda _: self._never_came(participant))
        return participant

    async def attend(self, call: Call, name: str, options: Options) -> None:
        """Put a call in the conference of that name and stay until it leaves or is taken out."""
        conference = self.open(name)
        participant = Participant(call, conference, options)
        await self.stay(participant)

    async def stay(self, participant: Participant) -> None:
        """Join and wait for the end, whatever brings it about."""
        if not self._join(participant):
            return
        try:
            await participant.gone.wait()
        except asyncio.CancelledError:
            hung_up = participant.call.interrupt == "hangup"
            reason = "participant_hung_up" if hung_up else "participant_updated_via_api"
            self.leave(participant, reason)
            raise

    def leave(self, participant: Participant, reason: str, kicked: bool = False) -> None:
        """Take a participant out, and end the conference if nothing keeps it."""
        conference = participant.conference
        if conference.participants.pop(participant.call.sid, None) is None:
            return
        self._stop_music(participant)
        participant.status = "complete" if participant.joined else "failed"
        if participant.call.place is participant:
            participant.call.place = None
        self._emit(
            conference,
            "participant-leave",
            participant,
            ParticipantCallStatus=participant.call.status,
            ReasonParticipantLeft=reason,
        )
        participant.call.note("left the conference", reason)
        participant.gone.set()
        if conference.status == "completed":
            return
        if participant.joined and participant.options.end_on_exit:
            how = "kicked" if kicked else "left"
            self.end(conference, f"participant-with-end-conference-on-exit-{how}", participant)
        elif not conference.participants:
            ended = "last-participant-kicked" if kicked else "last-participant-left"
            self.end(conference, ended, participant)

    def end(self, conference: Conference, reason: str, by: Participant | None = None) -> None:
        """End a conference; whoever is left goes on with what follows in their own document."""
        if conference.status == "completed":
            return
        conference.status = "completed"
        conference.reason_ended = reason
        conference.ended_by = by
        conference.updated_at = time.time()
        if self._live.get(conference.name) is conference:
            del self._live[conference.name]
        via_api = reason == "conference-ended-via-api"
        told = "conference_ended_via_api" if via_api else "moderator_ended_conference"
        for participant in list(conference.participants.values()):
            if participant.joined:
                self.leave(participant, told)
            else:
                self._exchange.calls.end(participant.call, "canceled", by="carrier")
        if conference.used:
            extra = {"ReasonConferenceEnded": reason, "Reason": reason.replace("-", " ")}
            if by is not None:
                extra["CallSidEndingConference"] = by.call.sid
                if by.options.label:
                    extra["ParticipantLabelEndingConference"] = by.options.label
            self._emit(conference, "conference-end", None, **extra)

    def kick(self, participant: Participant) -> None:
        """Take a participant out on the product's word."""
        if participant.joined:
            self.leave(participant, "participant_updated_via_api", kicked=True)
        else:
            self._exchange.calls.end(participant.call, "canceled", by="api")

    def set_hold(self, participant: Participant, hold: bool, music: Source | None) -> None:
        if participant.hold == hold:
            return
        participant.hold = hold
        self._stop_music(participant)
        if hold and music is not None:
            self._start_music(participant, music)
        self._changed(participant, "participant-hold" if hold else "participant-unhold")

    def set_muted(self, participant: Participant, muted: bool) -> None:
        if participant.options.muted != muted:
            participant.options.muted = muted
            self._changed(participant, "participant-mute" if muted else "participant-unmute")

    def modified(self, participant: Participant) -> None:
        """Tell that EndConferenceOnExit or coaching has changed."""
        self._changed(participant, "participant-modify")

    def announce(self, conference: Conference, source: Source, to: Participant | None) -> None:
        """Play a document to one participant or to all, then tell that it has ended."""

        async def play(call: Call) -> None:
            try:
                await self._exchange.waiting_player(call).run(source)
            except TwimlError as error:
                self._exchange.alert(error.code, error.message, call, error.url, fatal=False)

        async def announcement() -> None:
            heard = [to] if to is not None else conference.present
            await asyncio.gather(*(play(participant.call) for participant in heard))
            self._emit(conference, "announcement-end", to, AnnounceUrl=source.url)

        self._spawn(announcement())

    async def close(self) -> None:
        """Stop music and announcements at once, telling nobody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _join(self, participant: Participant) -> bool:
        conference, call, options = participant.conference, participant.call, participant.options
        others = conference.present
        taken = options.label is not None and any(
            one.options.label == options.label for one in others
        )
        if taken or len(others) >= options.max_participants:
            code = 16025 if taken else 16020
            what = "label is in use by another participant" if taken else "the conference is full"
            self._exchange.alert(code, f"Participant {what}", call, fatal=False)
            return False
        # The first to join settles where the conference's events go.
        conference.callbacks = conference.callbacks or options.callbacks
        conference.participants[call.sid] = participant
        conference.used = True
        participant.joined = True
        participant.status = "connected"
        call.place = participant
        call.note("joined the conference", conference.name)
        starts = any(one.options.start_on_enter for one in conference.present)
        if conference.status == "init" and starts and len(others) >= 1:
            self._start(conference)
        elif conference.status == "init" and options.wait is not None:
            self._start_music(participant, options.wait)
        self._emit(conference, "participant-join", participant)
        return True

    def _start(self, conference: Conference) -> None:
        conference.status = "in-progress"
        self._emit(conference, "conference-start", None)
        for participant in conference.present:
            if not participant.hold:
                self._stop_music(participant)
            participant.call.wake()

    def _never_came(self, participant: Participant) -> None:
        if not participant.joined:
            self.leave(participant, "participant_add_failed")

    def _changed(self, participant: Participant, event: str) -> None:
        participant.updated_at = time.time()
        if participant.joined:
            self._emit(participant.conference, event, participant)
            participant.call.note(event)

    def _start_music(self, participant: Participant, source: Source) -> None:
        async def music() -> None:
            try:
                await self._exchange.waiting_player(participant.call).loop(source)
            except TwimlError as error:
                # Silence instead of music: the call itself is not touched.
                call = participant.call
                self._exchange.alert(error.code, error.message, call, error.url, fatal=False)

        participant.music = self._spawn(music())

    def _stop_music(self, participant: Participant) -> None:
        if participant.music is not None:
            participant.music.cancel()
            participant.music = None

    def _emit(
        self, conference: Conference, event: str, participant: Participant | None, **extra: str
    ) -> None:
        conference.updated_at = time.time()
        to = conference.callbacks
        kind = event.partition("-")[2] if event.startswith(("conf", "part")) else "announcement"
        short = {"unmute": "mute", "unhold": "hold"}.get(kind, kind)
        if to is None or short not in to.events:
            return
        conference.sequence += 1
        params = {
            "AccountSid": self._exchange.settings.account_sid,
            "ConferenceSid": conference.sid,
            "FriendlyName": conference.name,
            "SequenceNumber": str(conference.sequence),
            "Timestamp": rfc2822(time.time()) or "",
            "StatusCallbackEvent": event,
        }
        if participant is not None:
            params.update(_participant_params(participant))
        params.update(extra)
        self._exchange.webhooks.notify(
            "conference", event, conference.sid, to, tuple(params.items())
        )


def _participant_params(participant: Participant) -> dict[str, str]:
    options = participant.options
    flags = {
        "Muted": options.muted,
        "Hold": participant.hold,
        "Coaching": options.coaching,
        "EndConferenceOnExit": options.end_on_exit,
        "StartConferenceOnEnter": options.start_on_enter,
    }
    params = {"CallSid": participant.call.sid}
    params.update({name: str(value).lower() for name, value in flags.items()})
    if options.label:
        params["ParticipantLabel"] = options.label
    if options.coach:
        params["CallSidToCoach"] = options.coach
    return params
