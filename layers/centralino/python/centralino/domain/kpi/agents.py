"""How agents spent their time: busy, idle, away; and occupancy.

Decides from the event log which stretches of an agent's day were spent on at least one contact
(connection to end of wrap-up), which were idle (routable, no contact) and which were neither.
Never judges a state's reason and never reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from centralino.domain.kpi.definitions import Kpi, Number, Parameters, Unit
from centralino.domain.kpi.event_log import Event, in_order
from centralino.domain.kpi.facts import ContactFacts
from centralino.domain.kpi.intervals import Interval

ROUTABLE = "ROUTABLE"
OFFLINE = "OFFLINE"

# An agent talks to one caller, chats with three and works on five written contacts or tasks.
CHANNEL_LOAD: Mapping[str, float] = {
    "voice": 1.0,
    "callback": 1.0,
    "chat": 1 / 3,
    "email": 1 / 5,
    "task": 1 / 5,
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A half-open stretch of an agent's time spent on one contact."""

    start_ms: int
    end_ms: int
    contact_id: str
    channel: str = "voice"


@dataclass(frozen=True, slots=True)
class StateStretch:
    """A half-open stretch of an agent's time in one state."""

    start_ms: int
    end_ms: int
    state: str


@dataclass(slots=True)
class Timeline:
    """What is known about one agent's time."""

    agent_id: str
    states: list[StateStretch] = field(default_factory=list)
    contacts: list[Stretch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AgentTime:
    """One agent's time within an interval, in milliseconds.

    ``busy_ms`` on at least one contact; ``idle_ms`` routable without one; ``loaded_ms`` is
    ``busy_ms`` weighted by how much of the agent's capacity was in use; ``signed_in_ms`` in any
    state but offline.
    """

    agent_id: str
    busy_ms: int
    idle_ms: int
    loaded_ms: float
    signed_in_ms: int
    contact_ids: tuple[str, ...] = ()


def timelines(
    events: Iterable[Event], facts: Iterable[ContactFacts], until_ms: int
) -> dict[str, Timeline]:
    """Build every agent's timeline up to ``until_ms``.

    Parameters
    ----------
    events
        The event log; only ``AgentStateChanged`` is read from it.
    facts
        The contacts, for the agents' segments.
    until_ms
        Where the log was cut; a state or segment still open lasts until there.
    """
    found: dict[str, Timeline] = {}
    for record in in_order(events):
        if record.type != "AgentStateChanged":
            continue
        line = found.setdefault(record.entity_id, Timeline(record.entity_id))
        if line.states:
            last = line.states[-1]
            line.states[-1] = StateStretch(last.start_ms, record.occurred_ms, last.state)
        state = str(record.data.get("state", "")).upper()
        line.states.append(StateStretch(record.occurred_ms, until_ms, state))
    for fact in facts:
        for segment in fact.segments:
            if segment.agent_id is None:
                continue
            line = found.setdefault(segment.agent_id, Timeline(segment.agent_id))
            end = until_ms if segment.ended_ms is None else segment.ended_ms
            line.contacts.append(Stretch(segment.connected_ms, end, fact.contact_id, fact.channel))
    return found


def agent_time(
    timeline: Timeline, interval: Interval, load: Mapping[str, float] = CHANNEL_LOAD
) -> AgentTime:
    """Measure one agent's time within an interval.

    Parameters
    ----------
    timeline
        From ``timelines``.
    interval
        Half-open; stretches are cut at its ends.
    load
        Share of an agent one contact of a channel takes; 1 for a channel not named.
    """
    on_contact = [s for s in timeline.contacts if interval.overlap_ms(s.start_ms, s.end_ms) > 0]
    changes: list[tuple[int, int, float, bool]] = []
    for stretch in on_contact:
        weight = load.get(stretch.channel, 1.0)
        changes.append((max(stretch.start_ms, interval.start_ms), 1, weight, False))
        changes.append((min(stretch.end_ms, interval.end_ms), -1, -weight, False))
    signed_in = 0
    for state in timeline.states:
        length = interval.overlap_ms(state.start_ms, state.end_ms)
        if length == 0:
            continue
        signed_in += 0 if state.state == OFFLINE else length
        if state.state == ROUTABLE:
            changes.append((max(state.start_ms, interval.start_ms), 1, 0.0, True))
            changes.append((min(state.end_ms, interval.end_ms), -1, 0.0, True))
    busy, idle, loaded = _sweep(changes)
    return AgentTime(
        agent_id=timeline.agent_id,
        busy_ms=busy,
        idle_ms=idle,
        loaded_ms=loaded,
        signed_in_ms=signed_in,
        contact_ids=tuple(sorted({s.contact_id for s in on_contact})),
    )


def peak_contacts(lines: Iterable[Timeline], interval: Interval) -> int:
    """Return the most contacts that agents were on at the same moment of an interval."""
    changes = []
    for line in lines:
        for stretch in line.contacts:
            if interval.overlap_ms(stretch.start_ms, stretch.end_ms) > 0:
                changes.append((max(stretch.start_ms, interval.start_ms), 1))
                changes.append((min(stretch.end_ms, interval.end_ms), -1))
    most = now = 0
    # Half-open: what ends at a moment makes room for what starts at it.
    for _, step in sorted(changes):
        now += step
        most = max(most, now)
    return most


def _sweep(changes: list[tuple[int, int, float, bool]]) -> tuple[int, int, float]:
    """Walk along starts and ends, adding up busy, idle and loaded time."""
    busy = idle = contacts = routable = 0
    loaded = load = 0.0
    previous: int | None = None
    for at, step, weight, is_state in sorted(changes):
        if previous is not None and at > previous:
            length = at - previous
            if contacts > 0:
                busy += length
                loaded += length * min(1.0, load)
            elif routable > 0:
                idle += length
        previous = at
        if is_state:
            routable += step
        else:
            contacts += step
            load = load + weight if contacts > 0 else 0.0
    return busy, idle, loaded


def _busy(fact: AgentTime, _: Parameters) -> Number:
    return fact.busy_ms


def _loaded(fact: AgentTime, _: Parameters) -> Number:
    return fact.loaded_ms


def _available(fact: AgentTime, _: Parameters) -> Number:
    return fact.busy_ms + fact.idle_ms


AGENT_KPIS: tuple[Kpi[AgentTime], ...] = (
    Kpi(
        name="occupancy",
        version=1,
        facts=AgentTime,
        unit=Unit.RATIO,
        formula="time on at least one contact / (that + idle)",
        description_en="How busy were the agents while they were available?",
        description_it="Quanto sono stati occupati gli agenti mentre erano disponibili?",
        numerator=_busy,
        denominator=_available,
    ),
    Kpi(
        name="occupancy.weighted",
        version=1,
        facts=AgentTime,
        unit=Unit.RATIO,
        formula="time on contacts weighted by the capacity in use / (time on contacts + idle)",
        description_en="How much of the agents' capacity was used, when several chats fit in it?",
        description_it="Quanta capacità degli agenti è stata usata, se può contenere più chat?",
        numerator=_loaded,
        denominator=_available,
    ),
)
