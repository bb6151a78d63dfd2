"""Write units per call, counted from the writes that the tables' streams show.

Decides which line of the budget a write belongs to, and weighs it by the published rules of
DynamoDB (`centralino.adapters.wire.sizes`): started kilobytes of the larger image, twice within
a transaction, plus what the index costs. A stream gives every committed write in order with the
image it left, so the image before it is known too; the only transactions are claims, which are
recognised by what they wrote. Nothing the product says of itself is used.

A write whose condition failed is charged by AWS and is in no stream: it is not counted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from centralino.adapters import wire
from centralino.domain.contacts.model import Contact, ContactState
from local.demo.evidence import Evidence, Write

#: What a call costs from enqueue to close.
CALL_LINES = (
    "enqueue",
    "claim",
    "acknowledge",
    "accept",
    "connect",
    "requeue",
    "hang_up",
    "abandon",
    "close",
    "release",
    "routing",
    "pages",
    "other",
)
#: What is paid whether or not a call is queued: the menu, and agents coming, going and connecting.
OTHER_LINES = ("menu", "presence")

_EVENT_LINES = {
    "ContactOffered": "claim",
    "OfferAccepted": "accept",
    "ContactConnected": "connect",
    "ContactRequeued": "requeue",
    "ContactWrapupStarted": "hang_up",
    "ContactWrapupEnded": "close",
}
_OPERATION_LINES = {
    "open": "menu",
    # What a call between pages keeps instead of a carrier: its number, its socket, who is in it.
    "call": "pages",
    "room": "pages",
    "ticket": "presence",
    "conn": "presence",
    "ag": "presence",
    "roster": "presence",
}


@dataclass(frozen=True, slots=True)
class Usage:
    """Write units by line, and the calls that were queued."""

    lines: dict[str, int]
    queued: int

    @property
    def per_call(self) -> float | None:
        """Write units from enqueue to close, per call that was enqueued."""
        if not self.queued:
            return None
        return sum(self.lines.get(line, 0) for line in CALL_LINES) / self.queued


def count(evidence: Evidence) -> Usage:
    """Weigh every write of a run."""
    lines: Counter[str] = Counter()
    queued: set[str] = set()
    for before, write in _in_pairs(evidence.contact_writes):
        contact = wire.contact_of(write.item) if write.item is not None else None
        line = "other" if contact is None else _contact_line(contact)
        if line == "enqueue":
            queued.add(write.key[0])
        lines[line] += _units(before, write.item, wire.WAITING, transaction=line == "claim")
    for before, write in _in_pairs(evidence.agent_writes):
        line = _agent_line(before, write.item)
        lines[line] += _units(before, write.item, wire.AVAILABLE, transaction=line == "claim")
    for before, write in _in_pairs(evidence.ops_writes):
        line = _OPERATION_LINES.get(write.key[0].partition("#")[0], "routing")
        lines[line] += _units(before, write.item, None, transaction=False)
    return Usage(dict(lines), len(queued))


def _in_pairs(writes: Iterable[Write]) -> Iterable[tuple[wire.Item | None, Write]]:
    """Yield each write with the image it replaced."""
    last: dict[tuple[str, ...], wire.Item | None] = {}
    for write in writes:
        yield last.get(write.key), write
        last[write.key] = write.item


def _units(
    before: wire.Item | None,
    after: wire.Item | None,
    index: wire.IndexShape | None,
    *,
    transaction: bool,
) -> int:
    return wire.write_units(
        wire.weigh(before, index) if before is not None else None,
        wire.weigh(after, index) if after is not None else None,
        transaction=transaction,
        index=index,
    )


def _contact_line(contact: Contact) -> str:
    types = [event.type for event in contact.events]
    if "ContactEnqueued" in types:
        return "enqueue"
    if contact.queue is None:
        return "menu"
    if "ContactAbandoned" in types:
        return "abandon"
    if "ContactClosed" in types:
        return "close"
    line = next((_EVENT_LINES[t] for t in types if t in _EVENT_LINES), None)
    if line is None and contact.state is ContactState.OFFERED:
        return "acknowledge"
    return line or "other"


def _agent_line(before: wire.Item | None, after: wire.Item | None) -> str:
    held: Sequence[str] = list((before or {}).get("slots", {}))
    holds: Sequence[str] = list((after or {}).get("slots", {}))
    if set(holds) - set(held):
        return "claim"
    return "release" if set(held) - set(holds) else "presence"
