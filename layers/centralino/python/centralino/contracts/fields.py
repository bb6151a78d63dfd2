"""The values that files of rules are made of: durations, names, languages."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"(\d+)(ms|s|m|h)")


def _milliseconds(value: Any) -> Any:
    if value == 0 and not isinstance(value, bool):
        return 0
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a duration such as "500ms", "20s", "5m" or "1h" is needed')
    return int(found[1]) * _UNITS_MS[found[2]]


Duration = Annotated[
    int,
    BeforeValidator(_milliseconds),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["20s", "5m", 0]}),
]
"""``500ms``, ``20s``, ``5m``, ``1h`` or 0; milliseconds once read."""

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Language = Annotated[str, Field(pattern="^(en|it)$")]
Texts = Annotated[dict[Language, Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class Part(BaseModel):
    """Base of every part of a file: an unknown key is a mistake, not an extension."""

    model_config = ConfigDict(extra="forbid", frozen=True)
