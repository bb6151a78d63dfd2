"""Whole conversations of the flows we ship, from the carrier's webhooks to what is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from centralino.application.ports import Question
from centralino.contracts.flows import load_together
from centralino.domain.configuration.model import Configuration, Line
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony import phrases
from local.twilio import Caller, Person, silent
from tests.contract.telephony.live import Live, open_line
from tests.support.centre import NUMBER, configuration

FLOWS = Path(__file__).parents[3] / "docs" / "examples" / "flows"
ENGLISH = "+441130000001"
ORDERS = "centralino-source-orders"


def rules(flow: str) -> Configuration:
    """Return the small centre's rules with a shipped flow on an Italian and an English line."""
    found = load_together([FLOWS / f"{flow}.yaml"])
    base = configuration()
    # Not every queue of the shipped flows is in the small centre: nobody is sent to those here.
    lines = {
        "italian": Line("italian", NUMBER, "demo", flow, "it"),
        "english": Line("english", ENGLISH, "demo", flow, "en"),
    }
    return replace(base, lines=lines, flows={key: read.flow for key, read in found.items()})


@contextmanager
def answering(flow: str, answer: Callable[[Question], Any] | None = None) -> Iterator[Live]:
    with open_line(rules(flow)) as live:
        if answer is not None:
            live.centre.world.sources.answers[ORDERS] = answer
        yield live


def call(live: Live, script: Any, number: str = NUMBER) -> Person:
    return live.line.run(live.line.carrier.call("+393330000001", number, script))


def heard(person: Person) -> str:
    return " | ".join(one.text for one in person.heard)


def queued(live: Live, person: Person, queue: str) -> None:
    """Wait until the caller stands in the queue, here and at the carrier."""
    live.until(
        lambda: next(
            (c for c in live.contacts() if c.call == person.sid and c.queue == queue), None
        )
    )
    assert live.line.run(person.queued(within=200)) is not None


def shipped(question: Question) -> dict[str, str]:
    assert set(question.inputs) == {"order", "language"}
    return {"status": "shipped", "due": "2026-12-01"}


@pytest.mark.parametrize(
    ("number", "welcome", "told", "goodbye"),
    [
        (NUMBER, "Benvenuti", "Arriverà il primo dicembre 2026", "Arrivederci."),
        (ENGLISH, "Welcome", "It arrives on 1 December 2026", "Goodbye."),
    ],
)
def test_a_caller_hears_about_an_order_and_hangs_up_content(
    number: str, welcome: str, told: str, goodbye: str
) -> None:
    with answering("order-status", shipped) as live:
        person = call(live, Caller(["123456#", "", ""], think=0), number)
        live.line.run(person.ended(within=20))
        said = heard(person)
    assert said.startswith(welcome)
    assert "123456" in said
    assert told in said
    assert said.endswith(goodbye)
    assert [str(contact.state) for contact in live.contacts()] == ["CLOSED"]


def test_words_lead_on_as_keys_do() -> None:
    with answering("order-status", shipped) as live:
        person = call(live, Caller(["uno due tre quattro cinque sei", "un operatore"], think=0))
        queued(live, person, "support")
        told = heard(person)
    assert "123456" in told
    assert [q.inputs["order"] for q in live.centre.world.sources.asked] == ["123456"]


def _hangs(_: Question) -> Any:
    raise TransientDependency("late", code="source_late")


@pytest.mark.parametrize("answer", [_hangs, lambda _: [], lambda _: {"status": 1}])
def test_an_order_system_that_fails_is_spoken_of_and_a_person_reached(answer: Any) -> None:
    with answering("order-status", answer) as live:
        person = call(live, Caller(["123456#", "2"], think=0))
        queued(live, person, "support")
        told = heard(person)
    assert "non risponde" in told


def test_somebody_who_is_not_understood_three_times_reaches_a_person() -> None:
    with answering("customer-service") as live:
        person = call(live, Caller(["boh"] * 3, think=0))
        queued(live, person, "support")
        told = heard(person)
    assert told.count("non ho capito") == 2


def test_somebody_who_says_nothing_reaches_a_person() -> None:
    with answering("technical-support") as live:
        person = call(live, silent)
        queued(live, person, "support")


def test_a_flow_that_is_broken_apologises_and_reaches_a_person() -> None:
    broken = rules("order-status")
    flow = broken.flows["order-status"]
    steps = {name: step for name, step in flow.steps.items() if name != "more"}
    spoilt = replace(broken, flows={**broken.flows, flow.id: replace(flow, steps=steps)})
    with open_line(spoilt) as live:
        live.centre.world.sources.answers[ORDERS] = shipped
        person = call(live, Caller(["123456#"], think=0))
        queued(live, person, "support")
        told = heard(person)
        failed = [
            line.fields
            for line in live.centre.world.log.lines
            if line.message == "flow_step_failed"
        ]
    assert phrases.TROUBLE["it"] in told
    assert (failed[-1]["flow"], failed[-1]["step"]) == ("order-status", "more")
