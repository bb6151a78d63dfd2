"""Signed links by which a customer sees, moves, cancels or repeats a callback.

A link names the callback, what it is for and when it expires, signed with the deployment's key.
It is a secret of whoever was sent it: whoever follows it may look as often as they like, and
looking changes nothing, for mail filters open every link. Only a form that was shown by the page
changes anything; it carries a signature of its own.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum

from centralino.application.app import App
from centralino.domain import ids
from centralino.domain.callbacks.model import CALLBACK
from centralino.domain.errors import Forbidden

PATH = "/v1/public/callbacks/links"
DAY_MS = 24 * 60 * 60_000
#: How long a link outlives what it is about.
AFTER_MS = 7 * DAY_MS
_SIGNED = "callback-link"
_FORM = "callback-form"
_RADIX = 32
_DIGITS = "0123456789abcdefghijklmnopqrstuv"


class Use(StrEnum):
    """What a link is for."""

    MANAGE = "m"
    AGAIN = "a"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link that is good says."""

    token: str
    callback: str
    use: Use
    expires: int


def token(app: App, callback: str, use: Use, expires: int) -> str:
    """Return the token of a link that is good until ``expires`` (UTC ms)."""
    body = f"{use}{callback.removeprefix(CALLBACK)}{_short(expires // 1000)}"
    return body + _signature(app, body)


def address(app: App, callback: str, use: Use, expires: int) -> str:
    """Return the address that leads a customer to the callback."""
    return f"{app.links.base()}{PATH}/{token(app, callback, use, expires)}"


def read(app: App, presented: str) -> Link:
    """Return what a link says.

    Raises
    ------
    Forbidden
        It is none of ours (``invalid_link``), or too old (``link_expired``).
    """
    body, signature = presented[:-26], presented[-26:]
    known = hmac.compare_digest(signature.encode(), _signature(app, body).encode())
    callback, expires = CALLBACK + body[1:27], _seconds(body[27:])
    if not known or expires is None or body[:1] not in set(Use) or not _is_one(callback):
        raise Forbidden("this link is not one of ours", code="invalid_link")
    if app.clock.now() // 1000 >= expires:
        raise Forbidden("this link is too old", code="link_expired")
    return Link(presented, callback, Use(body[0]), expires * 1000)


def form(app: App, link: Link, action: str) -> str:
    """Return what a form of the page carries: proof that this page showed it."""
    return ids.keyed("", app.links.key(), _FORM, link.token, action)


def require_form(app: App, link: Link, action: str, presented: str) -> None:
    """Refuse a form that the page of this link did not show (``invalid_form``)."""
    if not hmac.compare_digest(presented.encode(), form(app, link, action).encode()):
        raise Forbidden("this form was not shown by us", code="invalid_form")


def _signature(app: App, body: str) -> str:
    return ids.keyed("", app.links.key(), _SIGNED, body)


def _is_one(callback: str) -> bool:
    return ids.is_id(CALLBACK, callback)


def _short(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, _RADIX)
        digits = _DIGITS[digit] + digits
    return digits


def _seconds(text: str) -> int | None:
    try:
        return int(text, _RADIX) if text.isascii() and text.isalnum() and len(text) < 12 else None
    except ValueError:
        return None
