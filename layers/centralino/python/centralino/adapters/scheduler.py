"""Timers of any distance: one-shot schedules of EventBridge Scheduler.

A schedule sends the timer's message to the queue that short timers wait in, and deletes itself.
Its name is made of the timer and the moment, so asking twice makes one.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from centralino.application.ports import Timer
from centralino.domain.errors import TransientDependency

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_scheduler import EventBridgeSchedulerClient

#: A schedule that could not be carried out for so long is given up: the sweep has done it by then.
_OLDEST_S = 3600
_RETRIES = 10
_THERE = "ConflictException"


class EventBridgeSchedules:
    """The port ``Schedules`` over EventBridge Scheduler.

    Parameters
    ----------
    client : callable
        Returns the client; asked when first needed, since few processes schedule anything.
    group : str
        The name of the schedule group.
    queue_arn, role_arn : str
        The timers' queue, and the role by which the service sends to it.
    """

    def __init__(
        self,
        client: Callable[[], EventBridgeSchedulerClient],
        group: str,
        queue_arn: str,
        role_arn: str,
    ) -> None:
        self._client = client
        self._group = group
        self._queue = queue_arn
        self._role = role_arn

    def at(self, timer: Timer, moment: int) -> None:
        """Have a timer sent at a moment, in whole seconds; the service may take a minute more."""
        body = {"kind": timer.kind, "key": timer.key, "rid": timer.rid, "hop": timer.hop}
        when = datetime.fromtimestamp(moment // 1000, UTC)
        try:
            self._client().create_schedule(
                Name=schedule_name(timer, moment),
                GroupName=self._group,
                ScheduleExpression=f"at({when:%Y-%m-%dT%H:%M:%S})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": self._queue,
                    "RoleArn": self._role,
                    "Input": json.dumps(body),
                    "RetryPolicy": {
                        "MaximumEventAgeInSeconds": _OLDEST_S,
                        "MaximumRetryAttempts": _RETRIES,
                    },
                },
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _THERE:
                raise TransientDependency("the schedule could not be made") from error
        except BotoCoreError as error:
            raise TransientDependency("the schedule could not be made") from error


def schedule_name(timer: Timer, moment: int) -> str:
    """Return the name of a timer's schedule: at most 64 of the characters that are allowed."""
    told = json.dumps([timer.kind, timer.key, timer.rid, moment // 1000])
    return f"{timer.kind}-{sha256(told.encode()).hexdigest()[:40]}"
