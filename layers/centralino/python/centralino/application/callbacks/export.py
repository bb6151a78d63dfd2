"""Callbacks as CSV or JSON lines, a row at a time.

No number and nothing else that names a person goes out unless whoever asks may see numbers: then
there is one more column, and only open requests have something in it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from centralino.application.app import App
from centralino.application.callbacks import items
from centralino.application.callbacks.ledger import Row
from centralino.contracts.envelope import iso

CSV, JSON_LINES = "csv", "jsonl"
COLUMNS = (
    "callback_id",
    "contact_id",
    "previous",
    "business_unit",
    "queue",
    "topic",
    "state",
    "reason",
    "requested_at",
    "not_before",
    "until",
    "window_start",
    "window_end",
    "attempts",
    "agent",
    "preferred",
    "ended_at",
)
NUMBER = "number"
#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WORDS = ("topic", "reason")


def lines(
    app: App, rows: Iterable[Row], form: str, *, numbers: bool = False, heading: bool = True
) -> Iterator[str]:
    """Yield the lines of an export, each with its end.

    Parameters
    ----------
    form : str
        ``csv`` (with a heading) or ``jsonl``.
    numbers : bool
        Whether whoever asks may see the customers' numbers.
    heading : bool
        Whether a CSV begins with its column names: not where it goes on from another page.
    """
    columns = (*COLUMNS, NUMBER) if numbers else COLUMNS
    if form == CSV and heading:
        yield _csv(columns)
    for row in rows:
        values = _values(row)
        if numbers:
            still = row.ended_at is None
            number = items.number_of(app, row.contact_id, row.queue) if still else None
            values[NUMBER] = number
        if form == CSV:
            yield _csv(_safe(name, values[name]) for name in columns)
        else:
            yield json.dumps({name: values[name] for name in columns}, ensure_ascii=False) + "\n"


def _values(row: Row) -> dict[str, str | int | None]:
    start, end = row.window or (None, None)
    moments = {
        "requested_at": row.requested_at,
        "not_before": row.not_before,
        "until": row.until,
        "window_start": start,
        "window_end": end,
        "ended_at": row.ended_at,
    }
    return {
        "callback_id": row.callback_id,
        "contact_id": row.contact_id,
        "previous": row.previous,
        "business_unit": row.business_unit,
        "queue": row.queue,
        "topic": row.topic,
        "state": row.state,
        "reason": row.reason,
        "attempts": row.attempts,
        "agent": row.agent,
        "preferred": row.preferred,
        **{name: iso(at) if at is not None else None for name, at in moments.items()},
    }


def _safe(name: str, value: str | int | None) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if name in _WORDS and text.startswith(_FORMULA) else text


def _csv(values: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()
