"""The outbox relay: from stored changes to published events, nudges and repairs.

A write carries its events; the table's stream brings every write here in order per entity. What
is delivered twice keeps its event ids. Nothing is decided here that a rule could decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from centralino.application import (
    callers,
    decisions,
    heat,
    markers,
    parties,
    recording_looks,
    settling,
    snapshots,
    staffing_history,
)
from centralino.application.app import App
from centralino.application.callbacks import callers as callback_callers
from centralino.application.callbacks import ledger as callback_ledger
from centralino.application.callbacks import messages as callback_messages
from centralino.application.heartbeat import arm_heartbeat, look_in_a_while, look_known
from centralino.application.parts import nudge
from centralino.application.ports import Bus, Timer
from centralino.application.recordings import TIMER as RECORDING
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.events import Occurrence, describe
from centralino.domain.filing import Filed
from centralino.domain.promises.announcing import PROMISE_MADE

#: A drain in passing has ended this long after the write that caused it, dead or alive.
JUST_NOW_MS = 150


@dataclass(frozen=True, slots=True)
class Image:
    """An entity as a write left it, with the position of the stream record that told so."""

    position: str
    entity: Contact | Agent | Filed


def relay(app: App, bus: Bus, images: Sequence[Image]) -> str | None:
    """Publish the events of these writes, wake the pools that need it, repair what was left.

    Returns
    -------
    str or None
        Position of the first record that could not be relayed; it and all after it must come
        again. ``None`` when everything went out.
    """
    # First: a record that the bus never takes must not leave a call that nobody ever looks at.
    markers.mark_new(app, _contacts(images))
    occurrences: list[Occurrence] = []
    origin: list[int] = []
    for index, image in enumerate(images):
        for occurrence in describe(image.entity):
            occurrences.append(occurrence)
            origin.append(index)
    refused = bus.publish(occurrences) if occurrences else []
    failed = min((origin[i] for i in refused), default=None)
    relayed = images if failed is None else images[:failed]
    repaired = _repaired_pools(app, relayed)
    decisions.file(app, _contacts(relayed))
    callback_ledger.file(app, _contacts(relayed))
    _follow_up(app, _contacts(relayed))
    snapshots.follow(app, _contacts(relayed))
    staffing_history.follow(app, _contacts(relayed))
    heat.follow(app, _contacts(relayed))
    callers.forget_ended(app, _contacts(relayed))
    # Last: by now most who began to wait have been seen to by the drain of their own writer.
    for pool in sorted(_unwatched_pools(app, relayed) | repaired):
        nudge(app, pool)
    return None if failed is None else images[failed].position


def _contacts(images: Sequence[Image]) -> list[Contact]:
    return [image.entity for image in images if isinstance(image.entity, Contact)]


def _follow_up(app: App, contacts: Sequence[Contact]) -> None:
    """Have the other side of a contact looked at, in case the command died between the two.

    A timer does it: it may touch contacts and calls, which the relay has no business with.
    """
    due = sorted({contact.id for contact in contacts if parties.needs_following(contact)})
    timers = [Timer("party", contact_id) for contact_id in due]
    timers += [Timer("customer", contact_id) for contact_id in callback_callers.seen(app, contacts)]
    timers += callback_messages.due(app, contacts)
    for contact in contacts:
        delay = recording_looks.due(app, contact)
        if delay is not None:
            timers.append(Timer(RECORDING, contact.id, delay_ms=delay))
    if timers:
        app.timers.send(timers)


def _unwatched_pools(app: App, images: Sequence[Image]) -> set[str]:
    """See to it that who began to wait is looked at: the writer may have died since.

    Where a beat is on its way it will do. Elsewhere one is sent, and the pool is returned, to be
    looked at now as well; unless everybody began just now: then their writers are most likely
    matching them this very moment, and a look in a while is enough.
    """
    by_pool: dict[str, list[Contact]] = {}
    for contact in _left_waiting(images):
        by_pool.setdefault(contact.pool or "", []).append(contact)
    just_now = app.clock.now() - JUST_NOW_MS
    found: set[str] = set()
    for pool, contacts in sorted(by_pool.items()):
        if look_known(app, pool):
            continue
        if all(contact.updated_at > just_now for contact in contacts):
            look_in_a_while(app, pool)
        elif arm_heartbeat(app, pool):
            found.add(pool)
    return found


def _left_waiting(images: Sequence[Image]) -> list[Contact]:
    """Return the contacts that began to wait in these writes and had nobody by the last of them."""
    began: set[str] = set()
    last: dict[str, Contact] = {}
    for contact in _contacts(images):
        last[contact.id] = contact
        if contact.state is ContactState.WAITING and any(
            event.type != PROMISE_MADE for event in contact.events
        ):
            began.add(contact.id)
    return [
        last[contact_id]
        for contact_id in sorted(began)
        if last[contact_id].state is ContactState.WAITING and last[contact_id].pool is not None
    ]


def _repaired_pools(app: App, images: Sequence[Image]) -> set[str]:
    """Take the slots of ended parts, in case the command died between contact and agent."""
    pools: set[str] = set()
    for image in images:
        if isinstance(image.entity, Contact):
            cause = f"relay:{image.position}"[:64]
            freed = settling.settle_all(app, image.entity, cause)
            pools |= {agent.pool for agent in freed}
    return pools
