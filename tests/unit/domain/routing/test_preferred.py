"""A contact that has an agent of its own."""

from __future__ import annotations

from collections.abc import Mapping

from centralino.application.ports import WaitingEntry
from tests.unit.domain.routing.making import NOW, free, match, pairs, rules, skilled, waiting

OF = rules(
    {"p": ["q"], "s": ["r"]},
    plans=[
        skilled("own", prefer_ms=20_000),
        skilled("expert", (0, {"tax": 3}), prefer_ms=20_000),
    ],
)


def mine(waited: float = 5, tried: Mapping[str, int] | None = None) -> WaitingEntry:
    return waiting("c", plan="own", waited=waited, preferred="ann", tried=tried)


def test_the_preferred_agent_goes_before_the_longest_idle() -> None:
    made = match([mine()], [free("ann", idle=1), free("bob", idle=99)], OF)
    assert pairs(made) == {"c": "ann"}
    assert made.assignments[0].decision.rule == "preferred_agent"
    assert made.assignments[0].decision.candidates == (("ann", "pf"),)


def test_it_waits_for_an_agent_who_is_busy_but_not_for_ever() -> None:
    made = match([mine(19.999)], [free("bob")], OF, reachable=["ann"])
    assert made.assignments == ()
    assert made.again_at == NOW + 1
    assert pairs(match([mine(20)], [free("bob")], OF, reachable=["ann"])) == {"c": "bob"}


def test_an_agent_who_is_away_is_skipped_at_once() -> None:
    assert pairs(match([mine(0)], [free("bob")], OF)) == {"c": "bob"}


def test_an_agent_it_tried_is_skipped_at_once() -> None:
    contact = mine(tried={"ann": NOW + 9})
    agents = [free("ann", idle=99), free("bob")]
    assert pairs(match([contact], agents, OF)) == {"c": "bob"}


def test_an_agent_of_another_queue_is_skipped_at_once() -> None:
    agents = [free("ann", profile="s"), free("bob")]
    assert pairs(match([mine()], agents, OF)) == {"c": "bob"}


def test_the_preferred_agent_needs_no_skill() -> None:
    contact = waiting("c", plan="expert", waited=5, preferred="ann")
    assert pairs(match([contact], [free("ann")], OF)) == {"c": "ann"}


def test_the_step_it_had_reached_is_told() -> None:
    of = rules(plans=[skilled("eased", (0, {"tax": 3}), (5, {}), prefer_ms=20_000)])
    contact = waiting("c", plan="eased", waited=6, preferred="ann")
    assert match([contact], [free("ann")], of).assignments[0].decision.step == 1


def test_waiting_for_an_agent_holds_up_nobody_else() -> None:
    contacts = [mine(10), waiting("other", waited=1)]
    made = match(contacts, [free("bob")], OF, reachable=["ann"])
    assert pairs(made) == {"other": "bob"}


def test_a_contact_with_nobody_in_mind_makes_room_for_one_that_has() -> None:
    contacts = [waiting("any", waited=60), mine(5)]
    agents = [free("ann", idle=99), free("bob", idle=1)]
    assert pairs(match(contacts, agents, OF)) == {"any": "bob", "c": "ann"}


def test_it_is_not_served_before_an_older_contact_only_its_agent_can_serve() -> None:
    contacts = [waiting("any", waited=60), mine(5)]
    made = match(contacts, [free("ann")], OF)
    assert pairs(made) == {"any": "ann"}


def test_a_plan_that_does_not_wait_ignores_the_wish() -> None:
    contact = waiting("c", waited=0, preferred="ann")
    agents = [free("ann", idle=1), free("bob", idle=99)]
    assert pairs(match([contact], agents, OF)) == {"c": "bob"}


def test_two_contacts_that_want_the_same_agent_come_in_order() -> None:
    first = waiting("first", plan="own", waited=9, preferred="ann")
    made = match([mine(5), first], [free("ann"), free("bob")], OF)
    assert pairs(made) == {"first": "ann"}


def test_an_agent_at_hand_is_judged_by_the_queues_it_serves_not_by_being_reachable() -> None:
    agents = [free("ann", profile="s"), free("bob")]
    assert pairs(match([mine()], agents, OF, reachable=["ann"])) == {"c": "bob"}
