"""What a decision says about who was chosen and who was not."""

from __future__ import annotations

from centralino.adapters.wire.contacts import fitted as stored
from centralino.domain.configuration.model import ProfileQueue
from centralino.domain.routing.lanes import LOOK
from centralino.domain.routing.records import MOST, fitted
from tests.unit.domain.routing.making import NOW, free, match, rules, skilled, waiting


def reasons(made: object, index: int = 0) -> dict[str, str]:
    return dict(made.assignments[index].decision.candidates)  # type: ignore[attr-defined]


def test_the_chosen_one_comes_first_then_those_behind() -> None:
    agents = [free(f"a{n}", idle=100 - n) for n in range(9)]
    made = match([waiting("c")], agents)
    assert made.assignments[0].decision.candidates == (
        ("a0", "ok"),
        ("a1", "rk"),
        ("a2", "rk"),
        ("a3", "rk"),
        ("a4", "rk"),
    )


def test_it_names_who_would_have_come_first_but_lacks_the_skill() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 3}))])
    agents = [free("a", idle=1, skills={"tax": 3}), free("b", idle=99, skills={"tax": 2})]
    assert reasons(match([waiting("c", plan="expert")], agents, of)) == {"a": "ok", "b": "sk"}


def test_it_names_who_may_not_take_the_queue_yet() -> None:
    of = rules({"own": ["q"], "help": [ProfileQueue("q", delay_ms=30_000)]})
    agents = [free("o", profile="own", idle=1), free("h", profile="help", idle=99)]
    assert reasons(match([waiting("c", waited=5)], agents, of)) == {"o": "ok", "h": "dl"}


def test_it_names_who_was_tried() -> None:
    made = match([waiting("c", tried={"b": NOW + 9})], [free("a"), free("b", idle=99)])
    assert reasons(made) == {"a": "ok", "b": "tr"}


def test_an_agent_is_named_once_though_two_things_speak_against_it() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 3}))])
    contact = waiting("c", plan="expert", tried={"b": NOW + 9})
    agents = [free("a", skills={"tax": 3}), free("b", idle=99)]
    assert reasons(match([contact], agents, of)) == {"a": "ok", "b": "tr"}


def test_agents_taken_before_are_not_called_free() -> None:
    contacts = [waiting("c0", waited=99), waiting("c1", waited=9)]
    made = match(contacts, [free("a", idle=99), free("b", idle=9)])
    assert reasons(made, 0) == {"a": "ok", "b": "rk"}
    assert reasons(made, 1) == {"b": "ok"}


def test_five_ids_of_ours_fit_as_stored() -> None:
    ids = [f"ag_{n:026d}" for n in range(9)]
    of = rules(strategy="scarce_profile_first")
    made = match([waiting("c")], [free(name) for name in ids], of)
    decision = made.assignments[0].decision
    assert len(decision.candidates) == MOST
    assert stored(decision) == decision


def test_longer_ids_are_left_out_from_the_end_never_the_chosen_one() -> None:
    long = [f"agent-of-another-system-{n:080d}" for n in range(5)]
    made = match([waiting("c")], [free(name, idle=9 - n) for n, name in enumerate(long)])
    decision = made.assignments[0].decision
    assert [name for name, _ in decision.candidates] == long[:2]
    assert stored(decision) == decision
    longest = fitted("longest_idle", 0, [("x" * 400, "ok"), ("y", "rk")])
    assert longest.candidates == (("x" * 400, "ok"),)


def test_who_was_given_another_contact_is_not_told_to_lack_a_skill() -> None:
    of = rules(plans=[skilled("expert", (0, {"tax": 3}))])
    agents = [free("a", idle=1, skills={"tax": 3}), free("b", idle=99, skills={"tax": 2})]
    contacts = [waiting("first", waited=99), waiting("c", plan="expert", waited=9)]
    made = match(contacts, agents, of)
    assert reasons(made, 0) == {"b": "ok", "a": "rk"}
    assert reasons(made, 1) == {"a": "ok"}


def test_it_names_others_who_could_have_been_drawn() -> None:
    agents = [free(f"a{n}") for n in range(9)]
    made = match([waiting("c")], agents, rules(strategy="random"))
    (chosen, why), *others = made.assignments[0].decision.candidates
    assert why == "ok"
    assert [reason for _, reason in others] == ["rk"] * 4
    assert chosen not in dict(others)


def test_it_names_nobody_from_far_behind() -> None:
    # Beyond a stretch of agents who may not take it, nobody is looked for.
    of = rules(plans=[skilled("expert", (0, {"tax": 1}))])
    first = free("first", idle=999, skills={"tax": 1})
    between = [free(f"b{n:03d}", idle=500 - n) for n in range(LOOK)]
    last = free("last", idle=1, skills={"tax": 1})
    made = match([waiting("c", plan="expert")], [first, *between, last], of)
    assert reasons(made) == {"first": "ok", "b000": "sk", "b001": "sk"}
