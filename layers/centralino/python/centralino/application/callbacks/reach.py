"""How a customer who is to be called back can be written to: kept only while that may be needed.

The number in here outlives the one that is dialled, for the last try is told of after it was in
vain. It goes when the callback ends otherwise, and expires by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from centralino.application import retired
from centralino.application.app import App
from centralino.application.callbacks import items
from centralino.application.callbacks.links import AFTER_MS
from centralino.application.ports import Item
from centralino.domain.callbacks.model import callback_id
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound

#: Kinds of number that take text messages.
TEXTED = frozenset({"mobile", "fixed_or_mobile"})
_NUMBER, _EMAIL = "number", "email"


@dataclass(frozen=True, slots=True)
class Reach:
    """The number (E.164) and the address of a customer, as far as they are kept."""

    number: str | None = None
    email: str | None = None


def of(app: App, callback: str) -> Reach:
    """Return what is kept of a callback's customer."""
    held = {item.sk: item.attributes["to"] for item in app.operations.list(_pk(callback))}
    return Reach(held.get(_NUMBER), held.get(_EMAIL))


def keep_number(app: App, contact: Contact) -> None:
    """Keep the number that is dialled as the one that is written to, while it is there."""
    number = items.number_of(app, contact.id, contact.queue)
    if number is not None:
        _keep(app, contact, _NUMBER, number)


def keep_email(app: App, contact: Contact, email: str) -> None:
    """Keep the address that a customer gave."""
    _keep(app, contact, _EMAIL, email)


def forget(app: App, callback: str) -> None:
    """Forget both."""
    for item in app.operations.list(_pk(callback)):
        app.operations.delete(item.pk, item.sk)


def takes_texts(app: App, number: str) -> bool:
    """Tell whether text messages reach a number (E.164)."""
    described = app.phone(number, number)
    return described is not None and described.kind in TEXTED


def zone_of(app: App, queue: str) -> str:
    """Return the zone in which times of a queue are told: that of its hours, else UTC."""
    configuration = app.configuration.current()
    try:
        own = configuration.hours_of(queue)
    except NotFound:
        own = None
    legal = configuration.hours.get(retired.rules_of(app, queue).callback.hours or "")
    hours = own or legal
    return ZoneInfo(hours.zone).key if hours is not None else "UTC"


def _keep(app: App, contact: Contact, what: str, to: str) -> None:
    callback = contact.callback
    if callback is not None:
        ttl = (callback.until + AFTER_MS) // 1000
        app.operations.put(Item(_pk(callback_id(contact.id)), what, {"to": to}, ttl))


def _pk(callback: str) -> str:
    return f"callback-reach#{callback}"
