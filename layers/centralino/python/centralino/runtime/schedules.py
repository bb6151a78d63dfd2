"""Which service reaches further than the timers' queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from centralino.application.ports import NoSchedules, Schedules


def schedules(client: Callable[[], Any]) -> Schedules:
    """Return the schedules of this deployment; none where no group is set."""
    from centralino.runtime.settings import ScheduleSettings, settings

    found = settings(ScheduleSettings)
    if not found.schedule_group:
        return NoSchedules()
    from centralino.adapters.scheduler import EventBridgeSchedules

    return EventBridgeSchedules(
        client, found.schedule_group, found.schedule_queue_arn, found.schedule_role_arn
    )
