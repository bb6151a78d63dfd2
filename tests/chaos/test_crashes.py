"""Deployed functions die at the worst moments: the caller is served all the same, and only once.

One test for each row of the crash table whose crash is a process that ends. The carrier's own
fallback brings a call whose document was lost back to where it stands. On a slow machine an offer
may be lost besides, because a process starts late; the promises are the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centralino.application import routing
from centralino.domain.agents.model import AgentState
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.kpi.event_log import Recorded, in_order
from local.demo.assignments import agents_with_two, alive_after_the_end, assigned_twice
from local.twilio import Person
from tests.chaos.faults import dying, restart
from tests.support.desk import Desk, granted
from tests.support.exchange import Exchange, refused
from tests.support.polling import until

_WITHDRAWN = {"OfferFailed", "OfferTimedOut"}


@pytest.fixture
def left_to_routing(exchange: Exchange) -> Iterator[None]:
    """The pool is hot: whoever changes something leaves the drain to the function `routing`."""
    pool = exchange.app.configuration.current().pool_of("sales").id
    routing.mark_hot(exchange.app, pool, exchange.app.clock.now() + 300_000)
    # Fresh processes do not remember the pool as cool.
    for function in ("call_events", "agent_api", "timers"):
        restart(exchange, function)
    yield
    routing.mark_hot(exchange.app, pool, 0)


def _at_work(exchange: Exchange, profile: str = "sales") -> Desk:
    desk = exchange.hire(profile)
    desk.start()
    exchange.quiet()
    return desk


def _story(exchange: Exchange, contact: Contact) -> list[Recorded]:
    """Return the events of a contact, each once, when all have come."""
    return in_order(exchange.told(contact.id, contact.sequence))


def _served_once(exchange: Exchange, person: Person, *desks: Desk) -> Contact:
    """Let agents serve a customer; hold the whole story to be single."""
    exchange.served([person], desks)
    exchange.quiet(within=60.0)
    contact = exchange.contact(exchange.contact_id(person))
    assert contact.state is ContactState.CLOSED
    story = _story(exchange, contact)
    types = [event.type for event in story]
    assert types[:3] == ["ContactStarted", "ContactEnqueued", "ContactOffered"]
    assert types[-3:] == ["ContactConnected", "ContactWrapupStarted", "ContactClosed"]
    assert story[-1].data["outcome"] == "handled"
    assert types.count("ContactConnected") == 1
    assert [event.sequence for event in story] == list(range(1, contact.sequence + 1))
    events = in_order(exchange.events(contact.id, *(desk.agent_id for desk in desks)))
    assert assigned_twice(events) == []
    assert agents_with_two(events) == []
    assert alive_after_the_end(events) == []
    asked = exchange.carrier.carrier.journal.requests("POST", "Participants.json")
    rung = [leg.param("Label") for leg in asked if contact.id in leg.path and leg.effect]
    assert sorted(rung) == sorted(e.data["rid"] for e in story if e.type == "OfferAccepted")
    for desk in desks:
        assert not exchange.agent(desk).slots
    return contact


def _withdrawn_unheard(exchange: Exchange, contact: Contact, silent: Desk) -> None:
    """Hold the offer that nobody was told of to be withdrawn, and the place in line to be kept."""
    story = _story(exchange, contact)
    [unheard] = [
        event
        for event in story
        if event.type == "ContactOffered" and event.data["agent_id"] == silent.agent_id
    ]
    assert silent.page.frames("offer", rid=unheard.data["rid"]) == []
    after = story[story.index(unheard) + 1 :][:2]
    assert after[0].type in _WITHDRAWN
    assert after[0].data["rid"] == unheard.data["rid"]
    assert after[1].type == "ContactRequeued"
    enqueued = next(event for event in story if event.type == "ContactEnqueued")
    assert after[1].data["enqueued_at"] == enqueued.data["enqueued_at"]
    assert exchange.agent(silent).state is AgentState.NOT_READY


def test_call_events_dies_after_the_enqueue_before_the_drain(exchange: Exchange) -> None:
    desk = _at_work(exchange)
    with dying(exchange, "call_events", "after_enqueue") as death:
        person = exchange.call()
        # Only the relay knows then that somebody waits.
        death.awaited()
        _served_once(exchange, person, desk)


def test_call_events_dies_between_timer_and_claim(exchange: Exchange) -> None:
    desk = _at_work(exchange)
    with dying(exchange, "call_events", "between_timer_and_claim") as death:
        person = exchange.call()
        death.awaited()
        _served_once(exchange, person, desk)


def test_call_events_dies_between_claim_and_push(exchange: Exchange) -> None:
    first = _at_work(exchange)
    with dying(exchange, "call_events", "between_claim_and_push") as death:
        person = exchange.call()
        death.awaited()
        second = exchange.hire("sales")
        second.start()
        contact = _served_once(exchange, person, second)
    _withdrawn_unheard(exchange, contact, first)


def test_routing_dies_between_timer_and_claim(exchange: Exchange, left_to_routing: None) -> None:
    desk = _at_work(exchange)
    with dying(exchange, "routing", "between_timer_and_claim") as death:
        person = exchange.call()
        death.awaited()
        assert exchange.contact(exchange.contact_id(person)).state is ContactState.WAITING
        # The queue gives the batch to another process once its visibility timeout is over.
        _served_once(exchange, person, desk)


def test_routing_dies_between_claim_and_push(exchange: Exchange, left_to_routing: None) -> None:
    first = _at_work(exchange)
    with dying(exchange, "routing", "between_claim_and_push") as death:
        person = exchange.call()
        death.awaited()
        second = exchange.hire("sales")
        second.start()
        contact = _served_once(exchange, person, second)
    _withdrawn_unheard(exchange, contact, first)


def test_agent_api_dies_between_close_and_release(exchange: Exchange) -> None:
    desk = _at_work(exchange)
    person = exchange.call()
    contact_id = exchange.contact_id(person)

    def talked() -> bool:
        desk.work(files=False)
        contact = exchange.app.store.contact(contact_id)
        return contact is not None and contact.state is ContactState.WRAPUP

    until(talked, "the end of the conversation", 60.0)
    exchange.quiet()
    with dying(exchange, "agent_api", "between_close_and_release") as death:
        answer = desk.dispose(contact_id, "resolved")
        assert answer.status_code >= 500
        assert death.happened
        exchange.reaches(contact_id, "CLOSED")
        # The relay takes the slot, and the agent is offered calls again.
        assert exchange.freed(desk).state is AgentState.ROUTABLE
        # Who asks again is told that it is done.
        assert granted(desk.dispose(contact_id, "resolved"))["state"] == "CLOSED"
        _served_once(exchange, exchange.call(), desk)
    story = _story(exchange, exchange.contact(contact_id))
    assert [event.type for event in story].count("ContactClosed") == 1


def test_outbox_relay_dies_between_publish_and_nudge(exchange: Exchange) -> None:
    desk = _at_work(exchange)
    with (
        dying(exchange, "outbox_relay", "between_publish_and_nudge") as relay,
        dying(exchange, "call_events", "after_enqueue") as caller,
    ):
        person = exchange.call()
        caller.awaited()
        relay.awaited()
        # The stream gives the batch to another process, which nudges.
        contact = _served_once(exchange, person, desk)
    # What was published before the death came twice, under the same ids.
    received = exchange.events(contact.id)
    assert len(received) > contact.sequence
    ids = {event["detail"]["metadata"]["event_id"] for event in received}
    assert len(ids) == contact.sequence


def test_an_agent_who_does_not_acknowledge_loses_the_offer(exchange: Exchange) -> None:
    desk = exchange.hire("sales")
    desk.start(acknowledges=False)
    person = exchange.call()
    offer = desk.page.frame("offer", contact_id=exchange.contact_id(person))
    desk.page.frame("offer_ended", rid=offer["rid"], reason="not_acknowledged")
    desk.page.frame("agent", state="NOT_READY", reason="lost")
    assert refused(desk.accept(offer)) == (409, "offer_ended")
    assert exchange.contact(offer["contact_id"]).state is ContactState.WAITING
