"""Who is served first, and by whom at all."""

from __future__ import annotations

import pytest

from centralino.domain.configuration.model import ProfileQueue
from tests.unit.domain.routing.making import (
    CHAT,
    NOW,
    free,
    match,
    pairs,
    rules,
    skilled,
    waiting,
)


def test_nobody_and_nothing_gives_nothing() -> None:
    assert match([], []).assignments == ()
    assert match([waiting("c")], []).unserved == 1
    assert match([], [free("a")]).assignments == ()


def test_the_oldest_contact_is_served_first() -> None:
    made = match([waiting("young", waited=5), waiting("old", waited=60)], [free("a")])
    assert pairs(made) == {"old": "a"}
    assert made.unserved == 1


def test_place_in_line_is_virtual_time_not_waiting_time() -> None:
    important = waiting("important", waited=5, place=NOW - 300_000)
    assert pairs(match([waiting("old", waited=60), important], [free("a")])) == {"important": "a"}


def test_a_lower_tier_goes_before_any_waiting_time() -> None:
    head = waiting("head", waited=1, tier=0)
    assert pairs(match([waiting("old", waited=600), head], [free("a")])) == {"head": "a"}


def test_equal_times_are_ordered_by_id() -> None:
    assert pairs(match([waiting("b"), waiting("a")], [free("x")])) == {"a": "x"}


def test_order_holds_across_the_queues_of_an_agent() -> None:
    of = rules({"p": ["q", "r"]})
    contacts = [waiting("young", queue="q", waited=5), waiting("old", queue="r", waited=6)]
    assert pairs(match(contacts, [free("a")], of)) == {"old": "a"}


def test_an_agent_takes_only_queues_of_its_profile() -> None:
    of = rules({"p": ["q"], "s": ["r"]})
    made = match([waiting("c", queue="r")], [free("a", profile="p")], of)
    assert made.assignments == ()


def test_queue_priority_of_the_profile_outweighs_waiting() -> None:
    of = rules({"p": [ProfileQueue("q", 2), ProfileQueue("r", 1)]})
    contacts = [waiting("old", queue="q", waited=600), waiting("first", queue="r", waited=1)]
    assert pairs(match(contacts, [free("a")], of)) == {"first": "a"}
    assert pairs(match(contacts, [free("a"), free("b")], of)) == {"first": "a", "old": "b"}


def test_queue_priority_belongs_to_each_profile() -> None:
    of = rules({"p": [ProfileQueue("q", 1), ProfileQueue("r", 2)], "s": [ProfileQueue("r", 1)]})
    contacts = [waiting("c", queue="r", waited=600), waiting("d", queue="q", waited=1)]
    agents = [free("a", profile="p", idle=900), free("b", profile="s", idle=1)]
    assert pairs(match(contacts, agents, of)) == {"c": "b", "d": "a"}


def test_a_strict_tier_outweighs_queue_priority() -> None:
    of = rules({"p": [ProfileQueue("q", 2), ProfileQueue("r", 1)]})
    contacts = [waiting("lost", queue="q", waited=1, tier=0), waiting("c", queue="r")]
    assert pairs(match(contacts, [free("a")], of)) == {"lost": "a"}


def test_delay_keeps_a_queue_for_its_own_agents_first() -> None:
    of = rules({"own": ["q"], "help": [ProfileQueue("q", delay_ms=30_000)]})
    early = [waiting("c", waited=29.999)]
    made = match(early, [free("h", profile="help")], of)
    assert made.assignments == ()
    assert made.again_at == NOW + 1
    assert pairs(match([waiting("c", waited=30)], [free("h", profile="help")], of)) == {"c": "h"}
    assert pairs(match(early, [free("o", profile="own")], of)) == {"c": "o"}


def test_delay_does_not_make_an_older_contact_lose_its_turn() -> None:
    of = rules({"own": ["q"], "help": [ProfileQueue("q", delay_ms=30_000)]})
    contacts = [waiting("old", waited=40), waiting("new", waited=10)]
    agents = [free("h", profile="help", idle=99), free("o", profile="own", idle=1)]
    # The helper may take the old one only; both are served.
    assert pairs(match(contacts, agents, of)) == {"old": "h", "new": "o"}


def test_a_skill_is_needed_at_its_level() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 3}))])
    contact = [waiting("c", plan="expert")]
    assert match(contact, [free("a", skills={"tax": 2})], of).assignments == ()
    assert match(contact, [free("a", skills={"law": 5})], of).assignments == ()
    assert pairs(match(contact, [free("a", skills={"tax": 3})], of)) == {"c": "a"}


