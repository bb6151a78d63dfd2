"""Small flows that tests walk."""

from __future__ import annotations

from centralino.domain.flows.machine import Outcome
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, Say, Step
from centralino.domain.telephony import actions as act


def text(words: str) -> dict[str, str]:
    return {"en": words, "it": words.upper()}


def heard(outcome: Outcome) -> list[str]:
    return [p.text if isinstance(p, act.Say) else p.url for p in outcome.prompts]


SALES = Enqueue("sales", "voice", text("please hold"))
FLOW = Flow(
    "main",
    7,
    "welcome",
    {
        "welcome": Say(text("hello"), "menu"),
        "menu": Menu(
            text("press 1 or 3"),
            {"1": "sales", "3": "hours", "5": "menu"},
            otherwise="sales",
            invalid=text("sorry"),
            tries=3,
            phrases={"1": {"it": ("le vendite",)}, "3": {"it": ("orari", "quando aprite")}},
        ),
        "sales": SALES,
        "hours": Hangup(text("nine to five")),
    },
    person="sales",
)
FLOWS = {"main": FLOW}


def flow(*, start: str = "a", person: str | None = "sales", **steps: Step) -> dict[str, Flow]:
    """Return one flow with these steps and a queue."""
    return {"f": Flow("f", 1, start, {**steps, "sales": SALES}, person)}
