"""The embedded cloud that stays: deployed and seeded like the demo's, without calls.

Decides that it is seeded with the rules as written, nothing shortened for a fast day.
"""

from __future__ import annotations

from local.cloud import CloudStatus, Progress
from local.cloud import up as start
from local.demo.errors import SettingError
from local.demo.seed import DemoAgent, seed
from local.demo.settings import MOST_AGENTS


def up(*, port: int | None, agents: int, progress: Progress) -> tuple[CloudStatus, list[DemoAgent]]:
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
    people: list[DemoAgent] = []
    if status.deployment is not None:
        with progress.step("Seeding the contact centre"):
            people = seed(status.deployment, agents=agents, speed=1.0)
    return status, people
