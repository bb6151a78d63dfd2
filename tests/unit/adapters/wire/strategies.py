"""Contacts and agents of any shape, for round trips."""

from __future__ import annotations

from hypothesis import strategies as st

from centralino.domain.agents.model import Agent, AgentState, Slot
from centralino.domain.callbacks.model import Attempt, Callback, CallbackState, Outcome
from centralino.domain.contacts.model import (
    Channel,
    Contact,
    ContactState,
    Decision,
    Direction,
    FlowPosition,
    Segment,
)
from centralino.domain.contacts.offers import offered_event
from centralino.domain.events import CODES, Event

texts = st.text(max_size=12)
ids = st.text("abcdefgh_0123456789", min_size=1, max_size=12)
times = st.integers(min_value=0, max_value=4_102_444_800_000)
counts = st.integers(min_value=0, max_value=40)
values = st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), texts)
events = st.builds(Event, st.sampled_from(sorted(CODES)), st.dictionaries(ids, values, max_size=3))


def events_about(agent: str | None, rid: str | None) -> st.SearchStrategy[Event]:
    """Events that may repeat what their item says of the agent and the offer."""
    data = st.fixed_dictionaries(
        {},
        optional={
            "agent_id": st.just(agent) | st.none() | ids,
            "rid": st.just(rid) | st.none() | ids,
            "reason": values,
        },
    )
    return st.builds(Event, st.sampled_from(sorted(CODES)), data)


decisions = st.builds(Decision, ids, counts, st.lists(st.tuples(ids, ids), max_size=5).map(tuple))

positions = st.builds(
    FlowPosition,
    ids,
    counts,
    texts,
    counts,
    counts,
    st.lists(st.tuples(ids, ids), max_size=3).map(tuple),
    st.dictionaries(ids, texts, max_size=4),
)


def segments_of(contact: str) -> st.SearchStrategy[Segment]:
    """Segments whose rid names this contact, or another one."""
    rid = st.one_of(counts.map(lambda n: f"{contact}#{n}"), ids.map(lambda i: f"{i}#1"))
    optional_time = st.none() | times
    return st.builds(
        Segment,
        rid=rid,
        agent=ids,
        queue=ids,
        accepted_at=times,
        connected_at=optional_time,
        held_since=optional_time,
        hold_ms=counts,
        ended_at=optional_time,
        ended_by=st.none() | ids,
        wrapped_at=optional_time,
        disposition=st.none() | texts,
        lost_at=optional_time,
        muted=st.booleans(),
    )


@st.composite
def callbacks(draw: st.DrawFn) -> Callback:
    """Any callback; its attempts are numbered from 1."""
    attempts = [
        Attempt(
            number,
            asked_at=draw(times),
            rang_at=draw(st.none() | times),
            answered_at=draw(st.none() | times),
            call=draw(st.none() | texts),
            outcome=draw(st.none() | st.sampled_from(Outcome)),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    ]
    return Callback(
        state=draw(st.sampled_from(CallbackState)),
        topic=draw(texts),
        requested_at=draw(times),
        until=draw(times),
        not_before=draw(times),
        attempts=tuple(attempts),
        window=draw(st.none() | st.tuples(times, times)),
        held_by=draw(st.none() | ids),
    )


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    """Any contact, sensible or not; its queue and plan hold no ``#``."""
    contact = draw(ids)
    agent, rid = draw(st.none() | ids), draw(st.none() | ids)
    decision = draw(st.none() | decisions)
    told = [events, events_about(agent, rid)]
    if decision is not None:
        told.append(st.just(offered_event(decision)))
    return Contact(
        id=contact,
        state=draw(st.sampled_from(ContactState)),
        business_unit=draw(texts),
        version=draw(st.integers(1, 10**6)),
        sequence=draw(counts),
        channel=draw(st.sampled_from(Channel)),
        direction=draw(st.sampled_from(Direction)),
        provider=draw(texts),
        call=draw(st.none() | texts),
        line=draw(st.none() | texts),
        language=draw(texts),
        subject=draw(st.none() | texts),
        flow=draw(st.none() | positions),
        parent=draw(st.none() | ids),
        kind=draw(st.none() | ids),
        previous=draw(st.none() | ids),
        pool=draw(ids),
        queue=draw(ids),
        plan=draw(ids),
        shard=draw(counts),
        priority=draw(counts),
        tier=draw(st.integers(0, 9)),
        enqueued_at=draw(times),
        virtual_time=draw(st.none() | times),
        leg=draw(counts),
        preferred=draw(st.none() | ids),
        rid=rid,
        agent=agent,
        expires_at=draw(st.none() | times),
        acknowledged_at=draw(st.none() | times),
        tried=draw(st.dictionaries(texts.filter(bool), times, max_size=4)),
        decision=decision,
        callback=draw(st.none() | callbacks()),
        segments=tuple(draw(st.lists(segments_of(contact), max_size=3))),
        post_call=draw(st.booleans()),
        created_at=draw(times),
        updated_at=draw(times),
        cause=draw(st.none() | texts),
        events=tuple(draw(st.lists(st.one_of(told), max_size=3))),
        ttl=draw(st.none() | counts),
    )


@st.composite
def agents(draw: st.DrawFn) -> Agent:
    """Any agent, sensible or not; its pool and profile hold no ``#``."""
    per_channel = st.dictionaries(st.sampled_from(Channel), counts, max_size=3)
    slots = st.builds(Slot, ids, st.sampled_from(Channel), times)
    rids = ids.map(lambda i: f"{i}#2")
    return Agent(
        id=draw(ids),
        state=draw(st.sampled_from(AgentState)),
        business_unit=draw(texts),
        pool=draw(ids),
        profile=draw(ids),
        version=draw(st.integers(1, 10**6)),
        sequence=draw(counts),
        reason=draw(st.none() | texts),
        skills=draw(st.dictionaries(texts, counts, max_size=4)),
        capacity=draw(per_channel),
        used=draw(per_channel),
        exclusive=draw(st.frozensets(st.sampled_from(Channel))),
        slots=draw(st.dictionaries(rids, slots, max_size=3)),
        shard=draw(counts),
        idle_since=draw(times),
        taken=draw(counts),
        last_offer_at=draw(times),
        missed=draw(counts),
        updated_at=draw(times),
        cause=draw(st.none() | texts),
        events=tuple(draw(st.lists(events, max_size=2))),
    )
