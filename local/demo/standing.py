"""The embedded cloud that stays: deployed and seeded like the demo's, without calls.

Decides that it is seeded with the rules as written, nothing shortened for a fast day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from local.cloud import CloudStatus, Progress
from local.cloud import up as start
from local.demo.errors import SettingError
from local.demo.seed import DemoAgent, DemoSupervisor, seed, supervisors
from local.demo.settings import MOST_AGENTS


@dataclass(frozen=True, slots=True)
class People:
    """Who can sign in."""

    agents: Sequence[DemoAgent] = ()
    supervisors: Sequence[DemoSupervisor] = ()


def up(*, port: int | None, agents: int, progress: Progress) -> tuple[CloudStatus, People]:
    """Start the checkout's cloud unless it runs, deploy, and seed it.

    Raises
    ------
    SettingError
        The number of agents is out of range.
    EmbeddedCloudError
        When starting or deploying fails.
    """
    if not 1 <= agents <= MOST_AGENTS:
        raise SettingError(f"the number of agents must be from 1 to {MOST_AGENTS}, not {agents}")
    status = start(port=port, progress=progress)
    people = People()
    if status.deployment is not None:
        with progress.step("Seeding the contact centre"):
            found = status.deployment
            people = People(seed(found, agents=agents, speed=1.0), supervisors(found))
    return status, people
