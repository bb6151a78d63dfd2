"""What data sources answer, read: the values a step asked for, or nothing at all.

An answer that lacks a value, or has one that is too long, is of no use as a whole: half an answer
would be told to a caller as if it were one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from centralino.domain.flows.model import Fetch


def values(step: Fetch, answer: Any) -> dict[str, str] | None:
    """Return the step's outputs as variables, ``None`` where the answer is of no use.

    Examples
    --------
    >>> from centralino.domain.flows.model import Output
    >>> step = Fetch("a", "b", {}, outputs={"state": Output("order.state", 10)})
    >>> values(step, {"order": {"state": "shipped"}})
    {'state': 'shipped'}
    >>> values(step, {"order": "shipped"}) is None
    True
    """
    found: dict[str, str] = {}
    for name, output in step.outputs.items():
        value = _text(_at(answer, output.path))
        if value is None or len(value.encode("utf-8", "replace")) > output.longest:
            return None
        found[name] = value
    return found


def _at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(answer, Mapping):
            return None
        answer = answer.get(part)
    return answer


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # Lone surrogates, which JSON can hold, could be neither stored nor spoken.
        return "".join(c for c in value if c.isprintable()).strip()
    return str(value) if isinstance(value, int | float) else None
