"""Releases: the same rules under another number."""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.configuration.releases import Release, renumbered, same_rules
from tests.unit.domain.configuration.test_documents import EVERYTHING


def test_a_new_number_reaches_the_flows_and_nothing_else() -> None:
    again = renumbered(EVERYTHING, 9)
    assert again.version == 9
    assert {flow.version for flow in again.flows.values()} == {9}
    assert renumbered(again, EVERYTHING.version) == EVERYTHING


def test_rules_are_the_same_whatever_their_number() -> None:
    assert same_rules(EVERYTHING, renumbered(EVERYTHING, 9))
    assert not same_rules(EVERYTHING, replace(EVERYTHING, skills={}))


def test_a_release_is_numbered_by_its_rules() -> None:
    assert Release(renumbered(EVERYTHING, 9)).number == 9
