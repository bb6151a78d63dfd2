"""Decisions in words: every code has its words, in both languages."""

from __future__ import annotations

import pytest

from centralino.domain.contacts.model import Decision
from centralino.domain.errors import InvalidRequest
from centralino.domain.routing import explain as explaining
from centralino.domain.routing import records
from centralino.domain.routing.explain import Decided, explain
from centralino.domain.routing.strategies import STRATEGIES


def decided(rule: str = "longest_idle", waited_ms: int = 0, **changes: object) -> Decided:
    candidates = changes.pop("candidates", (("ann", "ok"), ("bob", "rk"), ("cyd", "sk")))
    step = changes.pop("step", 0)
    leg = int(changes.pop("leg", 1))  # type: ignore[call-overload]
    decision = Decision(rule, step, candidates)  # type: ignore[arg-type]
    return Decided("ct_1#3", "ann", "sales", 9_000, waited_ms, leg, decision)


def test_every_rule_and_every_reason_has_words_in_both_languages() -> None:
    assert set(explaining.RULES) == {*STRATEGIES, records.PREFERRED}
    assert set(explaining.REASONS) == set(records.REASONS)
    for texts in (*explaining.RULES.values(), *explaining.REASONS.values()):
        assert set(texts) == set(explaining.LANGUAGES)
        assert len(set(texts.values())) == len(texts)
        assert all(text and not text.endswith(".") for text in texts.values())


def test_why_this_agent_and_why_not_the_others() -> None:
    told = explain(decided())
    assert told.chosen == (
        "ann was chosen for queue sales: had been idle the longest of the agents able to take it."
    )
    assert told.others == (
        "bob was free as well, but later in the order.",
        "cyd lacked a skill, or its level, asked for at that step.",
    )
    assert told.waited == "It did not have to wait."


def test_why_it_waited() -> None:
    waited = decided(waited_ms=34_400, step=1, leg=2, candidates=(("ann", "ok"), ("bob", "tr")))
    assert explain(waited).waited == (
        "It waited 34 s until an agent able to take it was free; by then its plan asked for less "
        "(step 2); it had been offered to others before, who did not take it; this was its stay "
        "number 2 in a queue."
    )
    assert explain(waited, "it").waited.startswith("Ha atteso 34 s")


def test_one_who_was_moved_is_told_so_instead_of_the_rule() -> None:
    told = explain(decided(candidates=(("ann", "mv"), ("bob", "gv"))))
    assert "one contact more" in told.chosen
    assert "gave way" in told.others[0]


def test_italian_and_names() -> None:
    names = {"ann": "Anna", "bob": "Roberto", "cyd": "Cida"}
    told = explain(decided(rule="random"), "it", names.__getitem__)
    assert told.chosen == (
        "Per la coda sales è stato scelto Anna: è stato estratto a sorte tra gli operatori adatti."
    )
    assert [o.split()[0] for o in told.others] == ["Roberto", "Cida"]


def test_a_rule_of_a_later_version_is_told_by_its_name() -> None:
    told = explain(decided(rule="by_mood", candidates=(("ann", "zz"), ("bob", "yy"))))
    assert "by_mood" in told.chosen
    assert told.others == ("bob yy.",)


def test_a_language_that_is_not_written() -> None:
    with pytest.raises(InvalidRequest) as refused:
        explain(decided(), "fr")
    assert refused.value.code == "unknown_language"
