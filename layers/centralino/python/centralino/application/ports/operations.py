"""The port of everything that is neither contact nor agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """A small record of ``ops``: partition and sort key, attributes, expiry in seconds."""

    pk: str
    sk: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    ttl: int | None = None


class Operations(Protocol):
    """Everything that is neither contact nor agent: connections, tickets, leases, markers."""

    def put(self, item: Item) -> None:
        """Write an item whatever was there."""
        ...

    def put_new(self, item: Item) -> bool:
        """Write an item unless it exists; tell whether it was written."""
        ...

    def put_if(self, item: Item, attribute: str, below: int) -> bool:
        """Write an item if it does not exist or its number ``attribute`` is under ``below``."""
        ...

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item, strongly consistent; an expired one counts as absent."""
        ...

    def take(self, pk: str, sk: str) -> Item | None:
        """Delete an item and return it: of several takers exactly one gets it."""
        ...

    def list(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the live items of a partition in key order, strongly consistent."""
        ...

    def page(self, pk: str, after: str, limit: int) -> Sequence[Item]:
        """Return up to so many live items of a partition behind a sort key, in key order.

        Strongly consistent. Fewer than ``limit`` says nothing about the end: only an empty page
        does.
        """
        ...

    def delete(self, pk: str, sk: str) -> None:
        """Delete an item if it is there."""
        ...
