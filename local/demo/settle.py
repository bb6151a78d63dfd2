"""Waiting until a run has come to rest.

Decides what counts as rest and how long it may take. Whoever is still not at rest then is found
by the audit: waiting longer would only hide it.
"""

from __future__ import annotations

import asyncio
import time

from local.cloud import Deployment
from local.demo.evidence import read_agents, read_contacts
from local.demo.live import Live
from local.demo.tap import Tap

#: Longer than any call of a day, wrap-up limits and the minute sweep included, in wall seconds.
LONGEST_CALL_S = 1_800.0
#: The sweep runs each minute and repairs what a lost message left: two of them, and some.
CONTACTS_S = 150.0
EVENTS_S = 60.0
_LOOK_S = 0.25
#: The tap must have been silent for so long before the tables are asked.
_SILENCE_S = 1.0


async def contacts_ended(live: Live, calls: int, within: float = CONTACTS_S) -> bool:
    """Wait until every call's contact has been told of and has ended."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        now = live.ended()
        if now.contacts >= calls and now.open == 0:
            return True
        await asyncio.sleep(_LOOK_S)
    return False


async def events_published(deployment: Deployment, tap: Tap, within: float = EVENTS_S) -> bool:
    """Wait until the tap holds as many events as the tables have told, and is empty."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        before = tap.distinct
        await asyncio.sleep(_SILENCE_S)
        if tap.distinct != before:
            continue
        expected = await asyncio.to_thread(_expected, deployment)
        if tap.distinct >= expected and await asyncio.to_thread(tap.left) == 0:
            return True
    return False


def _expected(deployment: Deployment) -> int:
    contacts = sum(contact.sequence for contact in read_contacts(deployment))
    return contacts + sum(agent.sequence for agent in read_agents(deployment))
