"""Apply one contact's events, in sequence, to the facts being gathered about it.

Decides what each event type means for the figures: what opens and ends a queue leg, which time
counts as the answer, which part of an agent's time is talk, hold or wrap-up. Never orders or
deduplicates; the caller hands events over in sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from centralino.domain.kpi.event_log import Recorded
from centralino.domain.kpi.facts import (
    CALLBACK_CHANNEL,
    INBOUND,
    ContactFacts,
    EndedBy,
    LeftQueue,
    Outcome,
    QueueLeg,
    Segment,
    Stage,
    Transfer,
    TransferKind,
)

Data = Mapping[str, Any]

_CLOSED_AS = {
    "handled": Outcome.HANDLED,
    "self_served": Outcome.SELF_SERVED,
    "converted": Outcome.CALLBACK_REQUESTED,
    "system": Outcome.SYSTEM,
}
#: A spoken message was left instead of a conversation.
_MESSAGE = "message"
#: What a queue does that asks contacts whether they want to be called back.
_ASKED = "callback"
_AFTER_OVERFLOW = (Outcome.ABANDONED, Outcome.SELF_SERVED)
_LEFT_AS = {
    Outcome.ABANDONED: LeftQueue.ABANDONED,
    Outcome.CALLBACK_REQUESTED: LeftQueue.CALLBACK_REQUESTED,
    Outcome.OVERFLOWED: LeftQueue.OVERFLOWED,
    Outcome.EXPIRED: LeftQueue.EXPIRED,
}


class ContactFold:
    """The facts of one contact while its events are read."""

    def __init__(self, contact_id: str) -> None:
        self._contact_id = contact_id
        self._business_unit = ""
        self._channel: str | None = None
        self._direction: str | None = None
        self._line: str | None = None
        self._priority: int | None = None
        self._entered_ms: int | None = None
        self._accepted: dict[str, int] = {}
        self._held_since: dict[str, int] = {}
        self._legs: list[QueueLeg] = []
        self._segments: dict[str, Segment] = {}
        self._transfers: list[Transfer] = []
        self._offers = 0
        self._outcome = Outcome.OPEN
        self._stage: Stage | None = None
        self._ended_ms: int | None = None
        self._disposition: str | None = None
        self._correlation_id = contact_id

    @classmethod
    def reads(cls, event_type: str) -> bool:
        """Tell whether this event type says anything about a contact's figures."""
        return event_type in cls._HANDLERS

    def apply(self, event: Recorded) -> None:
        """Take in the next event of this contact."""
        if self._entered_ms is None:
            # The log may start in the middle of a contact; its first known moment stands in.
            self._entered_ms = event.occurred_ms
        self._business_unit = self._business_unit or event.business_unit
        self._correlation_id = event.correlation_id
        self._HANDLERS[event.type](self, event.occurred_ms, event.data)

    def facts(self) -> ContactFacts:
        """Return what the events amount to so far."""
        entered = 0 if self._entered_ms is None else self._entered_ms
        first = self._legs[0] if self._legs else None
        served = next((leg for leg in self._legs if leg.answered_ms is not None), None)
        last = served or (self._legs[-1] if self._legs else None)
        answers = [s.connected_ms for s in self._segments.values()]
        answered = min(answers, default=None)
        channel = self._channel or "voice"
        is_callback = channel == CALLBACK_CHANNEL
        requested = None if first is None else first.enqueued_ms
        if is_callback:
            # A callback contact is created in the very write that records the request.
            requested = entered
        # A story is named after the asking contact of a callback, or the parent of a consult.
        other = None if self._correlation_id == self._contact_id else self._correlation_id
        return ContactFacts(
            contact_id=self._contact_id,
            business_unit=self._business_unit,
            channel=channel,
            direction=self._direction or INBOUND,
            line=self._line,
            queue=None if first is None else first.queue,
            priority=self._priority,
            entered_ms=entered,
            requested_ms=requested,
            enqueued_ms=None if first is None else first.enqueued_ms,
            dequeued_ms=None if last is None else last.left_ms,
            answered_ms=answered,
            ended_ms=self._ended_ms,
            outcome=self._outcome,
            stage=self._stage,
            wait_ms=self._wait(answered),
            legs=tuple(self._legs),
            segments=tuple(sorted(self._segments.values(), key=lambda s: s.connected_ms)),
            transfers=tuple(self._transfers),
            offers=self._offers,
            disposition=self._disposition,
            previous_id=other if is_callback else None,
            parent_id=None if is_callback else other,
        )

    def _wait(self, answered: int | None) -> int | None:
        """Time from the first enqueue to the answer or to whatever else ended the waiting."""
        if not self._legs:
            return 0 if answered is not None or self._outcome is not Outcome.OPEN else None
        end = self._legs[-1].left_ms if answered is None else answered
        return None if end is None else max(0, end - self._legs[0].enqueued_ms)

    def _started(self, at_ms: int, data: Data) -> None:
        self._entered_ms = at_ms
        self._channel = _text(data, "channel")
        self._direction = _text(data, "direction")
        self._line = _text(data, "line")

    def _enqueued(self, at_ms: int, data: Data) -> None:
        self._channel = self._channel or _text(data, "channel")
        self._direction = self._direction or _text(data, "direction")
        if self._priority is None and data.get("priority") is not None:
            self._priority = int(data["priority"])
        # Back in a queue after a conversation, by an agent's choice: that is a transfer.
        self._open_leg(at_ms, data, transferred=bool(self._segments))

    def _requeued(self, at_ms: int, data: Data) -> None:
        self._open_leg(at_ms, data, transferred=data.get("reason") == "transfer")

    def _open_leg(self, at_ms: int, data: Data, *, transferred: bool) -> None:
        number = int(data.get("leg") or 1)
        if self._legs and number <= self._legs[-1].number:
            return
        self._leave(at_ms, LeftQueue.OVERFLOWED)
        self._end_segments(at_ms)
        if transferred and self._segments:
            self._transfers.append(
                Transfer(TransferKind.QUEUE, at_ms, leg=self._legs[-1].number if self._legs else 1)
            )
        enqueued = int(data.get("enqueued_at") or at_ms)
        self._legs.append(QueueLeg(number, str(data["queue"]), enqueued))
        if self._outcome is Outcome.OVERFLOWED:
            # The overflow led to another queue of ours: the contact goes on.
            self._outcome, self._ended_ms = Outcome.OPEN, None

    def _offered(self, _at_ms: int, _data: Data) -> None:
        self._offers += 1

    def _accepted_offer(self, at_ms: int, data: Data) -> None:
        self._accepted.setdefault(str(data["rid"]), at_ms)

    def _connected(self, at_ms: int, data: Data) -> None:
        rid = str(data["rid"])
        queue = _text(data, "queue")
        if not self._legs and queue is not None:
            self._legs.append(QueueLeg(1, queue, int(data.get("enqueued_at") or at_ms)))
        self._leave(self._accepted.get(rid, at_ms), LeftQueue.ANSWERED, answered_ms=at_ms)
        self._segments[rid] = Segment(
            rid=rid,
            agent_id=_text(data, "agent_id"),
            queue=queue,
            connected_ms=at_ms,
            leg=self._legs[-1].number if self._legs else 1,
        )
        self._transfers = [
            replace(t, answered_ms=at_ms) if t.answered_ms is None else t for t in self._transfers
        ]

    def _held(self, at_ms: int, data: Data) -> None:
        self._held_since[str(data["rid"])] = at_ms

    def _resumed(self, at_ms: int, data: Data) -> None:
        rid = str(data["rid"])
        since = self._held_since.pop(rid, at_ms)
        if rid in self._segments:
            held = data.get("held_ms")
            segment = self._segments[rid]
            held_ms = max(0, at_ms - since) if held is None else int(held)
            self._segments[rid] = replace(segment, hold_ms=segment.hold_ms + held_ms)

    def _wrapup_started(self, at_ms: int, data: Data) -> None:
        rid = str(data["rid"])
        segment = self._segments.get(rid)
        if segment is not None:
            self._segments[rid] = self._talk_over(segment, at_ms, data)

    def _talk_over(self, segment: Segment, at_ms: int, data: Data) -> Segment:
        """End the conversation of a segment; the event's own durations win over the clock."""
        hold = segment.hold_ms
        if segment.rid in self._held_since:
            hold += max(0, at_ms - self._held_since.pop(segment.rid))
        if data.get("hold_ms") is not None:
            hold = int(data["hold_ms"])
        talk = max(0, at_ms - segment.connected_ms - hold)
        if data.get("talk_ms") is not None:
            talk = int(data["talk_ms"])
        ended_by = data.get("ended_by")
        return replace(
            segment,
            talk_ended_ms=at_ms,
            talk_ms=talk,
            hold_ms=hold,
            ended_by=None if ended_by is None else EndedBy(ended_by),
        )

    def _abandoned(self, at_ms: int, data: Data) -> None:
        self._stage = Stage(data["stage"])
        queue = _text(data, "queue")
        if not self._legs and queue is not None and self._stage is not Stage.MENU:
            # The log starts after the enqueue; the event itself still knows the wait.
            waited = max(0, int(data.get("waited_ms") or 0))
            self._legs.append(QueueLeg(1, queue, at_ms - waited))
        self._end(at_ms, Outcome.ABANDONED)

    def _closed(self, at_ms: int, data: Data) -> None:
        outcome = _CLOSED_AS.get(str(data["outcome"]))
        if data["outcome"] == _MESSAGE:
            # Who waited left the line by it; in a menu it is what they called for.
            outcome = Outcome.OVERFLOWED if self._legs else Outcome.SELF_SERVED
        if outcome is None:
            raise ValueError(f"outcome {data['outcome']!r} is not one of {', '.join(_CLOSED_AS)}")
        self._disposition = _text(data, "disposition") or self._disposition
        self._close_segments(at_ms, data, outcome)
        self._end(at_ms, outcome)

    def _agent_lost(self, at_ms: int, data: Data) -> None:
        # Nobody is left to wrap up: the segment ends with the conversation.
        segment = self._segments.get(str(data["rid"]))
        if segment is not None:
            self._segments[segment.rid] = self._without_wrapup(
                self._talk_over(segment, at_ms, data), at_ms
            )

    def _wrapup_ended(self, at_ms: int, data: Data) -> None:
        segment = self._segments.get(str(data["rid"]))
        if segment is not None:
            self._segments[segment.rid] = _wrapped(segment, at_ms, data.get("wrapup_ms"))
            self._disposition = _text(data, "disposition") or self._disposition

    def _close_segments(self, at_ms: int, data: Data, outcome: Outcome) -> None:
        """End what is still open, and the segment whose wrap-up the closing reports."""
        open_rids = [rid for rid, s in self._segments.items() if s.ended_ms is None]
        closing = _text(data, "rid") or (open_rids[-1] if open_rids else "")
        for rid in open_rids:
            if rid != closing:
                self._segments[rid] = self._without_wrapup(self._segments[rid], at_ms)
        segment = self._segments.get(closing)
        if segment is None:
            return
        if segment.talk_ended_ms is None:
            # Closed in the middle of a conversation: no side hung up if the system did it.
            ended_by = EndedBy.SYSTEM if outcome is Outcome.SYSTEM else None
            segment = replace(self._talk_over(segment, at_ms, {}), ended_by=ended_by)
        wrapup_ms = data.get("wrapup_ms")
        if segment.ended_ms is None or wrapup_ms is not None:
            self._segments[closing] = _wrapped(segment, at_ms, wrapup_ms)

    def _end_segments(self, at_ms: int) -> None:
        """End the conversation when the contact goes back to a queue.

        Should an agent still wrap up by then, the end of it comes with an event of its own.
        """
        for rid, segment in self._segments.items():
            if segment.ended_ms is None:
                self._segments[rid] = self._without_wrapup(segment, at_ms)

    def _without_wrapup(self, segment: Segment, at_ms: int) -> Segment:
        if segment.talk_ended_ms is None:
            segment = self._talk_over(segment, at_ms, {})
        return replace(segment, ended_ms=segment.talk_ended_ms)

    def _overflowed(self, at_ms: int, data: Data) -> None:
        queue = _text(data, "queue")
        if data.get("action") == _ASKED and self._legs and self._legs[-1].left_ms is None:
            return  # It is asked whether it wants to be called back, and waits on.
        if queue is not None and (not self._legs or self._legs[-1].left_ms is not None):
            # Turned away at the door: the queue was asked for, if only for an instant.
            number = self._legs[-1].number if self._legs else 0
            self._legs.append(QueueLeg(number, queue, at_ms))
        self._end(at_ms, Outcome.OVERFLOWED)

    def _expired(self, at_ms: int, _data: Data) -> None:
        self._end(at_ms, Outcome.EXPIRED)

    def _end(self, at_ms: int, outcome: Outcome) -> None:
        if self._outcome is Outcome.OVERFLOWED and outcome in _AFTER_OVERFLOW:
            # Nothing came of what it was asked instead of waiting: it left by overflow.
            outcome = Outcome.OVERFLOWED
        self._leave(at_ms, _LEFT_AS.get(outcome, LeftQueue.SYSTEM))
        self._outcome, self._ended_ms = outcome, at_ms

    def _leave(self, at_ms: int, by: LeftQueue, *, answered_ms: int | None = None) -> None:
        """End the open queue leg, if there is one."""
        if self._legs and self._legs[-1].left_ms is None:
            self._legs[-1] = replace(
                self._legs[-1], left_ms=at_ms, left_by=by, answered_ms=answered_ms
            )

    _HANDLERS: ClassVar[Mapping[str, Callable[[ContactFold, int, Data], None]]] = {
        "ContactStarted": _started,
        "ContactEnqueued": _enqueued,
        "ContactOffered": _offered,
        "OfferAccepted": _accepted_offer,
        "ContactRequeued": _requeued,
        "ContactConnected": _connected,
        "ContactHeld": _held,
        "ContactResumed": _resumed,
        "AgentLost": _agent_lost,
        "ContactWrapupStarted": _wrapup_started,
        "ContactWrapupEnded": _wrapup_ended,
        "ContactAbandoned": _abandoned,
        "ContactClosed": _closed,
        "ContactOverflowed": _overflowed,
        "ContactExpired": _expired,
    }


def _wrapped(segment: Segment, at_ms: int, wrapup_ms: int | None) -> Segment:
    """End a segment's wrap-up; the event's own duration wins over the clock."""
    since = segment.talk_ended_ms
    if wrapup_ms is None:
        wrapup_ms = 0 if since is None else max(0, at_ms - since)
    return replace(segment, wrapup_ms=wrapup_ms, ended_ms=at_ms)


def _text(data: Data, name: str) -> str | None:
    value = data.get(name)
    return None if value is None else str(value)
