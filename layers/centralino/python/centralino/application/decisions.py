"""The history of a contact's decisions: filed once per offer, read when somebody asks why.

It lies in ``ops`` under ``decisions#<contact>``, one small item per offer, written by the relay
from the image that carries the offer anyway. The alternatives are worse: kept on the contact it
would make every later write of that item dearer, and soon of a second kilobyte; read from the
events it would need an archive replay for each question. So it costs one write unit per offer,
off the path of the call and outside its budget, and it appears when the relay has run: what is
not filed yet but still on the contact is added on reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application.app import App
from centralino.application.ports import Item, Operations
from centralino.domain.contacts.machine import RETENTION_S
from centralino.domain.contacts.model import Contact, Decision
from centralino.domain.ids import contact_of_offer
from centralino.domain.routing.explain import Decided


def file(app: App, contacts: Sequence[Contact]) -> None:
    """File the decision of every offer these writes made. Filing twice changes nothing.

    Raises
    ------
    TransientDependency
        It could not be written; the same writes must come again.
    """
    app.fan_out(app.operations.put, [_item(decided) for c in contacts for decided in _made(c)])


def history(operations: Operations, contact: Contact) -> list[Decided]:
    """Return every decision about a contact, oldest first, those of its parties included."""
    others = {contact_of_offer(segment.rid) for segment in contact.segments}
    found: dict[str, Decided] = {}
    for name in sorted(others | {contact.id}):
        for item in operations.list(partition(name)):
            found[str(item.attributes["rid"])] = _decided(item)
    for decided in _in_force(contact):
        found.setdefault(decided.rid, decided)
    return sorted(found.values(), key=lambda d: (d.at, d.rid))


def partition(contact_id: str) -> str:
    """Return the ``ops`` partition of a contact's decisions."""
    return f"decisions#{contact_id}"


def _made(contact: Contact) -> list[Decided]:
    """Return the decision that this very write made, if it is an offer."""
    if not any(event.type == "ContactOffered" for event in contact.events):
        return []
    return _in_force(contact)


def _in_force(contact: Contact) -> list[Decided]:
    if contact.decision is None or contact.rid is None or contact.agent is None:
        return []
    if contact_of_offer(contact.rid) != contact.id:
        return []  # taken over from a party, which has a decision of its own
    made_at = contact.updated_at
    since = contact.enqueued_at if contact.enqueued_at is not None else contact.created_at
    return [
        Decided(
            rid=contact.rid,
            agent=contact.agent,
            queue=contact.queue or "",
            at=made_at,
            waited_ms=max(0, made_at - since),
            leg=contact.leg,
            decision=contact.decision,
        )
    ]


def _item(decided: Decided) -> Item:
    contact, _, number = decided.rid.partition("#")
    return Item(
        partition(contact),
        f"{int(number):09d}",
        {
            "rid": decided.rid,
            "a": decided.agent,
            "q": decided.queue,
            "t": decided.at,
            "w": decided.waited_ms,
            "l": decided.leg,
            "r": decided.decision.rule,
            "s": decided.decision.step,
            "c": [list(candidate) for candidate in decided.decision.candidates],
        },
        ttl=decided.at // 1000 + RETENTION_S,
    )


def _decided(item: Item) -> Decided:
    stored = item.attributes
    candidates = tuple((str(agent), str(why)) for agent, why in stored["c"])
    return Decided(
        rid=str(stored["rid"]),
        agent=str(stored["a"]),
        queue=str(stored["q"]),
        at=int(stored["t"]),
        waited_ms=int(stored["w"]),
        leg=int(stored["l"]),
        decision=Decision(str(stored["r"]), int(stored["s"]), candidates),
    )
