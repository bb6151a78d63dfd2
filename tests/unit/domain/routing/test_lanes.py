"""Agents in order as bits: many classes of them, several orders at once, several places each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from centralino.domain.configuration.model import Configuration
from tests.unit.domain.routing.making import (
    CHAT,
    VOICE,
    free,
    match,
    pairs,
    rules,
    skilled,
    waiting,
)


def each_its_own(of: Configuration, **strategies: str) -> Configuration:
    """Return the rules with these strategies, by queue."""
    queues = {name: replace(of.queues[name], strategy=s) for name, s in strategies.items()}
    return replace(of, queues={**of.queues, **queues})


@pytest.mark.parametrize("count", [2, 255, 256, 257, 600])
def test_any_number_of_profiles_is_told_apart(count: int) -> None:
    names = [f"{number:03d}" for number in range(count)]
    of = rules({f"p{name}": [f"q{name}"] for name in names})
    agents = [free(f"a{name}", profile=f"p{name}", idle=float(name)) for name in names]
    asked = [names[0], names[count // 2], names[-1]]
    contacts = [waiting(f"c{name}", queue=f"q{name}") for name in asked]
    # Also where others serve what is waiting, so that the profiles are in play.
    contacts += [waiting(f"z{name}", queue=f"q{name}", waited=1) for name in names]
    assert pairs(match(contacts, agents, of)) == {
        **{f"c{name}": f"a{name}" for name in asked},
        **{f"z{name}": f"a{name}" for name in names if name not in asked},
    }


def test_any_number_of_skill_levels_is_told_apart() -> None:
    of = rules(plans=[skilled("high", (0, {"tax": 250})), skilled("low", (0, {"tax": 1}))])
    agents = [free(f"a{level:03d}", skills={"tax": level}, idle=level) for level in range(301)]
    contacts = [waiting(f"h{n:02d}", plan="high", waited=99 - n) for n in range(60)]
    made = pairs(match([*contacts, waiting("l", plan="low", waited=1)], agents, of))
    # 250 to 300, the longest idle first; the other nine wait.
    assert [made[f"h{n:02d}"] for n in range(51)] == [f"a{300 - n}" for n in range(51)]
    assert made["l"] == "a249"
    assert len(made) == 52


def test_chance_favours_nobody_for_standing_behind_others_who_are_not_able() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 1}))], strategy="random")
    able = {"a00", "a01", "a40"}
    agents = [free(f"a{n:02d}", skills={"tax": f"a{n:02d}" in able}) for n in range(50)]
    drawn = Counter(
        pairs(match([waiting("c", plan="expert", version=version)], agents, of))["c"]
        for version in range(600)
    )
    assert drawn.keys() == able
    assert min(drawn.values()) > 140  # 200 expected; this low once in ten million


def test_an_agent_taken_in_one_order_is_taken_in_all() -> None:
    of = each_its_own(
        rules({"p": ["q", "r", "s", "t"]}),
        q="linear",
        r="longest_idle",
        s="round_robin",
        t="fewest_contacts",
    )
    agents = [free("a", idle=99, taken=9), free("b", idle=50), free("c", idle=9), free("d", idle=1)]
    contacts = [waiting(queue, queue=queue, waited=90 - n) for n, queue in enumerate("qrst")]
    assert pairs(match(contacts, agents, of)) == {"q": "a", "r": "b", "s": "c", "t": "d"}


def test_one_more_is_served_across_queues_of_different_strategies() -> None:
    of = each_its_own(
        rules({"both": ["q", "r"], "one": ["q"]}), q="round_robin", r="fewest_contacts"
    )
    contacts = [waiting("old", queue="q", waited=60), waiting("new", queue="r", waited=1)]
    agents = [free("a", profile="both"), free("b", profile="one")]
    assert pairs(match(contacts, agents, of)) == {"old": "b", "new": "a"}


def test_several_contacts_of_an_agent_keep_their_places_in_every_order() -> None:
    of = each_its_own(rules({"p": ["q", "r"]}), q="longest_idle", r="linear")
    agents = [
        free(name, idle=idle, capacity={CHAT: 2}, exclusive=frozenset())
        for name, idle in (("a", 1), ("b", 99))
    ]
    contacts = [
        waiting(f"c{n}", queue=queue, plan="chat", channel=CHAT, waited=90 - n)
        for n, queue in enumerate("qrqrq")
    ]
    made = match(contacts, agents, of)
    # b is idle for longer; a is first by name, and fuller than b by then; the last one waits.
    assert pairs(made) == {"c0": "b", "c1": "a", "c2": "b", "c3": "a"}
    assert made.unserved == 1


def test_a_chat_moves_to_make_room_beside_another_one() -> None:
    of = rules({"wide": ["q", "r"], "narrow": ["q"]})
    agents = [
        free("w", profile="wide", idle=99, capacity={CHAT: 2}, exclusive=frozenset()),
        free("n", profile="narrow", idle=1, capacity={CHAT: 1}, exclusive=frozenset()),
    ]
    contacts = [
        waiting("q1", plan="chat", channel=CHAT, waited=90),
        waiting("r1", queue="r", plan="chat", channel=CHAT, waited=80),
        waiting("r2", queue="r", plan="chat", channel=CHAT, waited=70),
        waiting("r3", queue="r", plan="chat", channel=CHAT, waited=60),
    ]
    made = match(contacts, agents, of)
    assert pairs(made) == {"q1": "n", "r1": "w", "r2": "w"}


def test_capacity_that_was_cut_below_what_is_in_use_leaves_no_room_there() -> None:
    agent = free("a", capacity={VOICE: 1, CHAT: 1}, used={CHAT: 3}, exclusive=frozenset())
    contacts = [
        waiting("v"),
        waiting("w"),
        waiting("t", plan="chat", channel=CHAT, waited=99),
    ]
    assert pairs(match(contacts, [agent])) == {"v": "a"}
