"""The number a call came from, kept for as long as the caller may ask to be called back at it.

It is kept apart from the contact, which knows its caller by an opaque id alone, and only where a
flow offers to call back.
"""

from __future__ import annotations

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain.flows.model import Flows, OfferCallback, Run

#: Longer than anybody waits in line.
TTL_S = 6 * 3600
_SORT_KEY = "number"


def keep(app: App, flows: Flows, flow: str, contact_id: str, number: str) -> None:
    """Keep the number of a call, if its flow, or one that it runs, offers to call back."""
    if number.startswith("+") and _asked_for(flows, flow):
        ttl = app.clock.now() // 1000 + TTL_S
        app.operations.put(Item(_place(contact_id), _SORT_KEY, {"number": number}, ttl=ttl))


def number_of(app: App, contact_id: str) -> str | None:
    """Return the number a call came from; ``None`` where it is not kept, or not any more."""
    item = app.operations.get(_place(contact_id), _SORT_KEY)
    return None if item is None else str(item.attributes["number"])


def _asked_for(flows: Flows, root: str) -> bool:
    seen: set[str] = set()
    ahead = [root]
    while ahead:
        name = ahead.pop()
        if name in seen or name not in flows:
            continue
        seen.add(name)
        for step in flows[name].steps.values():
            if isinstance(step, OfferCallback):
                return True
            if isinstance(step, Run):
                ahead.append(step.flow)
    return False


def _place(contact_id: str) -> str:
    return f"caller#{contact_id}"
