"""The business rules in force, read from the ``config`` table and kept for a while.

A published version never changes, so it is kept for good; which version is in force is read
again after :data:`FRESH_MS`.
"""

from __future__ import annotations

from typing import Any

from centralino.adapters.dynamodb.errors import translated
from centralino.adapters.dynamodb.mapping import plain_item
from centralino.adapters.dynamodb.tables import Tables
from centralino.application.ports import Clock
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import NotFound

FRESH_MS = 30_000
KEY = "rules"
CURRENT = "current"


class DynamoConfiguration:
    """The port ``ConfigurationSource`` on one DynamoDB table, and its publisher."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._model = tables.config
        self._clock = clock
        self._versions: dict[int, Configuration] = {}
        self._current = 0
        self._read_at: int | None = None

    def current(self) -> Configuration:
        """Return the configuration in force, at most 30 s old."""
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= FRESH_MS:
            self._current = int(self._body(CURRENT)["version"])
            self._read_at = now
        return self.version(self._current)

    def version(self, number: int) -> Configuration:
        """Return a published version, or raise ``NotFound``."""
        if number not in self._versions:
            self._versions[number] = decode(self._body(_name(number))["document"])
        return self._versions[number]

    def publish(self, configuration: Configuration) -> None:
        """Write a version and put it in force.

        The version is written first and never overwritten: whoever reads ``current`` finds it.
        """
        name = _name(configuration.version)
        record = self._model(KEY, name, body={"document": encode(configuration)})
        with translated():
            record.save(condition=self._model.version.does_not_exist())
            self._model(KEY, CURRENT, body={"version": configuration.version}).save()
        self._read_at = None

    def _body(self, name: str) -> dict[str, Any]:
        with translated():
            response = self._model._get_connection().get_item(KEY, name, consistent_read=True)
        item = response.get("Item")
        if not item:
            raise NotFound("no configuration has been published", code="no_configuration")
        body: dict[str, Any] = plain_item(item)["d"]
        return body


def _name(number: int) -> str:
    return f"{number:010d}"
