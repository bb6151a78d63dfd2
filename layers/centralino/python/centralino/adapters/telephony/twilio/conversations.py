"""Conversations at the carrier: which conference, who is in it, and what must not happen twice.

A conversation is a conference whose friendly name is the contact id, a child's that of its parent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from centralino.adapters.telephony.twilio.api import Gone, Operation, OutcomeUnknown, Refused
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import TransientDependency

PAGE_SIZE = "50"
_LIVE = frozenset({"init", "in-progress"})
# "Participant label is in use by another participant": this leg is there already.
_LABEL_IN_USE = 16026
#: A request that must not be repeated blindly is tried again once, after looking.
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Participant:
    """A leg in a conversation, or on the way into it; the caller's has no label."""

    call: str
    label: str | None
    connected: bool = False
    conference: str = ""


def unless(done: Callable[[], bool], act: Callable[[], None]) -> None:
    """Act unless it is done; when the outcome is unknown, look again before acting again."""
    for attempt in range(1, _TRIES + 1):
        if done():
            return
        try:
            act()
        except OutcomeUnknown:
            if attempt == _TRIES:
                break
        else:
            return
    if not done():
        raise TransientDependency("it is unknown whether the carrier did it")


def ring_in(
    operation: Operation,
    contact: Contact,
    label: str,
    form: Sequence[tuple[str, str]],
    before: Callable[[Sequence[Participant]], None] | None = None,
) -> None:
    """Ring a leg into the conversation, unless one with this label is there already.

    Parameters
    ----------
    before : callable, optional
        Done before it rings, told who is there.

    Raises
    ------
    TransientDependency
        It is unknown whether it rings, or it does not and may later.
    CentralinoError
        The carrier refuses for good (code ``carrier_refused``).
    """

    seen: list[Participant] = []

    def there() -> bool:
        seen[:] = participants(operation, contact)
        return any(one.label == label for one in seen)

    def ring() -> None:
        if before is not None:
            before(seen)
        try:
            operation.post_once(f"/Conferences/{room(contact)}/Participants.json", form)
        except Refused as refusal:
            if refusal.number != _LABEL_IN_USE:
                raise

    unless(there, ring)


def room(contact: Contact) -> str:
    """Return the name of the conference in which the contact's conversation is."""
    return contact.parent or contact.id


def conferences(operation: Operation, contact: Contact) -> Iterator[str]:
    """Yield the SIDs of the contact's conferences that are not over."""
    query = {"FriendlyName": room(contact), "PageSize": PAGE_SIZE}
    for conference in rows(operation.get("/Conferences.json", query), "conferences"):
        if conference.get("status") in _LIVE:
            yield str(conference["sid"])


def participants(operation: Operation, contact: Contact) -> Iterator[Participant]:
    """Yield who is in the contact's conversation, or on the way into it."""
    for conference in conferences(operation, contact):
        yield from in_conference(operation, conference)


def in_conference(operation: Operation, conference: str) -> Iterator[Participant]:
    path = f"/Conferences/{conference}/Participants.json"
    try:
        page = operation.get(path, {"PageSize": PAGE_SIZE})
    except Gone:
        return  # it ended while we looked
    for row in rows(page, "participants"):
        connected = row.get("status") == "connected"
        call = str(row.get("call_sid"))
        yield Participant(call, row.get("label"), connected, conference)


def end_call(operation: Operation, call: str) -> None:
    """End a leg in whatever state: ``completed`` also cancels one that rings."""
    with suppress(Gone):
        operation.repeatable_post(f"/Calls/{call}.json", [("Status", "completed")])


def rows(page: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = page.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
