"""Flows read back from the documents of a published version.

How flows are written follows from their dataclasses (see
:mod:`centralino.domain.configuration.documents`); here is the way back. What a newer release
added is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from centralino.domain.flows.conditions import Condition
from centralino.domain.flows.model import (
    STEPS,
    Case,
    Flow,
    Output,
    Step,
    Utterance,
    Waiting,
    WaitOffer,
    Words,
)

STEP_NAMES: Mapping[type, str] = {kind: name for name, kind in STEPS.items()}


def flow(key: str, body: Mapping[str, Any]) -> Flow:
    """Return the flow of a document."""
    # A kind of step of a later release is left out: a call that gets there is led to a person.
    known = {name: part for name, part in body.get("steps", {}).items() if part["do"] in STEPS}
    steps = {name: step(part) for name, part in known.items()}
    return Flow(key, int(body["version"]), body["start"], steps, body.get("person"))


def step(body: Mapping[str, Any]) -> Step:
    """Return one step; ``do`` says of which kind."""
    kind = STEPS[body["do"]]
    known = kind.__dataclass_fields__
    return kind(
        **{
            name: _READERS[name](value) if name in _READERS else value
            for name, value in body.items()
            if name in known
        }
    )


def _words(body: Mapping[str, Any]) -> Words:
    return {
        language: said if isinstance(said, str) else Utterance(**_only(Utterance, said))
        for language, said in body.items()
    }


def _cases(body: Any) -> tuple[Case, ...]:
    return tuple(Case(_condition(case["when"]), case["to"]) for case in body)


def _condition(body: Mapping[str, Any]) -> Condition:
    known = _only(Condition, body)
    known["values"] = tuple(known.get("values", ()))
    known["parts"] = tuple(_condition(part) for part in known.get("parts", ()))
    return Condition(**known)


def _phrases(body: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        digit: {language: tuple(said) for language, said in by_language.items()}
        for digit, by_language in body.items()
    }


def _outputs(body: Mapping[str, Any]) -> dict[str, Output]:
    return {name: Output(**_only(Output, part)) for name, part in body.items()}


def _waiting(body: Mapping[str, Any]) -> Waiting:
    known = _only(Waiting, body)
    known["offers"] = tuple(_offer(part) for part in known.get("offers", ()))
    return Waiting(**known)


def _offer(body: Mapping[str, Any]) -> WaitOffer:
    known = _only(WaitOffer, body)
    return WaitOffer(**{**known, "texts": _words(known["texts"])})


def _only(kind: type, body: Mapping[str, Any]) -> dict[str, Any]:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return {name: value for name, value in body.items() if name in names}


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "texts": _words,
    "invalid": _words,
    "fallback": _words,
    "ask": _words,
    "waiting": _waiting,
    "cases": _cases,
    "phrases": _phrases,
    "outputs": _outputs,
}
