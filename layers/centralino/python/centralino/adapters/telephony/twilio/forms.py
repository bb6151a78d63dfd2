"""Form bodies and query strings, read strictly.

Decides whether bytes are a form and whether a field has the shape it must have. Never decides
what a field means. Error messages name fields, never their values: they may be phone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from centralino.domain.errors import InvalidRequest

MAX_BODY_BYTES = 64 * 1024
#: The carrier sends some forty fields; more than this is not its form.
MAX_FIELDS = 200
FORM = "application/x-www-form-urlencoded"


class Fields(Mapping[str, str]):
    """The fields of a form. A field may repeat; reading it as one value then needs one value."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        values = self._values[name]
        if any(value != values[0] for value in values):
            raise InvalidRequest(f"the field {name} has several values", code="malformed_field")
        return values[0]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str]:
        """Return every value of a field, under the name the signature routine looks for."""
        return self._values[name]

    def need(self, name: str, shape: re.Pattern[str]) -> str:
        """Return a field that must be there and match ``shape`` as a whole."""
        if not self.get(name):
            raise InvalidRequest(f"the field {name} is missing", code="missing_field")
        return self._shaped(name, shape)

    def optional(self, name: str, shape: re.Pattern[str]) -> str | None:
        """Return a field that may be absent or empty, and must match ``shape`` otherwise."""
        return self._shaped(name, shape) if self.get(name) else None

    def _shaped(self, name: str, shape: re.Pattern[str]) -> str:
        value = self[name]
        if shape.fullmatch(value) is None:
            raise InvalidRequest(f"the field {name} is malformed", code="malformed_field")
        return value


def parse_body(body: bytes) -> Fields:
    """Read a form body.

    Raises
    ------
    InvalidRequest
        It is over 64 KB (``body_too_large``), or neither UTF-8 nor a form (``malformed_body``).
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("the body is over 64 KB", code="body_too_large")
    try:
        return _parse(body.decode("utf-8"))
    except ValueError:
        # The cause quotes the offending bytes, which may be a phone number: it is cut off.
        raise InvalidRequest("the body is not a UTF-8 form", code="malformed_body") from None


def parse_query(raw_query: str) -> Fields:
    """Read a query string that is still percent-encoded.

    Raises
    ------
    InvalidRequest
        It is no form (``malformed_query``).
    """
    try:
        return _parse(raw_query)
    except ValueError:
        raise InvalidRequest("the query string is malformed", code="malformed_query") from None


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header whatever its case."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


def is_form(headers: Mapping[str, str]) -> bool:
    """Tell whether the body is declared as a form; no declaration counts as one."""
    declared = header(headers, "content-type")
    return not declared or declared.partition(";")[0].strip().lower() == FORM


def _parse(text: str) -> Fields:
    # Blank values count: the carrier signs them too.
    return Fields(
        parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    )
