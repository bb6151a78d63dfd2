"""The demo's business rules: read from the file, shortened for a fast day, published.

Decides the one rule that a fast day changes: how long an offer may ring. All else stays as the
file has it, because the product is to be seen as it will run.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from centralino.application import publishing
from centralino.contracts.configuration import load, read_text
from centralino.domain.configuration.model import Configuration
from local.cloud import Deployment
from local.demo.administration import publishing_office

FILE = Path(__file__).with_name("centralino.yaml")
#: Who publishes, by the history of versions.
PUBLISHER = "demo"
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
    """Put the rules in force unless they are, as ``centralino config apply`` does; return them.

    Rules that somebody else has applied to a cloud that stays are left in force.

    Raises
    ------
    Refused, Conflict
        What ``centralino config apply`` would end with.
    """
    office = publishing_office(deployment)
    text = read_text(FILE)
    read = publishing.drafted(text, str(FILE))
    plan = publishing.planned(office, replace(read, rules=for_speed(read.rules, speed)))
    if plan.base is not None and plan.base.by != PUBLISHER:
        return plan.base.rules
    note = "" if speed == 1 else f"offers ring shorter, for a day {speed:g} times as fast"
    return publishing.publish(office, plan, PUBLISHER, note).rules
