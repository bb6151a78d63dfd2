"""The history of decisions: complete, in order, filed once, small."""

from __future__ import annotations

import pytest

from centralino.adapters import wire
from centralino.application import decisions, offers
from centralino.domain.errors import TransientDependency
from centralino.domain.routing.explain import explain
from tests.support.centre import Centre
from tests.unit.application.test_offers import rid_of


def missed_twice(centre: Centre) -> str:
    """Ann, then Bob decline; Cyd is asked."""
    names = [centre.agent(name, "all") for name in ("ann", "bob", "cyd")]
    contact_id = centre.queue()
    for _ in names[:-1]:
        agent = centre.contact(contact_id).agent or ""
        offers.decline(centre.app, agent, contact_id, rid_of(centre, contact_id), "busy", "api")
    return contact_id


def test_every_offer_is_kept_in_order_with_who_was_set_aside() -> None:
    centre = Centre()
    contact_id = missed_twice(centre)
    centre.relay()
    told = decisions.history(centre.app.operations, centre.contact(contact_id))
    assert [d.agent for d in told] == ["ag_ann", "ag_bob", "ag_cyd"]
    numbers = [int(d.rid.partition("#")[2]) for d in told]
    assert numbers == sorted(set(numbers))
    assert ("ag_ann", "tr") in told[1].decision.candidates
    assert {a for a, why in told[2].decision.candidates if why == "tr"} == {"ag_ann", "ag_bob"}
    assert "ag_ann was set aside" in " ".join(explain(told[2]).others)


def test_what_the_relay_has_not_filed_yet_is_told_from_the_contact() -> None:
    centre = Centre()
    contact_id = missed_twice(centre)
    told = decisions.history(centre.app.operations, centre.contact(contact_id))
    assert [d.agent for d in told] == ["ag_cyd"]
    centre.relay()
    assert decisions.history(centre.app.operations, centre.contact(contact_id))[-1] == told[0]


def test_filing_again_changes_nothing() -> None:
    centre = Centre()
    contact_id = missed_twice(centre)
    centre.relay()
    before = centre.world.operations.list(decisions.partition(contact_id))
    decisions.file(centre.app, [centre.contact(contact_id)])
    assert centre.world.operations.list(decisions.partition(contact_id)) == before


def test_a_decision_costs_one_write_unit_and_goes_with_its_contact() -> None:
    centre = Centre()
    contact_id = missed_twice(centre)
    centre.relay()
    for item in centre.world.operations.list(decisions.partition(contact_id)):
        stored = {"pk": item.pk, "sk": item.sk, "d": item.attributes, "ttl": item.ttl}
        assert wire.item_size(stored) < 1024
        assert item.ttl is not None
        assert item.ttl > centre.app.clock.now() // 1000 + 80 * 24 * 3600


def test_a_write_that_makes_no_offer_files_nothing() -> None:
    centre = Centre()
    contact_id = centre.queue()
    centre.relay()
    assert centre.world.operations.list(decisions.partition(contact_id)) == []
    assert decisions.history(centre.app.operations, centre.contact(contact_id)) == []


def test_a_decision_that_cannot_be_filed_comes_again() -> None:
    centre = Centre()
    contact_id = missed_twice(centre)
    centre.world.faults.refuse("operations.put")
    with pytest.raises(TransientDependency):
        centre.relay()
    centre.stream.redeliver()
    centre.relay()
    assert len(decisions.history(centre.app.operations, centre.contact(contact_id))) == 3
