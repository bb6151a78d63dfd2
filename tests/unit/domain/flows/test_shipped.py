"""Every flow we ship, against any caller: it always ends, and says everything in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from centralino.adapters.telephony.twilio.capabilities import CAPABILITIES
from centralino.contracts import flows as files
from centralino.domain.flows import machine
from centralino.domain.flows.checks import Surroundings, problems, roots_of
from centralino.domain.flows.conditions import NothingKnown
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome, Scene
from centralino.domain.flows.model import (
    MOST_TURNS,
    VARIABLES_BYTES,
    Enqueue,
    Fetch,
    Flow,
    Hangup,
    Menu,
    Question,
    weight,
    words_of,
)
from centralino.domain.telephony.phrases import LANGUAGES
from cli.flows import conversations

ROOT = Path(__file__).parents[4]
FOLDERS = ("docs/examples/flows", "local/demo/flows")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).glob("*.yaml")
    if not path.name.endswith(".tests.yaml")
)
FLOWS: dict[str, Flow] = {key: found.flow for key, found in files.load_together(FILES).items()}
ROOTS = roots_of(FLOWS, Surroundings())
#: Data sources asked one after the other without the caller: none of these flows asks twice.
MOST_ASKED = 3

answers = st.one_of(
    st.builds(Given, st.text("0123456789*#", max_size=20)),
    st.builds(Given, st.sampled_from([*"0123456789", "123456", "4711", ""])),
    st.builds(Given, speech=st.text(max_size=30)),
    st.builds(
        Given, speech=st.sampled_from(["person", "ordine", "order", "vendite", "uno", "altro"])
    ),
)
sources = st.one_of(
    st.none(),
    st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=3),
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["shipped", "new", "unknown", "lost"]),
            "due": st.sampled_from(["2026-12-01", "soon"]),
        }
    ),
    st.builds(
        lambda level, name: {"contract": {"level": level, "name": name}},
        st.sampled_from(["gold", "silver", "none"]),
        st.text(max_size=20),
    ),
)


class AnyFacts(NothingKnown):
    """Facts that are whatever is drawn."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def open(self, hours: str) -> bool | None:
        return self._data.draw(st.sampled_from([True, False, None]))

    holiday = queue_open = open

    def holds(self, queue: str, count: int) -> bool | None:
        return self._data.draw(st.sampled_from([True, False, None]))

    def wait_ms(self, queue: str) -> int | None:
        return self._data.draw(st.sampled_from([None, 1_000, 10_000_000]))


def settle(outcome: Outcome, scene: Scene, facts: AnyFacts, data: st.DataObject) -> Outcome:
    for _ in range(MOST_ASKED):
        if not isinstance(outcome.step, Fetch):
            return outcome
        answer: Mapping[str, Any] | None = data.draw(sources)
        outcome = machine.fetched(FLOWS, scene, outcome, answer, facts)
    assert not isinstance(outcome.step, Fetch), outcome.position
    return outcome


@settings(deadline=None)
@given(st.data(), st.sampled_from(ROOTS), st.sampled_from(LANGUAGES))
def test_every_caller_reaches_an_end_or_a_queue(
    data: st.DataObject, root: str, language: str
) -> None:
    facts, scene = AnyFacts(data), Scene(language=language, line="any")
    outcome = settle(machine.begin(FLOWS, root, 1, scene, facts), scene, facts, data)
    steady = data.draw(st.none() | answers)
    for _ in range(MOST_TURNS + 1):
        if isinstance(outcome.step, Enqueue | Hangup):
            break
        assert isinstance(outcome.step, Question)
        assert weight(outcome.position.variables) <= VARIABLES_BYTES
        assert not any(trouble.reason == "unknown_step" for trouble in outcome.troubles)
        # Some callers go on and on with the same answer.
        given_now = steady if steady is not None else data.draw(answers)
        scene = Scene(language=outcome.language, line="any")
        outcome = machine.advance(FLOWS, scene, outcome.position, given_now, facts)
        outcome = settle(outcome, scene, facts, data)
    assert isinstance(outcome.step, Enqueue | Hangup)
    assert outcome.position.variables == {}


@pytest.mark.parametrize("root", ROOTS)
def test_a_caller_who_does_nothing_is_out_of_the_menus_soon(root: str) -> None:
    for language in LANGUAGES:
        scene = Scene(language=language)
        outcome = machine.begin(FLOWS, root, 1, scene, NothingKnown())
        turns = 0
        while isinstance(outcome.step, Question):
            turns += 1
            outcome = machine.advance(FLOWS, scene, outcome.position, Given(), NothingKnown())
        assert turns <= 12


@pytest.mark.parametrize("flow", FLOWS.values(), ids=list(FLOWS))
def test_everything_is_said_in_both_languages(flow: Flow) -> None:
    for name, step in flow.steps.items():
        for words in words_of(step).values():
            assert set(words) == {*LANGUAGES}, name
        if isinstance(step, Menu):
            assert all(set(said) == {*LANGUAGES} for said in step.phrases.values()), name


def test_lint_finds_nothing() -> None:
    found = problems(FLOWS, Surroundings(capabilities={"twilio": CAPABILITIES}))
    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_conversations_beside_a_flow_go_as_written(path: Path) -> None:
    loaded = {key: found.flow for key, found in files.load_together([path]).items()}
    kept = conversations.load(conversations.beside(path))
    assert {c.language for c in kept} == {*LANGUAGES} or path.stem == "order-lookup"
    for conversation in kept:
        assert conversations.play(loaded, next(iter(loaded)), conversation) is None
