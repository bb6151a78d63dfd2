"""The port of the data sources of call flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from centralino.domain.errors import TransientDependency


@dataclass(frozen=True, slots=True)
class Question:
    """What a data source of a call flow is asked.

    Attributes
    ----------
    url, function : str
        An HTTP address or the name of a Lambda function; the other one is empty.
    inputs : mapping
        What it is told. It may be sensitive, so it is never shown.
    key : str
        The same whenever the same turn of the same call asks: the source does nothing twice.
    budget_ms : int
        How long the caller can wait.
    """

    url: str
    function: str
    inputs: Mapping[str, str] = field(repr=False)
    key: str
    budget_ms: int


class Sources(Protocol):
    """The data sources of call flows."""

    def ask(self, question: Question) -> Any:
        """Return the JSON value a data source answers with.

        Raises ``TransientDependency`` where it fails, is late, or answers no JSON.
        """
        ...


class NoSources:
    """A deployment, or a test, without data sources: nobody answers."""

    def ask(self, question: Question) -> Any:  # noqa: ARG002
        """Fail."""
        raise TransientDependency("there are no data sources", code="no_source")
