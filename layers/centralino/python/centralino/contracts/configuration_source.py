"""YAML text as plain values, with the line each of them stands on.

It decides how YAML is read: strictly. Only ``true``, ``false``, ``null`` and numbers are anything
but text, so that a country ``NO``, a time ``09:00`` or a date stays what was written; a key given
twice is an error. It knows nothing of what the values mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from centralino.domain.errors import InvalidRequest

Path: TypeAlias = tuple[str | int, ...]
T = TypeVar("T", bound=BaseModel)

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_CAME_FROM = re.compile(r"\s*#@ (\d+) ?(.*)")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a file.

    ``file`` is empty, or another file than the one that is read, from the folder of that one.
    """

    line: int
    where: str
    reason: str
    file: str = ""

    def text(self, source: str) -> str:
        """Return ``file:line: where: reason``."""
        where = f"{self.where}: " if self.where else ""
        file = FilePath(source).parent / self.file if self.file else source
        return f"{file}:{self.line}: {where}{self.reason}"


class ConfigurationError(InvalidRequest):
    """The configuration is refused whole; ``problems`` says why, by line."""

    code = "invalid_configuration"

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = sorted(problems, key=lambda p: (p.file, p.line, p.where, p.reason))
        super().__init__("\n".join(problem.text(source) for problem in self.problems))


@dataclass(slots=True)
class Source:
    """A file's plain values and where each path of them stands."""

    name: str
    tree: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    origins: Mapping[int, tuple[str, int]] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """Return the line of the nearest thing on this path that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, reason: str) -> Problem:
        """Return a problem at a path."""
        line, where = self.line_of(path), ".".join(str(part) for part in path)
        return self.at(line, where, reason)

    def at(self, line: int, where: str, reason: str) -> Problem:
        """Return a problem in a line, or where that line came from."""
        file, origin = self.origins.get(line, ("", line))
        return Problem(origin, where, reason, file)


def read(text: str, name: str) -> Source:
    """Return the values of YAML text.

    Raises
    ------
    ConfigurationError
        It is no YAML, holds a key twice or a tag of its own.
    """
    source = Source(name, origins=_origins(text))
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigurationError(name, [source.at(line, "", str(error.problem))]) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(name, [Problem(1, "", str(error))]) from error
    if root is None:
        raise ConfigurationError(name, [Problem(1, "", "the file is empty")])
    problems: list[Problem] = []
    source.tree = _value(root, (), source, problems)
    if problems:
        raise ConfigurationError(name, problems)
    return source


def file_text(path: FilePath) -> str:
    """Return the text of a file, byte for byte but for its line ends.

    Raises
    ------
    ConfigurationError
        It cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(str(path), [Problem(1, "", error.strerror or "")]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(str(path), [Problem(1, "", "not UTF-8 text")]) from error


def came_from(file: str, line: int) -> str:
    """Return the comment that says where the lines after it came from."""
    return f"#@ {line} {file}"


def validated(model: type[T], source: Source) -> T:
    """Return a file's values as a model.

    Raises
    ------
    ConfigurationError
        They are none.
    """
    try:
        return model.model_validate(source.tree)
    except ValidationError as error:
        raise ConfigurationError(
            source.name,
            [
                source.problem(
                    place(found["loc"], source.tree, missing=found["type"] == "missing"),
                    reason(found),
                )
                for found in error.errors(include_url=False, include_input=False)
            ],
        ) from error


def place(location: tuple[int | str, ...], tree: Any, *, missing: bool) -> tuple[int | str, ...]:
    """Return where in a file an error is: its location without the names of alternatives."""
    path: list[int | str] = []
    at = tree
    for index, part in enumerate(location):
        inside = _inside(at, part)
        following = location[index + 1] if index + 1 < len(location) else None
        if _inside(inside, following) is None and _inside(at, following) is not None:
            continue  # an alternative that bears the name of one of its own keys
        if inside is None and not (missing and index == len(location) - 1):
            continue
        at = inside
        path.append(part)
    return tuple(path)


def _inside(tree: Any, part: int | str | None) -> Any:
    if isinstance(tree, dict):
        return tree.get(part)
    within = isinstance(tree, list) and isinstance(part, int) and part < len(tree)
    return tree[part] if within and isinstance(part, int) else None


def reason(found: Mapping[str, Any]) -> str:
    """Return what an error says, in the words of this product."""
    kind, message = found["type"], str(found["msg"])
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "is missing"
    if kind == "union_tag_invalid":
        known = str(found["ctx"]["expected_tags"]).replace("'", "")
        return f"unknown step {found['ctx']['tag']!r} (there is {known})"
    if kind == "union_tag_not_found":
        return "what this step does is missing (do)"
    return message.removeprefix("Value error, ")


def _origins(text: str) -> dict[int, tuple[str, int]]:
    """Return for lines that came from another file which one, and the line there."""
    found: dict[int, tuple[str, int]] = {}
    file, ahead = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        mark = _CAME_FROM.fullmatch(line)
        if mark is not None:
            file, ahead = mark[2] or "", int(mark[1])
        elif file:
            found[number] = (file, ahead)
            ahead += 1
        elif ahead:
            # Back in the file itself, whose lines have moved.
            found[number] = ("", ahead)
            ahead += 1
    return found


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
            problems.append(source.at(line, ".".join(map(str, path)), "a key must be text"))
            continue
        key = str(key_node.value)
        inner = (*path, key)
        if key in values:
            first = source.lines[inner]
            where = ".".join(map(str, inner))
            problems.append(source.at(line, where, f"given twice, first in line {first}"))
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
