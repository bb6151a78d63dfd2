"""From the file a team reviews to a configuration: the way in for everything that publishes one.

A file becomes a :class:`~centralino.domain.configuration.model.Configuration` or is refused
whole, with every problem, its line and its place. Workers never import this: they read published
documents (:mod:`centralino.domain.configuration.documents`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from centralino.contracts.configuration_checks import problems_in
from centralino.contracts.configuration_compile import compile_file
from centralino.contracts.configuration_file import ConfigurationFile
from centralino.contracts.configuration_flow_files import with_flow_files
from centralino.contracts.configuration_source import (
    ConfigurationError,
    Problem,
    file_text,
    read,
    validated,
)
from centralino.domain.configuration.model import Configuration

__all__ = ["ConfigurationError", "Problem", "json_schema", "load", "parse", "read_text"]


def load(
    path: Path, version: int, *, able: Mapping[str, Collection[str]] | None = None
) -> Configuration:
    """Return the configuration a file describes, as this version.

    ``able`` is as :func:`parse` takes it.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or anything in it is wrong: one problem per line.

    Examples
    --------
    >>> load(Path("local/demo/centralino.yaml"), 1).line_of("+390200000001").language
    'it'
    """
    return parse(read_text(path), str(path), version, able=able)


def read_text(path: Path) -> str:
    """Return the text of a file, with the flows that it keeps in files of their own.

    It says everything by itself: it is what is kept of a published version.

    Raises
    ------
    ConfigurationError
        A file cannot be read, or is not UTF-8, or is not there.
    """
    return with_flow_files(file_text(path), path)


def parse(
    text: str,
    name: str,
    version: int,
    *,
    calendar_known: Callable[[str], bool] | None = None,
    able: Mapping[str, Collection[str]] | None = None,
) -> Configuration:
    """Return the configuration that YAML text describes; ``name`` is what errors call it.

    Parameters
    ----------
    calendar_known : callable, optional
        Tells whether there is a holiday calendar of this name; without it any is believed.
    able : mapping, optional
        What each provider can do (:mod:`centralino.domain.telephony.capabilities`); without it
        every provider is believed to be able to do what the flows of its lines need.

    Raises
    ------
    ConfigurationError
        Anything is wrong.
    """
    source = read(text, name)
    file = validated(ConfigurationFile, source)
    found = problems_in(file, calendar_known, able)
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
