"""Callbacks as the API shows them."""

from __future__ import annotations

from typing import Any

from centralino.application.callbacks.desk import Detail
from centralino.application.callbacks.ledger import Row, told_by
from centralino.application.callbacks.listing import Listing
from centralino.contracts.callbacks import (
    AttemptView,
    CallbackRow,
    CallbacksView,
    CallbackView,
    HistoryEntry,
    PromiseView,
)
from centralino.domain.contacts.callbacks import of


def page(found: Listing) -> CallbacksView:
    """Return a page of callbacks."""
    rows = [CallbackRow(**_row(row)) for row in found.rows]
    return CallbacksView(callbacks=rows, cursor=found.cursor)


def detail(of_one: Detail) -> CallbackView:
    """Return a callback with all that happened to it."""
    contact = of_one.contact
    return CallbackView(
        **_row(told_by(contact, of_one.history)),
        version=contact.version,
        attempts=[
            AttemptView(
                number=attempt.number,
                asked_at=attempt.asked_at,
                rang_at=attempt.rang_at,
                answered_at=attempt.answered_at,
                outcome=str(attempt.outcome) if attempt.outcome is not None else None,
            )
            for attempt in of(contact).attempts
        ],
        promises=[
            PromiseView(
                made_at=promise.made_at,
                window_start=promise.window[0],
                window_end=promise.window[1],
                verdict=promise.verdict.value,
                reached_in_window=promise.reached_in_window,
            )
            for promise in of_one.promises
        ],
        history=[
            HistoryEntry(
                at=entry.at,
                sequence=entry.sequence,
                type=entry.type,
                data=dict(entry.data),
                who=entry.who,
                role=entry.role,  # type: ignore[arg-type] # checked by the model
            )
            for entry in of_one.history
        ],
    )


def _row(row: Row) -> dict[str, Any]:
    start, end = row.window or (None, None)
    return {
        "callback_id": row.callback_id,
        "contact_id": row.contact_id,
        "business_unit": row.business_unit,
        "state": row.state,
        "queue": row.queue,
        "topic": row.topic,
        "requested_at": row.requested_at,
        "not_before": row.not_before,
        "until": row.until,
        "window_start": start,
        "window_end": end,
        "agent": row.agent,
        "preferred": row.preferred,
        "previous": row.previous,
        "ended_at": row.ended_at,
        "reason": row.reason,
        "attempt_count": row.attempts,
    }
