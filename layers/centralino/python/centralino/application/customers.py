"""What is known of customers, by subject: the facts on which call flows branch.

A few words each, such as language, segment and priority; no number, no name in full, no history.
They are put here from a file; a flow reads them while the caller listens, so one read must do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from centralino.application.ports import Item, Operations
from centralino.domain.errors import InvalidRequest

MOST_FIELDS = 20
LONGEST_VALUE = 80
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SORT_KEY = "known"


class Directory(Protocol):
    """What is needed of the outside world: a part of ``App``."""

    @property
    def operations(self) -> Operations: ...


def check(fields: Mapping[str, str]) -> None:
    """Check what is to be kept of a customer.

    Raises
    ------
    InvalidRequest
        There are too many fields, or a name or value is none a flow could ask for
        (``invalid_customer``).
    """
    if len(fields) > MOST_FIELDS:
        raise InvalidRequest(f"more than {MOST_FIELDS} fields", code="invalid_customer")
    for name, value in fields.items():
        if _FIELD.fullmatch(name) is None or not 0 < len(value) <= LONGEST_VALUE:
            raise InvalidRequest(f"the field {name[:32]!r} cannot be kept", code="invalid_customer")


def put(app: Directory, subject: str, fields: Mapping[str, str]) -> None:
    """Write what is known of a customer, in place of what was known before.

    Raises ``InvalidRequest`` as :func:`check` does.
    """
    check(fields)
    app.operations.put(Item(_place(subject), _SORT_KEY, dict(fields)))


def known(app: Directory, subject: str) -> dict[str, str]:
    """Return what is known of a customer; nothing of a stranger."""
    item = app.operations.get(_place(subject), _SORT_KEY)
    return {} if item is None else {name: str(value) for name, value in item.attributes.items()}


def forget(app: Directory, subject: str) -> None:
    """Forget what is known of a customer."""
    app.operations.delete(_place(subject), _SORT_KEY)


def _place(subject: str) -> str:
    return f"customer#{subject}"
