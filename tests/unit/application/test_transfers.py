"""Transfers, consults and conferences as agents ask for them, and every way they end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import agents, calls, offers, transfers
from centralino.application.inviting import To
from centralino.contracts.envelope import detail
from centralino.domain.configuration.model import Plan
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, RuleViolation, TransientDependency
from centralino.domain.kpi.facts import ContactFacts, Population
from centralino.domain.kpi.from_events import contact_facts
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import HoldContinued, LegJoined, LegLeft, PresentAsked
from tests.support.centre import KEY, Centre
from tests.unit.application.test_offers import media, talk

NUMBER = "+390299999999"


@pytest.fixture
def centre() -> Centre:
    centre = Centre()
    rules = centre.app.configuration.current()
    queues = {
        name: replace(queue, plans=("voice", "known")) for name, queue in rules.queues.items()
    }
    plans = {**rules.plans, "known": Plan("known", prefer_ms=30_000)}
    centre.world.configuration.publish(replace(rules, version=2, queues=queues, plans=plans))
    return centre


def sound(centre: Centre) -> None:
    """Slots are those of live parts, each for the contact that has it, within capacity."""
    contacts = centre.world.store.contacts()
    live = {(s.agent, s.rid): c.id for c in contacts for s in c.segments if s.live}
    live |= {(c.agent or "", c.rid or ""): c.id for c in contacts if str(c.state) == "OFFERED"}
    found = {}
    for agent in centre.world.store.agents():
        found |= {(agent.id, rid): slot.contact for rid, slot in agent.slots.items()}
        for channel, used in agent.used.items():
            assert used <= agent.capacity[channel]
        assert sum(agent.used.values()) == len(agent.slots)
    assert found == live


def talking(centre: Centre, call: str = "CA1") -> tuple[str, str]:
    """Ann talks to a caller of sales; return her and the contact."""
    ann = centre.agent()
    contact_id = centre.queue(call)
    talk(centre, contact_id, ann)
    return ann, contact_id


def party(centre: Centre, contact_id: str) -> Contact:
    return centre.contact(centre.contact(contact_id).party or "")


def party_joins(centre: Centre, contact_id: str, child: Contact) -> None:
    rid = child.rid or ""
    calls.handle(centre.app, LegJoined(contact_id, "CAparty", rid), KEY)


def party_leaves(centre: Centre, contact_id: str, rid: str, reason: str = "hung_up") -> None:
    calls.handle(centre.app, LegLeft(contact_id, "CAparty", rid, reason), KEY)


def consulting(centre: Centre, kind: str = "consult") -> tuple[str, str, str, Contact]:
    """Ann talks to Bob of support while the caller is held, or listens."""
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    ask = transfers.consult if kind == "consult" else transfers.conference
    ask(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    offers.accept(centre.app, bob, child.id, child.rid or "", "api")
    party_joins(centre, contact_id, child)
    return ann, bob, contact_id, centre.contact(child.id)


def dialling(centre: Centre, kind: str = "transfer") -> tuple[str, str, Contact]:
    ann, contact_id = talking(centre)
    ask = {"transfer": transfers.transfer, "consult": transfers.consult}[kind]
    ask(centre.app, ann, contact_id, To(number=NUMBER), KEY, "api")
    return ann, contact_id, party(centre, contact_id)


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


# ---------------------------------------------------------------- consult


def test_a_consult_from_ring_to_transfer(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    assert centre.state(contact_id) == "HELD"
    assert (str(child.state), child.parent) == ("CONNECTED", contact_id)
    assert "hold" in media(centre)
    sound(centre)
    for _ in range(2):
        transfers.complete_consult(centre.app, ann, contact_id, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, contact.rid) == ("CONNECTED", bob, child.rid)
    assert centre.state(child.id) == "CLOSED"
    assert centre.agent_item(bob).slots[child.rid or ""].contact == contact_id
    assert media(centre)[-2:] == ["drop_agent", "resume"]
    sound(centre)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    agents.hang_up(centre.app, bob, contact_id, "api")
    assert centre.state(contact_id) == "WRAPUP"
    agents.dispose(centre.app, bob, contact_id, "other", "api")
    assert centre.state(contact_id) == "CLOSED"
    sound(centre)


def test_the_leg_of_who_took_over_is_that_of_the_conversation(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    rid = child.rid or ""
    party_joins(centre, contact_id, child)  # told twice
    assert media(centre).count("drop_agent") == 1  # Ann's alone
    party_leaves(centre, contact_id, rid)
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.leg, contact.queue) == ("WAITING", 2, "support")
    assert centre.agent_item(bob).slots == {}
    sound(centre)


def test_cancelling_at_any_moment_returns_to_the_caller(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    assert str(child.state) == "OFFERED"
    for _ in range(2):
        contact = transfers.cancel_consult(centre.app, ann, contact_id, "api")
        assert (str(contact.state), contact.party) == ("CONNECTED", None)
    assert centre.state(child.id) == "ABANDONED"
    assert centre.agent_item(bob).slots == {}
    assert centre.world.realtime.of(bob)[-1]["type"] == "offer_ended"
    sound(centre)


def test_cancelling_in_the_talk_leaves_the_party_a_wrap_up(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    transfers.cancel_consult(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.state(child.id) == "WRAPUP"
    sound(centre)
    centre.advance(60_000)
    assert centre.state(child.id) == "CLOSED"
    assert centre.agent_item(bob).slots == {}
    assert centre.state(contact_id) == "CONNECTED"


@pytest.mark.parametrize("how", ["decline", "time_out", "leg"])
def test_a_party_that_does_not_come_leaves_the_caller_held(centre: Centre, how: str) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    centre.agent("cyd", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    rid = child.rid or ""
    if how == "decline":
        offers.decline(centre.app, bob, child.id, rid, "busy", "api")
    elif how == "time_out":
        centre.advance(20_000)
    else:
        offers.accept(centre.app, bob, child.id, rid, "api")
        party_leaves(centre, contact_id, rid, "busy")
    assert centre.state(child.id) == "ABANDONED"
    told = centre.world.realtime.of(ann)[-1]
    assert (told["contact_id"], told["state"]) == (child.id, "ABANDONED")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.party, contact.agent) == ("HELD", None, ann)
    assert centre.agent_item(bob).slots == {}
    sound(centre)
    transfers.resume(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "CONNECTED"


def test_a_consult_from_a_queue_waits_for_whoever_is_next(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    transfers.consult(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    child = party(centre, contact_id)
    assert str(child.state) == "WAITING"
    bob = centre.agent("bob", "support")
    assert centre.contact(child.id).agent == bob
    sound(centre)


def test_the_caller_hanging_up_ends_the_consult_too(centre: Centre) -> None:
    ann, _, contact_id, child = consulting(centre)
    centre.caller_leaves(contact_id)
    assert centre.state(contact_id) == "WRAPUP"
    assert centre.state(child.id) == "WRAPUP"
    assert centre.contact(child.id).segments[0].ended_by == "caller"
    party_leaves(centre, contact_id, child.rid or "", "conversation_ended")
    sound(centre)
    centre.advance(60_000)
    assert (centre.state(contact_id), centre.state(child.id)) == ("CLOSED", "CLOSED")
    assert centre.agent_item(ann).slots == {}


def test_the_asking_agent_vanishing_sends_the_caller_back_and_ends_the_consult(
    centre: Centre,
) -> None:
    _, _, contact_id, child = consulting(centre)
    rid = centre.contact(contact_id).rid or ""
    centre.agent_leg_leaves(contact_id, rid)
    assert (centre.state(contact_id), centre.contact(contact_id).tier) == ("WAITING", 0)
    assert centre.state(child.id) == "WRAPUP"
    sound(centre)


def test_a_party_is_not_rung_into_a_conversation_that_is_over(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    centre.caller_leaves(contact_id)
    with pytest.raises(Exception, match="ended"):
        offers.accept(centre.app, bob, child.id, child.rid or "", "api")
    party_joins(centre, contact_id, child)
    assert media(centre)[-1] == "drop_agent"
    sound(centre)


def test_one_party_at_a_time_and_the_same_one_again(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    assert party(centre, contact_id).id == child.id
    for to in (To(queue="support"), To(number=NUMBER)):
        with pytest.raises(RuleViolation) as refused:
            transfers.consult(centre.app, ann, contact_id, to, KEY, "api")
        assert refused.value.code == "party_present"
    with pytest.raises(RuleViolation) as refused:
        transfers.resume(centre.app, ann, contact_id, "api")
    assert refused.value.code == "party_present"


def test_who_asked_sees_the_party_s_contact_and_who_took_over_the_caller_s(
    centre: Centre,
) -> None:
    ann, bob, contact_id, child = consulting(centre)
    assert agents.own(centre.app, ann, child.id).id == child.id
    with pytest.raises(NotFound):
        agents.own(centre.app, bob, contact_id)
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    assert agents.own(centre.app, bob, contact_id).id == contact_id
    assert [c.id for _, c in agents.desk(centre.app, bob).contacts] == [contact_id]


# ---------------------------------------------------------------- conference


def test_leaving_a_conference_keeps_the_rest(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre, "conference")
    assert centre.state(contact_id) == "CONNECTED"
    assert "hold" not in media(centre)
    for _ in range(2):
        agents.hang_up(centre.app, ann, contact_id, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("CONNECTED", bob)
    assert "hang_up" not in media(centre)
    assert centre.state(child.id) == "CLOSED"
    sound(centre)


def test_the_party_leaving_a_conference_keeps_the_rest(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre, "conference")
    for _ in range(2):
        agents.hang_up(centre.app, bob, child.id, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, contact.party) == ("CONNECTED", ann, None)
    assert centre.state(child.id) == "WRAPUP"
    assert "hang_up" not in media(centre)
    sound(centre)


def test_the_first_agent_vanishing_from_a_conference_leaves_the_caller_with_the_second(
    centre: Centre,
) -> None:
    _, bob, contact_id, _ = consulting(centre, "conference")
    centre.agent_leg_leaves(contact_id, centre.contact(contact_id).rid or "")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("CONNECTED", bob)
    sound(centre)


def test_a_consult_becomes_a_conference(centre: Centre) -> None:
    ann, _, contact_id, child = consulting(centre)
    for _ in range(2):
        transfers.conference(centre.app, ann, contact_id, None, KEY, "api")
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.contact(child.id).kind == "conference"
    assert media(centre)[-1] == "resume"
    transfers.hold(centre.app, ann, contact_id, "api")
    transfers.resume(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "CONNECTED"


def test_there_is_no_conference_without_a_third_party(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    with pytest.raises(RuleViolation) as refused:
        transfers.conference(centre.app, ann, contact_id, None, KEY, "api")
    assert refused.value.code == "no_party"


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
