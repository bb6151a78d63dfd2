"""The business rules in the ``config`` table: read by every function, published by operators.

======== ============== ===================================================================
``k``    ``v``          ``d``
======== ============== ===================================================================
rules    current        ``{version}``: which release is in force
rules    0000000007     ``{document, release: {base, at, by, note, digest, restores}}``
sources  SHA-256        ``{text}``: the file a release was made from, kept once
======== ============== ===================================================================

A release and the pointer to it are one transaction: nobody reads one without the other, and of
two people who publish over the same release one wins. A release never changes, so it is kept for
good; which one is in force is read again after :data:`FRESH_MS`.
"""

from __future__ import annotations

from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.transactions import TransactWrite

from centralino.adapters.dynamodb.attributes import typed
from centralino.adapters.dynamodb.errors import translated
from centralino.adapters.dynamodb.mapping import plain_item
from centralino.adapters.dynamodb.models import ConfigModel
from centralino.adapters.dynamodb.tables import Tables
from centralino.application.ports import Clock
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.releases import Release
from centralino.domain.errors import NotFound

FRESH_MS = 30_000
KEY = "rules"
CURRENT = "current"
SOURCES = "sources"
_HEADER = ("base", "at", "by", "note", "digest", "restores")


class DynamoConfiguration:
    """The ports ``ConfigurationSource`` and ``Releases`` on one DynamoDB table."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._model = tables.config
        self._connection = tables.connection
        self._clock = clock
        self._releases: dict[int, Release] = {}
        self._current = 0
        self._read_at: int | None = None

    # ------------------------------------------------------------------ ConfigurationSource

    def current(self) -> Configuration:
        """Return the configuration in force, at most 30 s old."""
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= FRESH_MS:
            number = self._pointer()
            if number is None:
                raise NotFound("no configuration has been published", code="no_configuration")
            self._current, self._read_at = number, now
        return self.version(self._current)

    def version(self, number: int) -> Configuration:
        """Return a published version, or raise ``NotFound``."""
        return self.release(number).rules

    def superseded(self, since: int) -> list[Configuration]:
        """Return the versions in force at any time since then but the one in force now."""
        release = self.release(self.current().version)
        found: list[Configuration] = []
        while release.at > since and release.base:
            release = self.release(release.base)
            found.append(release.rules)
        return found

    # ------------------------------------------------------------------ Releases

    def in_force(self) -> Release | None:
        """Return the release in force at this moment, if there is one."""
        number = self._pointer()
        return self.release(number) if number is not None else None

    def release(self, number: int) -> Release:
        """Return a release, or raise ``NotFound``."""
        if number not in self._releases:
            body = self._body(KEY, _name(number))
            if body is None:
                raise NotFound(f"there is no version {number}", code="unknown_version")
            header = body.get("release", {})
            known = {name: header[name] for name in _HEADER if header.get(name) is not None}
            self._releases[number] = Release(decode(body["document"]), **known)
        return self._releases[number]

    def source(self, digest: str) -> str | None:
        """Return the file with this digest, if it was kept."""
        body = self._body(SOURCES, digest) if digest else None
        return str(body["text"]) if body is not None else None

    def put_in_force(self, release: Release, source: str | None = None) -> None:
        """Write a release over the one it names as its base.

        The file comes first: named by its own digest, it does no harm if nothing follows.

        Raises
        ------
        Conflict
            Another release is in force, or the number is taken.
        TransientDependency
            It is unknown whether it was written.
        """
        header = {name: getattr(release, name) for name in _HEADER}
        body = {"document": encode(release.rules), "release": header}
        with translated():
            if source is not None:
                self._model(SOURCES, release.digest, body={"text": source}).save()
            with TransactWrite(connection=self._connection) as transaction:
                transaction.save(
                    self._model(KEY, _name(release.number), body=body),
                    condition=ConfigModel.version.does_not_exist(),
                )
                transaction.save(
                    self._model(KEY, CURRENT, body={"version": release.number}),
                    condition=_over(release.base),
                )
        self._read_at = None

    def _pointer(self) -> int | None:
        body = self._body(KEY, CURRENT)
        return int(body["version"]) if body is not None else None

    def _body(self, key: str, version: str) -> dict[str, Any] | None:
        with translated():
            response = self._model._get_connection().get_item(key, version, consistent_read=True)
        item = response.get("Item")
        body: dict[str, Any] | None = plain_item(item)["d"] if item else None
        return body


def _over(base: int) -> Condition:
    """Return the condition that the release in force is this one; 0: that there is none."""
    if not base:
        return ConfigModel.version.does_not_exist()
    return Path([ConfigModel.body.attr_name, "version"]) == typed(base)


def _name(number: int) -> str:
    return f"{number:010d}"
