"""Keeps the record of every REST request received and every webhook sent; decides nothing."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

Pairs = tuple[tuple[str, str], ...]


@dataclass
class RestEntry:
    """One REST request and its answer. ``effect`` tells whether the operation was carried out."""

    method: str
    path: str
    params: Pairs
    number: int = 0
    at: float = field(default_factory=time.time)
    template: str = ""
    status: int = 0
    code: int | None = None
    fault: str = ""
    effect: bool = False
    duration_ms: float = 0.0
    body: object = None

    def param(self, name: str, default: str = "") -> str:
        return dict(self.params).get(name, default)


@dataclass
class WebhookEntry:
    """One webhook: ``event`` is its event's name.

    ``kind`` is ``twiml``, ``call``, ``conference``, ``recording`` or ``amd``.
    """

    kind: str
    event: str
    key: str
    method: str
    url: str
    params: Pairs
    number: int = 0
    at: float = field(default_factory=time.time)
    signature: str = ""
    status: int = 0
    error: str = ""
    fault: str = ""
    copy_of: int | None = None
    sent: bool = False
    duration_ms: float = 0.0
    answer: str = ""

    def param(self, name: str, default: str = "") -> str:
        return dict(self.params).get(name, default)


class Journal:
    """Record of one carrier, in memory and, when asked, one JSON object a line in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self.rest: list[RestEntry] = []
        self.webhooks: list[WebhookEntry] = []
        self._numbers = itertools.count(1)
        self._file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def add_rest(self, entry: RestEntry) -> RestEntry:
        entry.number = next(self._numbers)
        self.rest.append(entry)
        return entry

    def add_webhook(self, entry: WebhookEntry) -> WebhookEntry:
        entry.number = next(self._numbers)
        self.webhooks.append(entry)
        return entry

    def write(self, entry: RestEntry | WebhookEntry) -> None:
        """Put a settled entry in the file: called once its outcome is known."""
        if self._file is not None:
            what = "rest" if isinstance(entry, RestEntry) else "webhook"
            self._file.write(json.dumps({"what": what, **asdict(entry)}) + "\n")

    def sent(self, kind: str = "", event: str = "") -> Iterator[WebhookEntry]:
        """Give the webhooks that were really sent, copies included, in the order of sending."""
        for entry in self.webhooks:
            if entry.sent and kind in ("", entry.kind) and event in ("", entry.event):
                yield entry

    def requests(self, method: str = "", template_ends: str = "") -> Iterable[RestEntry]:
        """Give the REST requests of one method whose path template ends as told."""
        for entry in self.rest:
            if method in ("", entry.method) and entry.template.endswith(template_ends):
                yield entry

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
