"""The items in DynamoDB themselves: what a claim leaves is what a put of the result would."""

from __future__ import annotations

import time
from typing import Any

from centralino.adapters import wire
from centralino.adapters.dynamodb.mapping import plain_item
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.ids import SeededIds
from centralino.domain.contacts.model import Channel
from tests.contract.store.people import (
    available_entry,
    claim_of,
    routable,
    waiting,
    waiting_entry,
)

NOW = 1_767_603_600_123
MANY = {Channel.VOICE: 1, Channel.CHAT: 3}


def test_a_claim_leaves_no_attribute_too_many_and_none_too_few(dynamo_tables: Tables) -> None:
    """A left-over key would cost units and could bring a ghost back into an index."""
    store = DynamoStore(dynamo_tables, SeededIds(VirtualClock(NOW), seed=time.time_ns()))
    pairs = [
        (waiting(store, NOW, 1), routable(store, NOW, 1)),
        (waiting(store, NOW, 2, channel=Channel.CHAT), routable(store, NOW, 2, capacity=MANY)),
    ]
    for contact, agent in pairs:
        claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), NOW + 1_000)
        assert store.claim(claim).ok
        offered, busy = store.contact(contact.id), store.agent(agent.id)
        assert offered is not None
        assert busy is not None
        assert raw(dynamo_tables.contacts, contact.id) == wire.contact_item(offered)
        assert raw(dynamo_tables.agents, agent.id) == wire.agent_item(busy)


def raw(model: Any, key: str) -> wire.Item:
    """The item as it is stored."""
    return plain_item(model._get_connection().get_item(key, consistent_read=True)["Item"])
