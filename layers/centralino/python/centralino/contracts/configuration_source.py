"""YAML text as plain values, with the line each of them stands on.

It decides how YAML is read: strictly. Only ``true``, ``false``, ``null`` and numbers are anything
but text, so that a country ``NO``, a time ``09:00`` or a date stays what was written; a key given
twice is an error. It knows nothing of what the values mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from centralino.domain.errors import InvalidRequest

Path: TypeAlias = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a file."""

    line: int
    where: str
    reason: str

    def text(self, source: str) -> str:
        """Return ``file:line: where: reason``."""
        where = f"{self.where}: " if self.where else ""
        return f"{source}:{self.line}: {where}{self.reason}"


class ConfigurationError(InvalidRequest):
    """The configuration is refused whole; ``problems`` says why, by line."""

    code = "invalid_configuration"

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = sorted(problems, key=lambda p: (p.line, p.where, p.reason))
        super().__init__("\n".join(problem.text(source) for problem in self.problems))


@dataclass(slots=True)
class Source:
    """A file's plain values and where each path of them stands."""

    name: str
    tree: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """Return the line of the nearest thing on this path that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, reason: str) -> Problem:
        """Return a problem at a path."""
        return Problem(self.line_of(path), ".".join(str(part) for part in path), reason)


def read(text: str, name: str) -> Source:
    """Return the values of YAML text.

    Raises
    ------
    ConfigurationError
        It is no YAML, holds a key twice or a tag of its own.
    """
    source = Source(name)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigurationError(name, [Problem(line, "", str(error.problem))]) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(name, [Problem(1, "", str(error))]) from error
    if root is None:
        raise ConfigurationError(name, [Problem(1, "", "the file is empty")])
    problems: list[Problem] = []
    source.tree = _value(root, (), source, problems)
    if problems:
        raise ConfigurationError(name, problems)
    return source


def _value(node: yaml.Node, path: Path, source: Source, problems: list[Problem]) -> Any:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source, problems)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*path, index), source, problems) for index, item in enumerate(node.value)
        ]
    return _scalar(node)


def _mapping(
    node: yaml.MappingNode, path: Path, source: Source, problems: list[Problem]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(line, ".".join(map(str, path)), "a key must be text"))
            continue
        key = str(key_node.value)
        inner = (*path, key)
        if key in values:
            first = source.lines[inner]
            where = ".".join(map(str, inner))
            problems.append(Problem(line, where, f"given twice, first in line {first}"))
            continue
        # An error about a mapping's entry is best shown at its key.
        source.lines[inner] = line
        values[key] = _value(value_node, inner, source, problems)
    return values


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
