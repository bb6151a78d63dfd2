"""From the file a team reviews to a configuration: the way in for everything that publishes one.

A file becomes a :class:`~centralino.domain.configuration.model.Configuration` or is refused
whole, with every problem, its line and its place. Workers never import this: they read published
documents (:mod:`centralino.domain.configuration.documents`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from centralino.contracts.configuration_checks import problems_in
from centralino.contracts.configuration_compile import compile_file
from centralino.contracts.configuration_file import ConfigurationFile
from centralino.contracts.configuration_source import ConfigurationError, Problem, read
from centralino.domain.configuration.model import Configuration

__all__ = ["ConfigurationError", "Problem", "json_schema", "load", "parse"]

#: Position of the tag pydantic puts into the place of an error within a flow's step.
_STEP_TAG = 4


def load(path: Path, version: int) -> Configuration:
    """Return the configuration a file describes, as this version.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or anything in it is wrong: one problem per line.

    Examples
    --------
    >>> load(Path("local/demo/centralino.yaml"), 1).line_of("+390200000001").language
    'it'
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(str(path), [Problem(1, "", error.strerror or "")]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(str(path), [Problem(1, "", "not UTF-8 text")]) from error
    return parse(text, str(path), version)


def parse(text: str, name: str, version: int) -> Configuration:
    """Return the configuration that YAML text describes; ``name`` is what errors call it.

    Raises
    ------
    ConfigurationError
        Anything is wrong.
    """
    source = read(text, name)
    try:
        file = ConfigurationFile.model_validate(source.tree)
    except ValidationError as error:
        raise ConfigurationError(
            name,
            [
                source.problem(_place(found["loc"]), _reason(found["type"], found["msg"]))
                for found in error.errors(include_url=False, include_input=False)
            ],
        ) from error
    found = problems_in(file)
    if found:
        raise ConfigurationError(name, [source.problem(*problem) for problem in found])
    return compile_file(file, version)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ConfigurationFile.model_json_schema(),
        "title": "Centralino configuration",
        "description": "The business rules of a contact centre.",
    }


def _place(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    parts = [part for part in location if part != "[key]"]
    if parts[:1] == ["flows"] and parts[2:3] == ["steps"]:
        del parts[_STEP_TAG : _STEP_TAG + 1]
    return tuple(parts)


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ")
