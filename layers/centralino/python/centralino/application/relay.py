"""The outbox relay: from stored changes to published events, nudges and repairs.

A write carries its events; the table's stream brings every write here in order per entity. What
is delivered twice keeps its event ids. Nothing is decided here that a rule could decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from centralino.application import decisions, parties, settling, snapshots
from centralino.application.app import App
from centralino.application.ports import Bus, Timer
from centralino.application.routing import arm_heartbeat
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.events import Occurrence, describe
from centralino.domain.promises.announcing import PROMISE_MADE


@dataclass(frozen=True, slots=True)
class Image:
    """An entity as a write left it, with the position of the stream record that told so."""

    position: str
    entity: Contact | Agent


def relay(app: App, bus: Bus, images: Sequence[Image]) -> str | None:
    """Publish the events of these writes, wake the pools that need it, repair what was left.

    Returns
    -------
    str or None
        Position of the first record that could not be relayed; it and all after it must come
        again. ``None`` when everything went out.
    """
    occurrences: list[Occurrence] = []
    origin: list[int] = []
    for index, image in enumerate(images):
        for occurrence in describe(image.entity):
            occurrences.append(occurrence)
            origin.append(index)
    refused = bus.publish(occurrences) if occurrences else []
    failed = min((origin[i] for i in refused), default=None)
    relayed = images if failed is None else images[:failed]
    for pool in sorted(_waiting_pools(relayed) | _repaired_pools(app, relayed)):
        app.nudges.send(pool)
    for pool in sorted(_waiting_pools(relayed)):
        arm_heartbeat(app, pool)
    decisions.file(app, _contacts(relayed))
    _follow_up(app, _contacts(relayed))
    snapshots.follow(app, _contacts(relayed))
    return None if failed is None else images[failed].position


def _contacts(images: Sequence[Image]) -> list[Contact]:
    return [image.entity for image in images if isinstance(image.entity, Contact)]


def _follow_up(app: App, contacts: Sequence[Contact]) -> None:
    """Have the other side of a contact looked at, in case the command died between the two.

    A timer does it: it may touch contacts and calls, which the relay has no business with.
    """
    due = sorted({contact.id for contact in contacts if parties.needs_following(contact)})
    if due:
        app.timers.send([Timer("party", contact_id) for contact_id in due])


def _waiting_pools(images: Sequence[Image]) -> set[str]:
    """Return the pools in which a contact began to wait: whoever wrote it may have died since."""
    return {
        image.entity.pool
        for image in images
        if isinstance(image.entity, Contact)
        and image.entity.state is ContactState.WAITING
        and any(event.type != PROMISE_MADE for event in image.entity.events)
        and image.entity.pool is not None
    }


def _repaired_pools(app: App, images: Sequence[Image]) -> set[str]:
    """Take the slots of ended parts, in case the command died between contact and agent."""
    pools: set[str] = set()
    for image in images:
        if isinstance(image.entity, Contact):
            cause = f"relay:{image.position}"[:64]
            freed = settling.settle_all(app, image.entity.id, image.entity.events, cause)
            pools |= {agent.pool for agent in freed}
    return pools
