"""A callback as stored with the contact that calls back: short names, moments as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from centralino.domain.callbacks.model import Attempt, Callback, CallbackState, Outcome

_ATTEMPT: tuple[tuple[str, str], ...] = (
    ("r", "rang_at"),
    ("k", "answered_at"),
    ("c", "call"),
    ("o", "outcome"),
)


def callback_map(callback: Callback) -> dict[str, Any]:
    """Return a callback as stored."""
    stored: dict[str, Any] = {
        "s": callback.state.value,
        "t": callback.topic,
        "q": callback.requested_at,
        "u": callback.until,
        "n": callback.not_before,
    }
    if callback.attempts:
        stored["a"] = [_attempt_map(attempt) for attempt in callback.attempts]
    if callback.window is not None:
        stored["w"] = list(callback.window)
    if callback.held_by is not None:
        stored["h"] = callback.held_by
    if callback.paced_at is not None:
        stored["p"] = callback.paced_at
    if callback.no_selling:
        stored["x"] = True
    if callback.called_meanwhile:
        stored["m"] = True
    if callback.slot is not None:
        stored["l"] = callback.slot
    return stored


def callback_of(stored: Mapping[str, Any]) -> Callback:
    """Return a stored callback: the inverse of :func:`callback_map`."""
    attempts = enumerate(stored.get("a", ()), start=1)
    window = stored.get("w")
    return Callback(
        state=CallbackState(stored["s"]),
        topic=stored["t"],
        requested_at=stored["q"],
        until=stored["u"],
        not_before=stored["n"],
        attempts=tuple(_attempt_of(number, attempt) for number, attempt in attempts),
        window=(window[0], window[1]) if window is not None else None,
        held_by=stored.get("h"),
        paced_at=stored.get("p"),
        no_selling=bool(stored.get("x")),
        called_meanwhile=bool(stored.get("m")),
        slot=stored.get("l"),
    )


def _attempt_map(attempt: Attempt) -> dict[str, Any]:
    # The number is the place in the list.
    stored: dict[str, Any] = {"t": attempt.asked_at}
    for short, name in _ATTEMPT:
        value = getattr(attempt, name)
        if value is not None:
            stored[short] = str(value) if name == "outcome" else value
    if attempt.alone:
        stored["f"] = True
    return stored


def _attempt_of(number: int, stored: Mapping[str, Any]) -> Attempt:
    fields: dict[str, Any] = {name: stored[short] for short, name in _ATTEMPT if short in stored}
    if "outcome" in fields:
        fields["outcome"] = Outcome(fields["outcome"])
    return Attempt(number, stored["t"], alone=bool(stored.get("f")), **fields)
