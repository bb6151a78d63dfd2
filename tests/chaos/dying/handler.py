"""The entry of a deployed function that dies once, at a named point, and then works as it ships.

A test puts it into the function's package beside the product's own handler. Decides where a
process ends; everything else is the product, wired as deployed. Nothing of it ships.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain.contacts.model import ContactState
from centralino.runtime import wiring

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Point:
    """A place where a process may end: before or after one request of one port."""

    port: str
    method: str
    applies: Callable[[Arguments], bool] = lambda _: True
    after: bool = False


POINTS = {
    "after_enqueue": Point(
        "store", "save_contact", lambda a: a[0].state is ContactState.WAITING, after=True
    ),
    "between_timer_and_claim": Point("store", "claim"),
    "between_claim_and_push": Point("realtime", "push", lambda a: a[1].get("type") == "offer"),
    "between_close_and_release": Point(
        "store", "save_contact", lambda a: a[0].state is ContactState.CLOSED, after=True
    ),
    "between_publish_and_nudge": Point("nudges", "send"),
}

_TOLD = json.loads(Path(__file__).with_name("point.json").read_text(encoding="utf-8"))
_wired = wiring.app


class DyingPort:
    """A port that ends the process at its point and does what it always did otherwise."""

    def __init__(self, port: Any, point: Point, die_once: Callable[[], None]) -> None:
        self._port = port
        self._point = point
        self._die_once = die_once

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name != self._point.method:
            return method

        def carry_out(*arguments: Any, **options: Any) -> Any:
            here = self._point.applies(arguments)
            if here and not self._point.after:
                self._die_once()
            result = method(*arguments, **options)
            if here and self._point.after:
                self._die_once()
            return result

        return carry_out


@cache
def app() -> App:
    """Return the product's ports, one of them with the point in it."""
    ports = _wired()
    point = POINTS[_TOLD["point"]]

    def die_once() -> None:
        # Written by one process only, whoever else comes to the same point.
        if ports.operations.put_new(Item(_TOLD["mark"], "died", ttl=_TOLD["ttl"])):
            os._exit(1)

    dying: dict[str, Any] = {point.port: DyingPort(getattr(ports, point.port), point, die_once)}
    # At home in every pool: a process that has just started would leave them to the consumer.
    return replace(ports, hints={}, **dying)


wiring.app = app
handler = importlib.import_module("product_handler").handler
