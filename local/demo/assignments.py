"""Who held which contact, and when, as the published events tell it.

Decides what begins and what ends an agent's part in a contact, and finds parts that should not
be there: two at once of one contact, two at once of one agent, one that begins after the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from centralino.domain.kpi.event_log import Recorded

#: The agent's part in the conversation is over; the wrap-up that may follow needs no caller.
_PART_ENDS = frozenset(
    {
        "OfferDeclined",
        "OfferTimedOut",
        "OfferFailed",
        "OfferRescinded",
        "AgentLost",
        "ContactWrapupStarted",
    }
)
_PART_GOES_ON = frozenset(
    {"OfferAccepted", "ContactConnected", "ContactHeld", "ContactResumed", "AgentRejoined"}
)
#: The agent is free of the contact, wrap-up included.
_AGENT_FREED = frozenset(
    {
        "OfferDeclined",
        "OfferTimedOut",
        "OfferFailed",
        "OfferRescinded",
        "AgentLost",
        "ContactWrapupEnded",
        "ContactClosed",
    }
)
_ENDS = frozenset({"ContactAbandoned", "ContactClosed"})
#: What may still be told of a contact that has ended: the wrap-up of an earlier agent.
_AFTER_THE_END = frozenset({"ContactWrapupEnded"})


@dataclass(frozen=True, slots=True)
class Part:
    """An agent's time on a contact, from the offer to the end of the wrap-up."""

    agent: str
    rid: str
    began_ms: int
    ended_ms: int | None


def assigned_twice(events: Sequence[Recorded]) -> list[str]:
    """Find contacts with two live offers or conversations at once.

    Parameters
    ----------
    events
        Distinct events, those of one entity in sequence.
    """
    live: dict[str, str] = {}
    found: list[str] = []
    for event in events:
        contact, rid = event.entity_id, str(event.data.get("rid"))
        held = live.get(contact)
        if event.type == "ContactOffered":
            if held is not None:
                found.append(f"{contact} was offered as {rid} while {held} was live")
            live[contact] = rid
        elif event.type in _PART_GOES_ON or event.type in _PART_ENDS:
            if held != rid:
                found.append(f"{contact} had {event.type} for {rid} while {held} was live")
            if event.type in _PART_ENDS:
                live.pop(contact, None)
    return found


def agents_with_two(events: Sequence[Recorded]) -> list[str]:
    """Find agents who held two voice contacts at once, by the times of the events."""
    found: list[str] = []
    by_agent: dict[str, list[Part]] = {}
    for part in parts(events):
        by_agent.setdefault(part.agent, []).append(part)
    for agent, held in by_agent.items():
        held.sort(key=lambda part: (part.began_ms, part.rid))
        for one, following in pairwise(held):
            if one.ended_ms is None or following.began_ms < one.ended_ms:
                found.append(f"{agent} held {one.rid} and {following.rid} at once")
    return found


def parts(events: Iterable[Recorded]) -> list[Part]:
    """Return every agent's part in every contact."""
    began: dict[str, tuple[str, int]] = {}
    ended: dict[str, int] = {}
    for event in events:
        rid = event.data.get("rid")
        if rid is None:
            continue
        if event.type == "ContactOffered":
            began[str(rid)] = (str(event.data["agent_id"]), event.occurred_ms)
        elif event.type in _AGENT_FREED:
            ended.setdefault(str(rid), event.occurred_ms)
    return [Part(agent, rid, at, ended.get(rid)) for rid, (agent, at) in began.items()]


def alive_after_the_end(events: Sequence[Recorded]) -> list[str]:
    """Find contacts to which something happened after they had ended."""
    over: dict[str, str] = {}
    found: list[str] = []
    for event in events:
        end = over.get(event.entity_id)
        if end is not None and event.type not in _AFTER_THE_END:
            found.append(f"{event.entity_id} had {event.type} after {end}")
        if event.type in _ENDS:
            over.setdefault(event.entity_id, event.type)
    return found
