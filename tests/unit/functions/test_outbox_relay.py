"""The relay: stream records in, events out, failures told back by position."""

from __future__ import annotations

from typing import Any

from centralino.adapters.dynamodb.mapping import agent_model, contact_model
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from tests.support.wired import Wired, handler


def record(position: int, entity: Contact | Agent, kind: str = "MODIFY") -> dict[str, Any]:
    model = contact_model(entity) if isinstance(entity, Contact) else agent_model(entity)
    image = model.serialize()
    return {
        "eventName": kind,
        "dynamodb": {"SequenceNumber": str(position), "NewImage": image},
    }


def relay(wired: Wired, *extra: dict[str, Any]) -> dict[str, Any]:
    changes = wired.centre.stream.take()
    records = [record(i, change.image) for i, change in enumerate(changes)]
    answer: dict[str, Any] = handler("outbox_relay")({"Records": [*records, *extra]}, None)
    return answer


def test_every_event_of_every_change_goes_out_in_order(wired: Wired) -> None:
    ann = wired.centre.agent()
    contact_id = wired.centre.queue()
    assert relay(wired) == {"batchItemFailures": []}
    told = [(o.entity_id, o.type) for o in wired.centre.world.bus.published]
    assert told == [
        (ann, "AgentRegistered"),
        (ann, "AgentStateChanged"),
        (contact_id, "ContactStarted"),
        (contact_id, "ContactEnqueued"),
        (contact_id, "ContactOffered"),
    ]


def test_a_removal_is_no_business_fact(wired: Wired) -> None:
    removal = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "9"}}
    assert handler("outbox_relay")({"Records": [removal]}, None) == {"batchItemFailures": []}
    assert not wired.centre.world.bus.published


def test_what_the_bus_refuses_is_told_back_by_its_position(wired: Wired) -> None:
    wired.centre.queue()
    wired.centre.world.bus.refuses = lambda occurrence: occurrence.type == "ContactEnqueued"
    assert relay(wired) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_a_contact_that_began_to_wait_wakes_its_pool(wired: Wired) -> None:
    wired.centre.queue()
    wired.centre.world.nudges.take()
    wired.centre.world.clock.advance(1_000)
    relay(wired)
    assert [nudge.pool for nudge in wired.centre.world.nudges.take()] == ["main"]


def test_what_is_filed_beside_contacts_and_agents_goes_out_too(wired: Wired) -> None:
    from centralino.adapters.dynamodb.mapping import image_of
    from centralino.application import filing
    from centralino.domain.events import Event
    from centralino.domain.filing import Filed

    event = Event("RecordingAccessed", {"contact": "ct_1", "name": "ct_1.1", "by": "ag_1"})
    told = filing.told(Filed("ra_1", 1, "demo", 1_767_603_600_000, None, "ct_1", (event,)))
    image = image_of({"pk": "access#ct_1", "sk": "1", "d": told})
    quiet = image_of({"pk": "lease#x", "sk": "lease", "d": {"until": 1}})
    records = [
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(n), "NewImage": found}}
        for n, found in enumerate((quiet, image))
    ]
    assert handler("outbox_relay")({"Records": records}, None) == {"batchItemFailures": []}
    (out,) = wired.centre.world.bus.published
    assert (out.type, out.entity_id, out.correlation_id) == ("RecordingAccessed", "ra_1", "ct_1")
    wired.centre.world.bus.refuses = lambda _: True
    answer = handler("outbox_relay")({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
