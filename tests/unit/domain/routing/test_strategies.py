"""Which of several able agents gets a contact."""

from __future__ import annotations

from collections import Counter

import pytest

from centralino.application.ports import AvailableEntry
from centralino.domain.routing.strategies import STRATEGIES
from tests.unit.domain.routing.making import (
    CHAT,
    NOW,
    VOICE,
    free,
    match,
    pairs,
    rules,
    skilled,
    waiting,
)


def order(strategy: str, agents: list[AvailableEntry], count: int = 3) -> list[str]:
    """Return the agents in the order in which contacts, oldest first, get them."""
    contacts = [waiting(f"c{n}", waited=100 - n) for n in range(count)]
    made = match(contacts, agents, rules(strategy=strategy))
    by_contact = pairs(made)
    return [by_contact[f"c{n}"] for n in range(count) if f"c{n}" in by_contact]


def test_longest_idle() -> None:
    agents = [free("a", idle=5), free("b", idle=50), free("c", idle=20)]
    assert order("longest_idle", agents) == ["b", "c", "a"]


def test_longest_idle_prefers_who_has_fewest_in_hand() -> None:
    busy = free("busy", idle=999, capacity={CHAT: 3}, used={CHAT: 1}, exclusive=frozenset())
    idle = free("idle", idle=1, capacity={CHAT: 3}, exclusive=frozenset())
    contacts = [waiting(f"c{n}", plan="chat", channel=CHAT, waited=100 - n) for n in range(3)]
    made = match(contacts, [busy, idle])
    # With one chat each, the one idle for longer comes next.
    assert pairs(made) == {"c0": "idle", "c1": "busy", "c2": "idle"}


def test_least_recent() -> None:
    agents = [
        free("a", idle=99, last=5),
        free("b", idle=50, last=70),
        free("never", idle=1, last=None),
    ]
    assert order("least_recent", agents) == ["never", "b", "a"]


def test_fewest_contacts() -> None:
    agents = [free("a", idle=99, taken=5), free("b", idle=1, taken=2), free("c", idle=9, taken=2)]
    assert order("fewest_contacts", agents) == ["c", "b", "a"]


def test_fewest_contacts_counts_what_this_matching_gives() -> None:
    wide = free("wide", taken=0, capacity={CHAT: 9}, exclusive=frozenset())
    other = free("other", taken=2, capacity={CHAT: 9}, exclusive=frozenset())
    contacts = [waiting(f"c{n}", plan="chat", channel=CHAT) for n in range(6)]
    made = match(contacts, [wide, other], rules(strategy="fewest_contacts"))
    assert Counter(pairs(made).values()) == {"wide": 4, "other": 2}


def test_round_robin_goes_on_after_the_last_one_offered() -> None:
    agents = [free("a", last=50), free("b", last=5), free("c", last=70), free("d")]
    assert order("round_robin", agents, 4) == ["c", "d", "a", "b"]


def test_round_robin_remembers_per_queue() -> None:
    of = rules({"p": ["q"], "s": ["r"]}, strategy="round_robin")
    agents = [
        free("a", last=60),
        free("b", last=90),
        # Offered most recently of all, but in another queue's ring.
        free("y", profile="s", last=1),
        free("z", profile="s"),
    ]
    made = match([waiting("c"), waiting("d", queue="r")], agents, of)
    assert pairs(made) == {"c": "b", "d": "z"}


def test_round_robin_starts_from_the_beginning_without_memory() -> None:
    assert order("round_robin", [free("b"), free("a"), free("c")]) == ["a", "b", "c"]


@pytest.mark.parametrize("strategy", ["least_recent", "round_robin", "longest_idle"])
def test_who_just_got_something_comes_after_the_others(strategy: str) -> None:
    agents = [
        free(name, idle=ago, last=ago, capacity={CHAT: 9}, exclusive=frozenset())
        for name, ago in (("a", 70), ("b", 5))
    ]
    contacts = [waiting(f"c{n}", plan="chat", channel=CHAT) for n in range(6)]
    made = match(contacts, agents, rules(strategy=strategy))
    assert Counter(pairs(made).values()) == {"a": 3, "b": 3}


def test_linear_always_begins_with_the_first() -> None:
    agents = [free("b", idle=99), free("a", idle=1, taken=99, last=1), free("c")]
    assert order("linear", agents) == ["a", "b", "c"]


