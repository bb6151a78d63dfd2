"""What a data source is told: variables, sensitive values, and a little about the call."""

from __future__ import annotations

from collections.abc import Mapping

from centralino.domain.errors import RuleViolation
from centralino.domain.flows.model import Fetch
from centralino.domain.flows.words import filled, names_in

#: Before the name of a variable whose value is sensitive, and not kept with the position.
SENSITIVE = "*"


def secrets_in(step: Fetch) -> tuple[str, ...]:
    """Return the variables a data source is told, any of which may be sensitive."""
    return tuple({name for text in step.inputs.values() for name, _ in names_in(text)})


def told(
    step: Fetch,
    variables: Mapping[str, str],
    secrets: Mapping[str, str],
    about: Mapping[str, str],
    language: str,
) -> dict[str, str]:
    """Return what a data source is told.

    Parameters
    ----------
    secrets, about : mapping
        Sensitive values that are known now; what else it may be told.

    Raises
    ------
    RuleViolation
        A sensitive value is not known any more (``secret_gone``).
    """
    known = {**variables, **secrets, **about}
    for name in secrets_in(step):
        if SENSITIVE + name in known and name not in known:
            raise RuleViolation("a sensitive value is not known any more", code="secret_gone")
    return {key: filled(text, known, language) for key, text in step.inputs.items()}
