"""Many claims at once on a real table: the transaction alone keeps contacts and agents single."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, bind
from centralino.adapters.system import RandomIds
from centralino.domain.contacts.model import ContactState
from local.cloud.clients import ACCESS_KEY, SECRET_KEY
from local.cloud.cloud import REGION
from local.cloud.tables import create_tables, delete_tables
from tests.contract.store.people import (
    at_once,
    available_entry,
    claim_of,
    routable,
    waiting,
    waiting_entry,
)
from tests.support.cloud import CloudSession

_CLAIMS = 64


@pytest.fixture
def store(product_session: CloudSession) -> Iterator[DynamoStore]:
    """The product's store on tables of its own, which no deployed function listens to."""
    dynamodb = product_session.client("dynamodb")
    names = create_tables(dynamodb)
    bound = bind(
        TableNames(names.contacts, names.agents, names.config, names.ops),
        region=REGION,
        host=product_session.endpoint,
        # One process serves all the threads here; AWS would answer in milliseconds.
        read_timeout_s=20.0,
    )
    bound.connection.session.set_credentials(ACCESS_KEY, SECRET_KEY)
    yield DynamoStore(bound, RandomIds())
    delete_tables(dynamodb, names)


def test_of_64_claims_of_one_contact_one_wins(store: DynamoStore) -> None:
    now = time.time_ns() // 1_000_000
    entry = waiting_entry(store, waiting(store, now))
    agents = [routable(store, now, number) for number in range(_CLAIMS)]
    claims = [claim_of(entry, available_entry(store, agent), now) for agent in agents]

    results = at_once(_CLAIMS, lambda number: store.claim(claims[number]))

    winners = [claim for claim, result in zip(claims, results, strict=True) if result.ok]
    assert len(winners) == 1
    assert sum(result.contact_stale for result in results) == _CLAIMS - 1
    contact = store.contact(entry.contact)
    assert contact is not None
    assert (contact.state, contact.agent) == (ContactState.OFFERED, winners[0].agent.agent)
    assert contact.version == entry.version + 1
    for agent in agents:
        stored = store.agent(agent.id)
        assert stored is not None
        won = agent.id == winners[0].agent.agent
        assert list(stored.slots) == ([winners[0].rid] if won else [])
        assert sum(stored.used.values()) == int(won)


def test_64_claims_of_8_agents_give_each_one_contact(store: DynamoStore) -> None:
    now = time.time_ns() // 1_000_000
    agents = [routable(store, now, number) for number in range(8)]
    available = [available_entry(store, agent) for agent in agents]
    contacts = [waiting(store, now, number, queue=f"q{number % 4}") for number in range(_CLAIMS)]
    claims = [
        claim_of(waiting_entry(store, contact), available[number % 8], now)
        for number, contact in enumerate(contacts)
    ]

    results = at_once(_CLAIMS, lambda number: store.claim(claims[number]))

    won = [claim for claim, result in zip(claims, results, strict=True) if result.ok]
    assert Counter(claim.agent.agent for claim in won) == {agent.id: 1 for agent in agents}
    for agent in agents:
        stored = store.agent(agent.id)
        assert stored is not None
        assert len(stored.slots) == 1
        assert stored.used == dict.fromkeys(stored.capacity, 1)
    held = {claim.contact.contact for claim in won}
    for contact in contacts:
        stored_contact = store.contact(contact.id)
        assert stored_contact is not None
        assert (stored_contact.state is ContactState.OFFERED) == (contact.id in held)
