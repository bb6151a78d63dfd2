"""Published versions of the rules: who put what in force, when, and in place of what.

A release is never changed and never removed. Rules are brought back by publishing them again
under a number of their own, so history only grows. It decides numbers and sameness; it stores
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from centralino.domain.configuration.documents import encode
from centralino.domain.configuration.model import Configuration


@dataclass(frozen=True, slots=True)
class Release:
    """One published version.

    Attributes
    ----------
    rules : Configuration
        What it puts in force; its ``version`` is the number of the release.
    base : int
        The release that was in force when this one took its place; 0 where there was none.
    at : int
        When, UTC milliseconds by the clock of whoever published.
    by : str
        Who: an AWS identity, or a user's name.
    note : str
        Why, in that person's words.
    digest : str
        SHA-256 of the file it was made from, in hexadecimal; empty where there was no file.
    restores : int or None
        The earlier release whose rules it brought back.
    """

    rules: Configuration
    base: int = 0
    at: int = 0
    by: str = ""
    note: str = ""
    digest: str = ""
    restores: int | None = None

    @property
    def number(self) -> int:
        """The number of the release: rises, but may leave some out."""
        return self.rules.version


def renumbered(rules: Configuration, number: int) -> Configuration:
    """Return the same rules under another number, their flows with them."""
    flows = {key: replace(flow, version=number) for key, flow in rules.flows.items()}
    return replace(rules, version=number, flows=flows)


def same_rules(one: Configuration, other: Configuration) -> bool:
    """Tell whether two configurations say the same, whatever their numbers."""
    return encode(renumbered(one, 0)) == encode(renumbered(other, 0))
