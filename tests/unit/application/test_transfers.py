"""Holding, transfers and outside numbers as agents ask for them, and every way they end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import agents, calls, transfers
from centralino.application.inviting import To
from centralino.contracts.envelope import detail
from centralino.domain.errors import NotFound, RuleViolation, TransientDependency
from centralino.domain.kpi.facts import ContactFacts, Population
from centralino.domain.kpi.from_events import contact_facts
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import HoldContinued, PresentAsked
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import (
    NUMBER,
    consulting,
    dialling,
    open_centre,
    party_joins,
    party_leaves,
    sound,
    talking,
)
from tests.unit.application.test_offers import media, talk


@pytest.fixture
def centre() -> Centre:
    return open_centre()


# ---------------------------------------------------------------- hold


def test_holding_and_going_on(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    for _ in range(2):
        assert str(transfers.hold(centre.app, ann, contact_id, "api").state) == "HELD"
    assert media(centre)[-2:] == ["hold", "hold"]
    version = centre.contact(contact_id).version
    heard = calls.handle(centre.app, HoldContinued(contact_id, "CA1"), KEY)
    assert [type(a) for a in heard] == [act.Say, act.Pause]
    centre.advance(10_000)
    for _ in range(2):
        assert str(transfers.resume(centre.app, ann, contact_id, "api").state) == "CONNECTED"
    assert media(centre)[-2:] == ["resume", "resume"]
    contact = centre.contact(contact_id)
    assert contact.version == version + 1
    assert contact.segments[0].hold_ms == 10_000
    heard = calls.handle(centre.app, HoldContinued(contact_id, "CA1"), KEY)
    assert [type(a) for a in heard] == [act.Pause]


def test_a_hold_the_carrier_never_heard_of_is_made_good(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    centre.world.faults.refuse("media.hold")
    with pytest.raises(TransientDependency):
        transfers.hold(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "HELD"
    held = media(centre).count("hold")
    centre.advance(5_000)
    assert media(centre).count("hold") == held + 1


def test_somebody_else_can_do_nothing_with_it(centre: Centre) -> None:
    _, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    for ask in (transfers.hold, transfers.resume, transfers.return_to_queue):
        with pytest.raises(NotFound):
            ask(centre.app, bob, contact_id, "api")
    with pytest.raises(NotFound):
        transfers.transfer(centre.app, bob, contact_id, To(queue="support"), KEY, "api")


# ---------------------------------------------------------------- blind


def test_a_transfer_to_a_queue_reaches_the_next_agent_there(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    place = centre.contact(contact_id).virtual_time
    for _ in range(2):
        transfers.transfer(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, contact.queue) == ("OFFERED", bob, "support")
    assert (contact.virtual_time, contact.leg) == (place, 2)
    assert {"drop_agent", "recall_caller"} <= set(media(centre))
    sound(centre)
    heard = calls.handle(centre.app, PresentAsked(contact_id, "CA1"), KEY)
    assert [type(a) for a in heard] == [act.Queue]  # and no apology for a lost line
    talk(centre, contact_id, bob)
    assert centre.state(contact_id) == "CONNECTED"
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert centre.agent_item(ann).slots == {}
    assert centre.state(contact_id) == "CONNECTED"
    agents.hang_up(centre.app, ann, contact_id, "api")  # her part is over: not his
    assert centre.state(contact_id) == "CONNECTED"
    centre.caller_leaves(contact_id)
    centre.advance(60_000)
    assert centre.state(contact_id) == "CLOSED"
    sound(centre)


def test_the_wrap_up_of_who_transferred_ends_at_its_limit(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    transfers.transfer(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    centre.advance(60_000)
    assert centre.agent_item(ann).slots == {}
    assert centre.state(contact_id) == "WAITING"
    sound(centre)


def test_a_transfer_to_an_agent_waits_for_that_agent_and_not_for_ever(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    other = centre.queue("CA2", "2")  # keeps Bob busy
    talk(centre, other, bob)
    cyd = centre.agent("cyd", "support")
    transfers.transfer(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.queue, contact.preferred) == ("WAITING", "support", bob)
    centre.advance(31_000)
    assert centre.contact(contact_id).agent == cyd
    sound(centre)


def test_a_free_agent_gets_the_transfer_at_once(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    centre.agent("abe", "support")
    bob = centre.agent("bob", "support")
    transfers.transfer(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    assert centre.contact(contact_id).agent == bob


@pytest.mark.parametrize(
    ("to", "error", "code"),
    [
        (To(queue="nowhere"), NotFound, "unknown_queue"),
        (To(agent="ag_nobody"), NotFound, "unknown_agent"),
        (To(agent="ag_ann"), RuleViolation, "same_agent"),
        (To(agent="ag_off"), RuleViolation, "agent_unavailable"),
    ],
)
def test_where_nobody_can_be_sent(
    centre: Centre, to: To, error: type[Exception], code: str
) -> None:
    ann, contact_id = talking(centre)
    centre.agent("off", "support", ready=False)
    before = centre.contact(contact_id)
    for ask in (transfers.transfer, transfers.consult):
        with pytest.raises(error) as refused:
            ask(centre.app, ann, contact_id, to, KEY, "api")
        assert refused.value.code == code  # type: ignore[attr-defined]
    assert centre.contact(contact_id) == before


def test_without_a_plan_that_waits_nobody_is_transferred_to_one_agent(centre: Centre) -> None:
    rules = centre.app.configuration.current()
    plans = {name: replace(plan, prefer_ms=0) for name, plan in rules.plans.items()}
    centre.world.configuration.publish(replace(rules, version=3, plans=plans))
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    with pytest.raises(RuleViolation) as refused:
        transfers.transfer(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    assert refused.value.code == "no_preferred_plan"


def test_going_back_to_the_queue_is_for_another_agent(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    second = centre.queue("CA2")
    place = centre.contact(contact_id).virtual_time
    for _ in range(2):
        transfers.return_to_queue(centre.app, ann, contact_id, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.queue, contact.virtual_time) == ("WAITING", "sales", place)
    bob = centre.agent("bob", "sales")
    assert centre.contact(contact_id).agent == bob  # before the second caller: the place is kept
    assert centre.state(second) == "WAITING"
    sound(centre)


# ---------------------------------------------------------------- outside numbers


def test_an_outside_number_takes_over_when_somebody_answers(centre: Centre) -> None:
    ann, contact_id, child = dialling(centre)
    assert centre.state(contact_id) == "HELD"
    call = next(c for c in centre.world.media.calls if c.method == "add_number")
    assert (call.contact, call.rid, call.agent) == (child.id, child.rid, NUMBER)
    party_joins(centre, contact_id, child)
    party_joins(centre, contact_id, child)
    assert centre.state(contact_id) == "POST_CALL"
    assert media(centre)[-2:] == ["drop_agent", "resume"]
    transfers.transfer(centre.app, ann, contact_id, To(number=NUMBER), KEY, "api")
    sound(centre)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert centre.agent_item(ann).slots == {}
    assert centre.state(contact_id) == "POST_CALL"
    centre.caller_leaves(contact_id)
    assert (centre.state(contact_id), centre.state(child.id)) == ("CLOSED", "CLOSED")


def test_an_outside_party_leaving_ends_the_call(centre: Centre) -> None:
    _, contact_id, child = dialling(centre)
    party_joins(centre, contact_id, child)
    party_leaves(centre, contact_id, child.rid or "")
    assert (centre.state(contact_id), centre.state(child.id)) == ("WRAPUP", "CLOSED")
    assert "hang_up" in media(centre)
    centre.advance(60_000)
    assert centre.state(contact_id) == "CLOSED"
    sound(centre)


@pytest.mark.parametrize("how", ["busy", "silence", "refused"])
def test_a_number_that_does_not_answer_costs_nobody_the_call(centre: Centre, how: str) -> None:
    if how == "refused":
        ann, contact_id = talking(centre)
        centre.world.faults.refuse("media.add_number")
        with pytest.raises(TransientDependency):
            transfers.transfer(centre.app, ann, contact_id, To(number=NUMBER), KEY, "api")
    else:
        ann, contact_id, child = dialling(centre)
        if how == "busy":
            party_leaves(centre, contact_id, child.rid or "", "busy")
        else:
            centre.advance(45_000)
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, contact.party) == ("HELD", ann, None)
    ended = [c for c in centre.world.store.contacts() if c.parent == contact_id]
    assert [str(c.state) for c in ended] == ["CLOSED"]
    sound(centre)


def test_an_outside_number_is_nowhere_to_be_found(centre: Centre) -> None:
    _, contact_id, child = dialling(centre)
    party_joins(centre, contact_id, child)
    centre.relay()
    stored = repr(centre.world.store.contacts()) + repr(centre.world.bus.published)
    assert NUMBER[1:] not in stored
    assert NUMBER[1:] not in repr(centre.world.log.lines)
    assert child.subject is not None


def test_a_number_consulted_and_then_brought_in(centre: Centre) -> None:
    ann, contact_id, child = dialling(centre, "consult")
    party_joins(centre, contact_id, child)
    assert centre.state(contact_id) == "HELD"
    transfers.conference(centre.app, ann, contact_id, None, KEY, "api")
    assert centre.state(contact_id) == "CONNECTED"
    agents.hang_up(centre.app, ann, child.id, "api")  # the outside party is sent away
    assert centre.state(child.id) == "CLOSED"
    assert (centre.state(contact_id), centre.contact(contact_id).party) == ("CONNECTED", None)


# ---------------------------------------------------------------- what is told


def facts(centre: Centre) -> dict[str, ContactFacts]:
    """Fold what was published into the facts the figures are made of."""
    centre.relay()
    envelopes = [
        {"detail-type": o.type, "detail": detail(o)}
        for o in centre.world.bus.published
        if o.entity_id.startswith("ct_")
    ]
    return {fact.contact_id: fact for fact in contact_facts(envelopes)}


def test_the_figures_see_one_customer_two_agents_and_the_hold(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    centre.advance(10_000)
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    centre.advance(20_000)
    centre.caller_leaves(contact_id)
    for agent in (ann, bob):
        agents.dispose(centre.app, agent, contact_id, "resolved", "api")
    told = facts(centre)
    customer = told[contact_id]
    assert [s.agent_id for s in customer.segments] == [ann, bob]
    assert [s.hold_ms for s in customer.segments] == [10_000, 0]
    assert [s.talk_ms for s in customer.segments] == [0, 20_000]
    assert [s.queue for s in customer.segments] == ["sales", "support"]
    assert customer.answered
    assert Population.INBOUND.includes(customer)
    assert told[child.id].parent_id == contact_id
    assert not Population.ANY.includes(told[child.id])


def test_the_figures_see_a_blind_transfer_as_a_second_leg(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    transfers.transfer(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    centre.advance(5_000)
    bob = centre.agent("bob", "support")
    talk(centre, contact_id, bob)
    customer = facts(centre)[contact_id]
    assert [leg.queue for leg in customer.legs] == ["sales", "support"]
    assert [t.answered_ms is not None for t in customer.transfers] == [True]
