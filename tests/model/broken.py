"""How an invariant says that it does not hold."""

from __future__ import annotations


class Broken(AssertionError):
    """An invariant does not hold."""

    def __init__(self, invariant: str, told: str) -> None:
        super().__init__(f"{invariant}: {told}")
        self.invariant = invariant


def require(condition: bool, invariant: str, told: str) -> None:
    """Raise :class:`Broken` unless something is so."""
    if not condition:
        raise Broken(invariant, told)
