"""The page of the outbox: what would have been sent, in a deployment that sends nothing.

A deployment that writes to customers has no such page, whatever routes lead to it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from centralino.application.ports import Item
from centralino.domain.errors import NotFound
from centralino.runtime import delivery, pages

PATH = "/v1/public/outbox"

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(PATH, include_in_schema=False)
def see_outbox() -> Response[Any]:
    """Show what would have been sent, the latest first."""
    outbox = delivery.outbox()
    if outbox is None:
        raise NotFound("there is no such address", code="no_route")
    rows = "".join(_row(item) for item in outbox.kept())
    body = f"<h1>Outbox</h1>{rows or '<p>Nothing has been sent yet.</p>'}"
    return pages.response(200, pages.document("en", "Outbox", body))


def _row(item: Item) -> str:
    held = item.attributes
    at = datetime.fromtimestamp(int(held["at"]) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    about = f"{held['kind']} ({held['purpose']}, {held['language']}) to {held['to']}, {at}"
    subject = f"<p><strong>{escape(str(held['subject']))}</strong></p>" if held["subject"] else ""
    return (
        f"<section><h2>{escape(about)}</h2>{subject}"
        f'<p class="said">{_linked(str(held["text"]))}</p></section>'
    )


def _linked(text: str) -> str:
    """Return a text whose addresses can be followed."""
    words = [
        f'<a href="{escape(word)}">{escape(word)}</a>'
        if word.startswith(("https://", "http://"))
        else escape(word)
        for word in text.split(" ")
    ]
    return " ".join(words)
