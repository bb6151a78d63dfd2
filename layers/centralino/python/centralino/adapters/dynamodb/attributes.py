"""Attribute types of the models: whole numbers, and maps and lists of plain values.

PynamoDB's own raw maps and lists keep a Python object per level; these go straight between plain
values and DynamoDB's typed form, which the stream relay needs without a model as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import LIST, MAP, NUMBER

Typed = dict[str, Any]
"""A DynamoDB value with its type, such as ``{"S": "x"}``."""


def typed(value: Any) -> Typed:
    """Return a plain value in DynamoDB's typed form."""
    if isinstance(value, str):
        return {"S": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": json.dumps(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, Mapping):
        return {"M": {str(k): typed(v) for k, v in value.items()}}
    return {"L": [typed(v) for v in value]}


def plain(value: Mapping[str, Any]) -> Any:
    """Return the plain value of DynamoDB's typed form: the inverse of :func:`typed`."""
    ((kind, content),) = value.items()
    if kind == "N":
        return _number(content)
    if kind == "M":
        return {name: plain(part) for name, part in content.items()}
    if kind == "L":
        return [plain(part) for part in content]
    return None if kind == "NULL" else content


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        # Some implementations answer 1E+3 or 1.0 for what was written as a whole number.
        return int(number) if number.is_integer() and "." not in text else number


class IntegerAttribute(Attribute[int]):
    """A whole number."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        """Return the number as DynamoDB takes it."""
        return str(int(value))

    def deserialize(self, value: str) -> int:
        """Return the number."""
        return int(value)


class PlainMapAttribute(Attribute[Mapping[str, Any]]):
    """A map of plain values."""

    attr_type = MAP

    def serialize(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the map with typed values."""
        return {str(name): typed(part) for name, part in value.items()}

    def deserialize(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the map with plain values."""
        return {name: plain(part) for name, part in value.items()}


class PlainListAttribute(Attribute[Sequence[Any]]):
    """A list of plain values."""

    attr_type = LIST

    def serialize(self, value: Sequence[Any]) -> list[Any]:
        """Return the list with typed values."""
        return [typed(part) for part in value]

    def deserialize(self, value: Sequence[Any]) -> list[Any]:
        """Return the list with plain values."""
        return [plain(part) for part in value]
