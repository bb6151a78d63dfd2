"""Every request to the tables with what it consumed, recounted from the items themselves.

For tests and benchmarks: before and after each write the items concerned are read again, and the
difference is weighed by the rules of :mod:`centralino.adapters.wire.sizes`. That is slow, and exact
only while nobody else writes. A process that never opens a log pays nothing for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from centralino.adapters import wire
from centralino.adapters.dynamodb.mapping import plain_item
from centralino.adapters.dynamodb.tables import Tables

_EVENT = "provide-client-params.dynamodb.*"
_DONE = "after-call.dynamodb.*"
_FAILED = "after-call-error.dynamodb.*"
_CONTEXT = "centralino-request-log"
_TRANSACTION = "TransactWriteItems"

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what it asked for, of which tables, and what it consumed.

    ``sent`` counts the tries; only the last one is known to have consumed anything.
    """

    operation: str
    tables: tuple[str, ...]
    write_units: float
    read_units: float
    ok: bool
    sent: int
    command: str | None = None


@dataclass(slots=True)
class _Write:
    table: str
    key: dict[str, Any]
    before: wire.Weight | None


class RequestLog:
    """Records the requests of bound tables while it is open.

    Examples
    --------
    >>> with RequestLog(tables) as log:                              # doctest: +SKIP
    ...     with log.command("claim"):
    ...         store.claim(claim)
    >>> log.units("claim")                                           # doctest: +SKIP
    6.0
    """

    def __init__(self, tables: Tables) -> None:
        self.requests: list[Request] = []
        self._client: Any = tables.connection.client
        self._shapes: dict[str, tuple[tuple[str, ...], wire.IndexShape | None]] = {
            tables.contacts.Meta.table_name: (("c",), wire.WAITING),
            tables.agents.Meta.table_name: (("a",), wire.AVAILABLE),
            tables.config.Meta.table_name: (("k", "v"), None),
            tables.operations.Meta.table_name: (("pk", "sk"), None),
        }
        self._command: str | None = None
        self._silent = False

    def __enter__(self) -> RequestLog:
        events = self._client.meta.events
        events.register(_EVENT, self._started)
        events.register(_DONE, self._answered)
        events.register(_FAILED, self._unanswered)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        events = self._client.meta.events
        events.unregister(_EVENT, self._started)
        events.unregister(_DONE, self._answered)
        events.unregister(_FAILED, self._unanswered)

    @contextmanager
    def command(self, name: str) -> Iterator[None]:
        """Attribute the requests inside to a command."""
        outer, self._command = self._command, name
        try:
            yield
        finally:
            self._command = outer

    def units(self, command: str | None = None) -> float:
        """Return the write units of a command, or of everything."""
        return sum(r.write_units for r in self.requests if command in (None, r.command))

    def save(self, path: Path) -> None:
        """Write the requests as JSON lines."""
        path.write_text("".join(json.dumps(asdict(request)) + "\n" for request in self.requests))

    def _started(
        self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any
    ) -> None:
        if not self._silent:
            context[_CONTEXT] = (params, [self._before(w) for w in _writes(model.name, params)])

    def _answered(
        self,
        http_response: Any,
        parsed: dict[str, Any],
        model: Any,
        context: dict[str, Any],
        **_: Any,
    ) -> None:
        if _CONTEXT in context:
            ok = http_response.status_code < 300
            sent = 1 + int(parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0))
            self._record(model.name, context[_CONTEXT], ok=ok, sent=sent, answer=parsed)

    def _unanswered(self, context: dict[str, Any], model: Any = None, **_: Any) -> None:
        if _CONTEXT in context:
            name = model.name if model is not None else "?"
            self._record(name, context[_CONTEXT], ok=False, sent=1, answer={})

    def _record(
        self, operation: str, started: Any, *, ok: bool, sent: int, answer: dict[str, Any]
    ) -> None:
        params, writes = started
        tables = tuple(w.table for w in writes) or (params.get("TableName", "?"),)
        in_transaction = operation == _TRANSACTION
        write_units = sum(self._units(write, in_transaction, ok=ok) for write in writes)
        read_units = 0.0 if writes else _read_units(params, answer)
        self.requests.append(
            Request(operation, tables, write_units, read_units, ok, sent, self._command)
        )

    def _before(self, write: tuple[str, Item]) -> _Write:
        table, content = write
        key = {name: content[name] for name in self._shapes[table][0]}
        return _Write(table, key, self._weigh(table, key))

    def _units(self, write: _Write, transaction: bool, *, ok: bool) -> int:
        shape = self._shapes[write.table][1]
        if not ok:
            return wire.write_units(write.before, None, transaction=transaction)
        after = self._weigh(write.table, write.key)
        return wire.write_units(write.before, after, transaction=transaction, index=shape)

    def _weigh(self, table: str, key: dict[str, Any]) -> wire.Weight | None:
        self._silent = True
        try:
            found = self._client.get_item(TableName=table, Key=key, ConsistentRead=True)
        finally:
            self._silent = False
        item = found.get("Item")
        return wire.weigh(plain_item(item), self._shapes[table][1]) if item else None


def _writes(operation: str, params: dict[str, Any]) -> list[tuple[str, Item]]:
    """Return table and key-bearing content of each write of a request."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [(params["TableName"], params.get("Item") or params["Key"])]
    if operation == _TRANSACTION:
        parts = [part for entry in params["TransactItems"] for part in entry.values()]
        return [(part["TableName"], part.get("Item") or part["Key"]) for part in parts]
    return []


def _read_units(params: dict[str, Any], answer: dict[str, Any]) -> float:
    items = answer.get("Items", [answer["Item"]] if answer.get("Item") else [])
    size = sum(wire.item_size(plain_item(item)) for item in items)
    return wire.read_units(size, consistent=bool(params.get("ConsistentRead")))
