"""The number a call came from, kept for as long as the caller may ask to be called back at it.

It is kept apart from the contact, which knows its caller by an opaque id alone, only where a flow
offers to call back, and no longer than the call. What is called back has the number by then.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.overflow import asks
from centralino.domain.contacts.model import Contact, Direction
from centralino.domain.flows.model import Flow, Flows, OfferCallback, PickTime, Run

#: Longer than anybody waits in line: for a call whose end nobody was told of.
TTL_S = 6 * 3600
_SORT_KEY = "number"


def kept(
    app: App, configuration: Configuration, flow: str, contact_id: str, number: str
) -> Item | None:
    """Return what keeps the number of a call that may be asked about being called back.

    By its flow, by one that it runs, or by a queue that cannot take it or keeps it too long.
    """
    asked = _asked_for(configuration.flows, flow) or any(map(asks, configuration.queues.values()))
    if not number.startswith("+") or not asked:
        return None
    ttl = app.clock.now() // 1000 + TTL_S
    return Item(_place(contact_id), _SORT_KEY, {"number": number}, ttl=ttl)


def number_of(app: App, contact_id: str) -> str | None:
    """Return the number a call came from; ``None`` where it is not kept, or not any more."""
    item = app.operations.get(_place(contact_id), _SORT_KEY)
    return None if item is None else str(item.attributes["number"])


def forget_ended(app: App, contacts: Sequence[Contact]) -> None:
    """Delete the numbers of those of these contacts that have ended, as the relay sees them.

    What is gone already is done, so that the same writes may come again.
    """
    flows = app.configuration.current().flows
    ended = {one.id for one in contacts if one.ended and one.subject is not None and _called(one)}
    if ended and any(_offers(flow) for flow in flows.values()):
        app.fan_out(lambda id_: app.operations.delete(_place(id_), _SORT_KEY), sorted(ended))


def _called(contact: Contact) -> bool:
    return contact.parent is None and contact.direction is Direction.INBOUND


def _asked_for(flows: Flows, root: str) -> bool:
    seen: set[str] = set()
    ahead = [root]
    while ahead:
        name = ahead.pop()
        if name in seen or name not in flows:
            continue
        seen.add(name)
        if _offers(flows[name]):
            return True
        steps = flows[name].steps.values()
        ahead += [step.flow for step in steps if isinstance(step, Run)]
    return False


def _offers(flow: Flow) -> bool:
    return any(isinstance(step, OfferCallback | PickTime) for step in flow.steps.values())


def _place(contact_id: str) -> str:
    return f"caller#{contact_id}"
