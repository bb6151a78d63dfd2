"""Every flow we ship, against any caller: it always ends, and says everything in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from centralino.adapters.telephony.twilio.capabilities import CAPABILITIES
from centralino.contracts import flows as files
from centralino.domain.flows import machine, picking
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
    OfferCallback,
    Pay,
    PickTime,
    Question,
    Transfer,
    Voicemail,
    weight,
    words_of,
)
from centralino.domain.telephony.capabilities import Capability
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
PAYMENTS = ["paid", "declined", "cancelled", "invalid_input", "failed"]
#: Data sources asked one after the other without the caller: none of these flows asks twice.
MOST_ASKED = 3
TIMES = ["2026-05-01T14:30+02:00", "2026-05-02T09:00+02:00", "2026-06-01T01:00+02:00"]

answers = st.one_of(
    st.builds(Given, st.text("0123456789*#", max_size=20)),
    st.builds(
        Given,
        st.sampled_from([*"0123456789", "123456", "4711", "12345678", "01122026", "10", ""]),
    ),
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
            "due": st.sampled_from(["2026-12-01", "soon", "12.50"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "state": st.sampled_from(["open", "paid", "lost"]),
            "due": st.sampled_from(["12.50", "0", "much"]),
            "until": st.just("2026-12-15"),
        }
    ),
    st.fixed_dictionaries(
        {
            "found": st.booleans(),
            "booked": st.booleans(),
            "slot": st.fixed_dictionaries(
                {"day": st.just("2026-12-03"), "hour": st.just("9:30"), "id": st.just("s")}
            ),
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
        self.data = data

    def open(self, hours: str) -> bool | None:
        return self.data.draw(st.sampled_from([True, False, None]))

    holiday = queue_open = open

    def holds(self, queue: str, count: int) -> bool | None:
        return self.data.draw(st.sampled_from([True, False, None]))

    def wait_ms(self, queue: str) -> int | None:
        return self.data.draw(st.sampled_from([None, 1_000, 10_000_000]))

    def phone(self, digits: str) -> str | None:
        return self.data.draw(st.sampled_from([None, "+393331234567"]))

    def customer(self, field: str) -> str | None:
        return self.data.draw(st.sampled_from([None, "gold", "x"]))


def settle(outcome: Outcome, scene: Scene, facts: AnyFacts, data: st.DataObject) -> Outcome:
    for _ in range(MOST_ASKED):
        if isinstance(outcome.step, Fetch):
            answer: Mapping[str, Any] | None = data.draw(sources)
            outcome = machine.fetched(FLOWS, scene, outcome, answer, facts)
        elif isinstance(outcome.step, OfferCallback) and outcome.booking is not None:
            at = data.draw(st.sampled_from([None, "", "2026-05-01T14:30"]))
            outcome = machine.booked(FLOWS, scene, outcome, at, facts)
        elif isinstance(outcome.step, PickTime) and (outcome.booking or picking.wants(outcome)):
            outcome = timed(outcome, scene, facts, data)
        else:
            break
    assert not isinstance(outcome.step, Fetch), outcome.position
    assert outcome.booking is None
    return outcome


def timed(outcome: Outcome, scene: Scene, facts: AnyFacts, data: st.DataObject) -> Outcome:
    """Offer any times, or let what was picked be booked, cancelled or gone."""
    if outcome.booking is None:
        times = data.draw(st.lists(st.sampled_from(TIMES), max_size=3, unique=True).map(tuple))
        stands = data.draw(st.sampled_from([None, "", "2026-05-01T14:30"]))
        offer = data.draw(st.sampled_from([None, picking.Offer(date(2026, 5, 1), times, stands)]))
        return picking.offered(FLOWS, scene, outcome, offer, facts)
    if outcome.booking.cancels:
        return picking.cancelled(FLOWS, scene, outcome, facts)
    if data.draw(st.booleans()):
        return picking.taken(FLOWS, scene, outcome, facts)
    at = data.draw(st.sampled_from([None, "2026-05-01T14:30"]))
    return machine.booked(FLOWS, scene, outcome, at, facts)


def gone_on(outcome: Outcome, given_now: Given, scene: Scene, facts: AnyFacts) -> Outcome:
    """Return what follows an answer, or what the carrier tells of an errand."""
    position, data = outcome.position, facts.data
    match outcome.step:
        case Pay():
            result = data.draw(st.sampled_from(PAYMENTS))
            return machine.paid(FLOWS, scene, position, result, "r", facts)
        case Transfer():
            answered = data.draw(st.booleans())
            return machine.dialled(FLOWS, scene, position, facts, answered=answered)
        case Voicemail():
            return machine.left(FLOWS, scene, position, facts, kept=data.draw(st.booleans()))
    assert isinstance(outcome.step, Question)
    return machine.advance(FLOWS, scene, position, given_now, facts)


@settings(deadline=None)
@given(
    st.data(),
    st.sampled_from(ROOTS),
    st.sampled_from(LANGUAGES),
    st.sampled_from(["", "su_1"]),
    st.sets(st.sampled_from(sorted(Capability))),
)
def test_every_caller_reaches_an_end_or_a_queue(
    data: st.DataObject, root: str, language: str, subject: str, lacks: set[Capability]
) -> None:
    able = frozenset(Capability) - lacks
    facts = AnyFacts(data)
    scene = Scene(language=language, line="any", told={"subject": subject}, able=able)
    outcome = settle(machine.begin(FLOWS, root, 1, scene, facts), scene, facts, data)
    steady = data.draw(st.none() | answers)
    offers = data.draw(st.lists(st.sampled_from("129"), max_size=3))
    for _ in range(MOST_TURNS + 1):
        step = outcome.step
        assert weight(outcome.position.variables) <= VARIABLES_BYTES
        assert not any(trouble.reason == "unknown_step" for trouble in outcome.troubles)
        scene = replace(scene, language=outcome.language)
        if isinstance(step, Hangup):
            break
        if isinstance(step, Enqueue):
            # Some callers take what is offered in line, again and again.
            taken = None
            while taken is None and offers:
                taken = machine.taken(FLOWS, scene, outcome.position, offers.pop(), facts)
            if taken is None:
                break
            outcome = settle(taken, scene, facts, data)
            continue
        # Some callers go on and on with the same answer.
        given_now = steady if steady is not None else data.draw(answers)
        outcome = settle(gone_on(outcome, given_now, scene, facts), scene, facts, data)
        if outcome.converted:
            assert isinstance(outcome.step, Hangup)
    assert isinstance(outcome.step, Enqueue | Hangup)
    assert outcome.position.variables == {}


@pytest.mark.parametrize("root", ROOTS)
def test_a_caller_who_does_nothing_is_out_of_the_menus_soon(root: str) -> None:
    for language in LANGUAGES:
        scene = Scene(language=language)
        outcome = machine.begin(FLOWS, root, 1, scene, NothingKnown())
        turns = 0
        while isinstance(outcome.step, Question | Voicemail):
            turns += 1
            at = outcome.position
            if isinstance(outcome.step, Voicemail):
                outcome = machine.left(FLOWS, scene, at, NothingKnown(), kept=False)
            else:
                outcome = machine.advance(FLOWS, scene, at, Given(), NothingKnown())
        assert isinstance(outcome.step, Enqueue | Hangup)
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
