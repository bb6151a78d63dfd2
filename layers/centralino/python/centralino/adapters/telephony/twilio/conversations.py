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
#: For how long, and how often, what was not answered is looked for. A call that is redirected is in
#: its conversation about a second later.
SETTLE_S = 1.5
_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Participant:
    """A leg in a conversation, or on the way into it; the caller's has no label."""

    call: str
    label: str | None
    connected: bool = False
    conference: str = ""


def unless(
    operation: Operation,
    done: Callable[[], bool],
    act: Callable[[], None],
    *,
    named: bool = False,
) -> None:
    """Act unless it is done; when the outcome is unknown, wait and look before acting again.

    A request that was not answered may take effect a moment later: only what has not within
    :data:`SETTLE_S` is asked for once more.

    Parameters
    ----------
    named : bool
        What is made has a name that the carrier gives once only: then there is no need to wait.
    """
    if done():
        return
    for attempt in range(1, _TRIES + 1):
        try:
            act()
        except OutcomeUnknown:
            if done() if named else _turned_out(operation, done):
                return
            if attempt == _TRIES:
                raise TransientDependency("it is unknown whether the carrier did it") from None
        else:
            return


def _turned_out(operation: Operation, done: Callable[[], bool]) -> bool:
    """Tell whether something turns out to be done, looking for as long as it may take."""
    for _ in range(_LOOKS):
        operation.wait(SETTLE_S / _LOOKS)
        if done():
            return True
    return False


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

    unless(operation, there, ring, named=True)


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
