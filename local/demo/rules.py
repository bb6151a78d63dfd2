"""The demo's business rules: read from the file, shortened for a fast day, published.

Decides the one rule that a fast day changes: how long an offer may ring. All else stays as the
file has it, because the product is to be seen as it will run.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from centralino.contracts.configuration import load
from centralino.domain.configuration.documents import encode
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import NotFound
from local.cloud import Deployment
from local.demo.administration import administrator, published_rules

FILE = Path(__file__).with_name("centralino.yaml")
#: However fast the day, an offer may ring this long: pages and people need it in wall time.
SHORTEST_OFFER_MS = 2_000


def for_speed(configuration: Configuration, speed: float) -> Configuration:
    """Return the rules with offer time-outs of ``max(2 s, normal / speed)``."""
    return replace(
        configuration,
        queues={
            key: replace(queue, offer_timeout_ms=offer_timeout_ms(queue.offer_timeout_ms, speed))
            for key, queue in configuration.queues.items()
        },
    )


def offer_timeout_ms(normal_ms: int, speed: float) -> int:
    """Return how long an offer may ring at this speed; never longer than normal."""
    return min(normal_ms, max(SHORTEST_OFFER_MS, round(normal_ms / speed)))


def queue_names() -> list[str]:
    """Return the queues of the file."""
    return sorted(load(FILE, 1).queues)


def publish(deployment: Deployment, speed: float) -> Configuration:
    """Put the rules in force, as a new version unless they already are; return them."""
    in_force = _in_force(deployment)
    version = 1 if in_force is None else in_force.version
    wanted = for_speed(load(FILE, version), speed)
    if in_force is None or encode(in_force) != encode(wanted):
        if in_force is not None:
            wanted = for_speed(load(FILE, version + 1), speed)
        published_rules(deployment).publish(wanted)
    return wanted


def _in_force(deployment: Deployment) -> Configuration | None:
    try:
        return administrator(deployment).configuration.current()
    except NotFound:
        return None
