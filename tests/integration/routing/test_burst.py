"""Calls that come together: several processes drain one pool, and nobody is assigned twice."""

from __future__ import annotations

from collections import Counter

from centralino.adapters import wire
from centralino.domain.contacts.model import ContactState
from centralino.domain.kpi.event_log import in_order
from local.demo.assignments import agents_with_two, assigned_twice
from local.demo.evidence import read_stream
from tests.support.exchange import Exchange

_CALLS = 6


def test_calls_at_once_are_each_served_by_one_agent_at_a_time(exchange: Exchange) -> None:
    desks = [exchange.hire("all") for _ in range(3)]
    for desk in desks:
        desk.start()
    people = [exchange.call() for _ in range(_CALLS)]
    contacts = [exchange.contact_id(person) for person in people]

    exchange.served(people, desks)

    exchange.quiet()
    agents = [desk.agent_id for desk in desks]
    events = in_order(exchange.events(*contacts, *agents))
    assert assigned_twice(events) == []
    assert agents_with_two(events) == []
    connected = Counter(event.entity_id for event in events if event.type == "ContactConnected")
    assert connected == dict.fromkeys(contacts, 1)
    for contact in contacts:
        assert exchange.contact(contact).state is ContactState.CLOSED
    deployment = exchange.deployment
    for write in read_stream(deployment.endpoint, deployment.tables.agents):
        if write.item is not None and write.key[0] in agents:
            agent = wire.agent_of(write.item)
            assert len(agent.slots) <= 1
            assert sum(agent.used.values()) == len(agent.slots)
