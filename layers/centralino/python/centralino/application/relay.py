"""The outbox relay: from stored changes to published events, nudges and repairs.

A write carries its events; the table's stream brings every write here in order per entity. What
is delivered twice keeps its event ids. Nothing is decided here that a rule could decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from centralino.application import settling
from centralino.application.app import App
from centralino.application.ports import Bus
from centralino.application.routing import arm_heartbeat
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.events import Occurrence, describe


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
    return None if failed is None else images[failed].position


def _waiting_pools(images: Sequence[Image]) -> set[str]:
    """Return the pools in which a contact began to wait: whoever wrote it may have died since."""
    return {
        image.entity.pool
        for image in images
        if isinstance(image.entity, Contact)
        and image.entity.state is ContactState.WAITING
        and image.entity.events
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
