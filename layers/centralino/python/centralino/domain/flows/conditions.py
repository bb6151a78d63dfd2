"""Conditions on which a flow branches: what is asked, and whether it holds.

A condition holds, does not, or cannot be decided, because a fact is not known at the moment.
What cannot be decided is passed on through ``all``, ``any`` and ``not`` by Kleene's strong logic
of three values (S. C. Kleene, "Introduction to Metamathematics", 1952, section 64): ``any`` of an
unknown fact and a true one is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

ALL, ANY, NOT = "all", "any", "not"
VARIABLE, LINE, LANGUAGE = "variable", "line", "language"
OPEN, HOLIDAY, QUEUE_OPEN = "open", "holiday", "queue_open"
WAITING, WAIT = "waiting", "wait"
CUSTOMER = "customer"
EQUALS, UNDER, OVER, PRESENT = "equals", "under", "over", "present"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    Attributes
    ----------
    kind : str
        ``all``, ``any`` or ``not`` of ``parts``; ``variable`` ``name``; ``line`` or ``language``
        being one of ``values``; ``open`` or ``holiday`` by the hours ``name``; ``queue_open``;
        how many are ``waiting`` in the queue ``name``, or the ``wait`` to expect there in
        milliseconds; the field ``name`` of what is known of the ``customer``.
    op : str
        ``equals`` one of ``values``, ``under`` or ``over`` ``number``, ``present``.
    """

    kind: str
    name: str = ""
    op: str = ""
    values: tuple[str, ...] = ()
    number: int = 0
    parts: tuple[Condition, ...] = ()


class Facts(Protocol):
    """What a flow can ask about the contact centre; ``None`` where it cannot be told now."""

    def open(self, hours: str) -> bool | None:
        """Tell whether these hours are open."""
        ...

    def holiday(self, hours: str) -> bool | None:
        """Tell whether today is a holiday by the calendar of these hours."""
        ...

    def queue_open(self, queue: str) -> bool | None:
        """Tell whether a queue is open."""
        ...

    def holds(self, queue: str, count: int) -> bool | None:
        """Tell whether at least so many contacts wait in a queue."""
        ...

    def wait_ms(self, queue: str) -> int | None:
        """Return the wait to expect in a queue."""
        ...

    def phone(self, digits: str) -> str | None:
        """Return digits as a phone number in E.164, ``None`` if they are none."""
        ...

    def customer(self, field: str) -> str | None:
        """Return what is known of the customer who calls."""
        ...


class NothingKnown:
    """Facts of which none can be told."""

    def open(self, hours: str) -> bool | None:  # noqa: ARG002
        """Tell nothing."""
        return None

    def holiday(self, hours: str) -> bool | None:  # noqa: ARG002
        """Tell nothing."""
        return None

    def queue_open(self, queue: str) -> bool | None:  # noqa: ARG002
        """Tell nothing."""
        return None

    def holds(self, queue: str, count: int) -> bool | None:  # noqa: ARG002
        """Tell nothing."""
        return None

    def wait_ms(self, queue: str) -> int | None:  # noqa: ARG002
        """Tell nothing."""
        return None

    def phone(self, digits: str) -> str | None:  # noqa: ARG002
        """Recognise nothing."""
        return None

    def customer(self, field: str) -> str | None:  # noqa: ARG002
        """Know nobody."""
        return None


def holds(
    condition: Condition, variables: Mapping[str, str], line: str, language: str, facts: Facts
) -> bool | None:
    """Tell whether a condition holds; ``None``: it cannot be decided.

    Facts are asked for only as far as the answer depends on them.
    """

    def of(part: Condition) -> bool | None:
        return holds(part, variables, line, language, facts)

    name = condition.name
    match condition.kind:
        case "all":
            return _all(of, condition.parts, stop=False)
        case "any":
            return _all(of, condition.parts, stop=True)
        case "not":
            found = of(condition.parts[0])
            return None if found is None else not found
        case "variable":
            return _variable(condition, variables.get(name))
        case "line":
            return line in condition.values
        case "language":
            return language in condition.values
        case "open":
            return facts.open(name)
        case "holiday":
            return facts.holiday(name)
        case "queue_open":
            return facts.queue_open(name)
        case "waiting":
            return _waiting(condition, facts)
        case "wait":
            wait = facts.wait_ms(name)
            return None if wait is None else _compared(condition, wait)
        case "customer":
            value = facts.customer(name)
            known = value is not None or condition.op == PRESENT
            return _variable(condition, value) if known else None
    return None  # a kind of a later release: not decided


def _all(
    of: Callable[[Condition], bool | None], parts: tuple[Condition, ...], *, stop: bool
) -> bool | None:
    """Return ``stop`` at the first part that is, the opposite if all are, else ``None``."""
    unknown = False
    for part in parts:
        found = of(part)
        if found is stop:
            return stop
        unknown = unknown or found is None
    return None if unknown else not stop


def _variable(condition: Condition, value: str | None) -> bool | None:
    if condition.op == PRESENT:
        return bool(value)
    if condition.op == EQUALS:
        return value in condition.values
    try:
        return _compared(condition, float(value or ""))
    except ValueError:
        return None


def _waiting(condition: Condition, facts: Facts) -> bool | None:
    if condition.op == OVER:
        return facts.holds(condition.name, condition.number + 1)
    found = facts.holds(condition.name, condition.number)
    return None if found is None else not found


def _compared(condition: Condition, value: float) -> bool:
    return value > condition.number if condition.op == OVER else value < condition.number