def test_every_skill_of_a_step_is_needed() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 1, "en": 1}))])
    contact = [waiting("c", plan="expert")]
    assert match(contact, [free("a", skills={"tax": 5})], of).assignments == ()
    assert pairs(match(contact, [free("a", skills={"tax": 1, "en": 1})], of)) == {"c": "a"}


STEPS = skilled("steps", (0, {"tax": 3}), (30, {"tax": 1}), (60, {}))


@pytest.mark.parametrize(
    ("waited", "level", "served", "step"),
    [
        (0, 2, False, 0),
        (0, 3, True, 0),
        (29.999, 1, False, 0),
        (30, 1, True, 1),
        (59.999, 0, False, 1),
        (60, 0, True, 2),
        (600, 0, True, 2),
    ],
)
def test_needs_relax_with_time_alone(waited: float, level: int, served: bool, step: int) -> None:
    of = rules(plans=[STEPS])
    agent = free("a", skills={"tax": level} if level else {})
    made = match([waiting("c", plan="steps", waited=waited)], [agent], of)
    assert bool(made.assignments) is served
    if served:
        assert made.assignments[0].decision.step == step


def test_when_to_look_again_is_the_next_step() -> None:
    of = rules(plans=[STEPS])
    made = match([waiting("c", plan="steps", waited=10)], [free("a")], of)
    assert made.again_at == NOW + 20_000
    assert match([waiting("c", plan="steps", waited=70)], [], of).again_at is None


def test_waiting_counts_from_the_enqueue_not_from_the_place() -> None:
    of = rules(plans=[STEPS])
    boosted = waiting("c", plan="steps", waited=5, place=NOW - 600_000)
    assert match([boosted], [free("a", skills={"tax": 1})], of).assignments == ()


def test_an_older_contact_nobody_can_serve_blocks_nobody() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 3}))])
    contacts = [waiting("old", plan="expert", waited=600), waiting("new", waited=1)]
    assert pairs(match(contacts, [free("a")], of)) == {"new": "a"}


def test_a_set_aside_agent_is_not_tried_again_until_its_time() -> None:
    tried = {"a": NOW + 1}
    made = match([waiting("c", tried=tried)], [free("a", idle=99), free("b")])
    assert pairs(made) == {"c": "b"}
    alone = match([waiting("c", tried=tried)], [free("a")])
    assert alone.assignments == ()
    assert alone.again_at == NOW + 1
    assert pairs(match([waiting("c", tried={"a": NOW})], [free("a")])) == {"c": "a"}


def test_setting_an_agent_aside_leaves_it_to_others() -> None:
    contacts = [waiting("old", waited=60, tried={"a": NOW + 9}), waiting("new", waited=1)]
    assert pairs(match(contacts, [free("a")])) == {"new": "a"}


def test_a_contact_that_set_its_agent_aside_gets_one_freed_for_it() -> None:
    # "old" takes b, the longest idle; "new" may not have a, so "old" moves there.
    contacts = [waiting("old", waited=60), waiting("new", waited=1, tried={"a": NOW + 9})]
    agents = [free("a", idle=1), free("b", idle=99)]
    assert pairs(match(contacts, agents)) == {"old": "a", "new": "b"}


def test_one_more_is_served_by_moving_an_earlier_contact() -> None:
    of = rules({"both": ["q", "r"], "one": ["q"]})
    contacts = [waiting("old", queue="q", waited=60), waiting("new", queue="r", waited=1)]
    agents = [free("wide", profile="both", idle=99), free("narrow", profile="one", idle=1)]
    made = match(contacts, agents, of)
    assert pairs(made) == {"old": "narrow", "new": "wide"}
    moved = next(a for a in made.assignments if a.contact.contact == "old")
    assert moved.decision.candidates[:2] == (("narrow", "mv"), ("wide", "gv"))


def test_an_entry_shown_twice_counts_once_in_its_newest_version() -> None:
    of = rules({"p": ["q"], "s": ["q"]})
    contacts = [waiting("c", version=2), waiting("c", plan="chat", channel=CHAT, version=7)]
    agents = [
        free("a", version=3, capacity={CHAT: 1}),
        free("a", profile="s", version=9, capacity={CHAT: 1}),
    ]
    made = match(contacts, agents, of)
    assert [(a.contact.version, a.agent.version) for a in made.assignments] == [(7, 9)]
    assert made.unserved == 0


def test_what_the_rules_no_longer_know_is_ignored_or_served() -> None:
    unknown_queue = match([waiting("c", queue="gone")], [free("a")])
    assert unknown_queue.assignments == ()
    assert unknown_queue.unserved == 1
    assert match([waiting("c")], [free("a", profile="gone")]).assignments == ()
    # A plan that was removed asks for nothing: its contacts are not forgotten.
    assert pairs(match([waiting("c", plan="gone")], [free("a")])) == {"c": "a"}