def test_linear_fills_the_first_before_the_next() -> None:
    agents = [free(name, capacity={CHAT: 2}, exclusive=frozenset()) for name in ("a", "b")]
    contacts = [waiting(f"c{n}", plan="chat", channel=CHAT) for n in range(3)]
    made = match(contacts, agents, rules(strategy="linear"))
    assert Counter(pairs(made).values()) == {"a": 2, "b": 1}


def test_random_follows_from_the_offer_and_reaches_everybody() -> None:
    agents = [free(f"a{n}") for n in range(5)]
    seen: Counter[str] = Counter()
    for version in range(400):
        contact = waiting("c", version=version)
        first = pairs(match([contact], agents, rules(strategy="random")))
        assert first == pairs(match([contact], agents[::-1], rules(strategy="random")))
        seen[first["c"]] += 1
    assert len(seen) == 5
    assert min(seen.values()) > 40  # 80 expected; a fair draw falls this low once in a million


def test_random_serves_everybody_it_can() -> None:
    agents = [free(f"a{n}") for n in range(20)]
    contacts = [waiting(f"c{n}") for n in range(20)]
    made = pairs(match(contacts, agents, rules(strategy="random")))
    assert sorted(made.values()) == sorted(a.agent for a in agents)


def test_random_respects_eligibility_and_set_aside() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 1}))], strategy="random")
    agents = [free("a"), free("b", skills={"tax": 1}), free("c", skills={"tax": 1})]
    for version in range(30):
        contact = waiting("x", plan="expert", version=version, tried={"b": NOW + 1})
        assert pairs(match([contact], agents, of)) == {"x": "c"}


def test_skill_weighted_sums_the_levels_asked_for() -> None:
    plan = skilled("expert", (0, {"tax": 1, "en": 1}))
    agents = [
        free("broad", idle=9, skills={"tax": 3, "en": 3}),
        free("tax", idle=99, skills={"tax": 4, "en": 1}),
        free("other", idle=999, skills={"tax": 1, "en": 1, "law": 9}),
    ]
    of = rules(plans=[plan], strategy="skill_weighted")
    contacts = [waiting(f"c{n}", plan="expert", waited=100 - n) for n in range(3)]
    assert pairs(match(contacts, agents, of)) == {"c0": "broad", "c1": "tax", "c2": "other"}


def test_skill_weighted_still_prefers_the_skilled_once_relaxed() -> None:
    plan = skilled("expert", (0, {"tax": 4}), (30, {}))
    agents = [free("none", idle=99), free("some", idle=1, skills={"tax": 2})]
    of = rules(plans=[plan], strategy="skill_weighted")
    assert pairs(match([waiting("c", plan="expert", waited=60)], agents, of)) == {"c": "some"}


def test_equal_skills_go_by_idle_time() -> None:
    plan = skilled("expert", (0, {"tax": 1}))
    agents = [free("a", idle=1, skills={"tax": 2}), free("b", idle=9, skills={"tax": 2})]
    of = rules(plans=[plan], strategy="skill_weighted")
    assert pairs(match([waiting("c", plan="expert")], agents, of)) == {"c": "b"}


def test_scarce_profile_first_spares_who_can_do_more() -> None:
    of = rules({"wide": ["q", "r"], "narrow": ["q"]}, strategy="scarce_profile_first")
    agents = [free("w", profile="wide", idle=99), free("n", profile="narrow", idle=1)]
    assert pairs(match([waiting("c")], agents, of)) == {"c": "n"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_serves_as_many_as_can_be(strategy: str) -> None:
    of = rules({"wide": ["q", "r"], "narrow": ["q"]}, strategy=strategy)
    agents = [free("w", profile="wide", idle=99), free("n", profile="narrow", idle=1)]
    contacts = [waiting("c", waited=60), waiting("d", queue="r", waited=1)]
    assert pairs(match(contacts, agents, of)) == {"c": "n", "d": "w"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_names_itself(strategy: str) -> None:
    made = match([waiting("c")], [free("a")], rules(strategy=strategy))
    assert made.assignments[0].decision.rule == strategy


def test_an_unknown_strategy_is_served_by_the_longest_idle() -> None:
    agents = [free("a", idle=1), free("b", idle=9)]
    assert pairs(match([waiting("c")], agents, rules(strategy="of_the_future"))) == {"c": "b"}


def test_voice_and_chat_are_not_mixed_up_in_one_order() -> None:
    agents = [free("a", idle=99, capacity={CHAT: 1}), free("b", idle=1, capacity={VOICE: 1})]
    contacts = [waiting("v"), waiting("t", plan="chat", channel=CHAT)]
    assert pairs(match(contacts, agents)) == {"v": "b", "t": "a"}
