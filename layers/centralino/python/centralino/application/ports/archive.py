"""The ports of recordings that are kept: where their sound is, and who is told to fetch it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn, Protocol

from centralino.domain.errors import RuleViolation


class Archive(Protocol):
    """Keeps sound under a key until its class of retention is over.

    Methods raise ``TransientDependency`` when it is unknown whether they worked.
    """

    def put(self, key: str, sound: Iterable[bytes]) -> int:
        """Keep a sound whole, in place of one of the same key; return its size in bytes.

        Nothing is to be seen of it before all of it has come; an error of ``sound`` passes
        through and leaves what was there.
        """
        ...

    def size(self, key: str) -> int | None:
        """Return how many bytes are kept under a key; ``None``: nothing is."""
        ...

    def url(self, key: str, seconds: int) -> str:
        """Return an address that gives the sound to whoever has it, for so many seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Copy:
    """A sound that waits at the carrier, and all that has to be known to keep it.

    ``days``, ``started_at`` and what follows are for a recording of which nothing is on record
    here: the process that should have written it died.
    """

    contact: str
    name: str
    reference: str
    seconds: int
    kind: str
    business_unit: str
    provider: str
    queue: str | None
    correlation: str
    days: int
    started_at: int
    deadline: int | None = None


class Copies(Protocol):
    """Has sounds copied, by and by."""

    def send(self, copy: Copy) -> None:
        """Make the order durable before returning. Raises ``TransientDependency``."""
        ...


class NoArchive:
    """Keeps nothing: for functions that have no business with recordings, and for providers."""

    def _refuse(self, *_: object) -> NoReturn:
        raise RuleViolation("recordings are not kept here", code="not_supported")

    put = size = url = send = _refuse
