"""One-shot schedules: what the service is asked for, and what its refusals mean."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from centralino.adapters.scheduler import EventBridgeSchedules, schedule_name
from centralino.adapters.sqs import read_timer
from centralino.application.ports import Timer
from centralino.domain.callbacks.local_times import moment
from centralino.domain.errors import TransientDependency

TIMER = Timer("callback", "co_01HXAMPLE")
GROUP, QUEUE, ROLE = "centralino-live", "arn:aws:sqs:eu-south-1:1:timers", "arn:aws:iam::1:role/x"


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "scheduler",
        region_name="eu-south-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def schedules(client: Any) -> EventBridgeSchedules:
    return EventBridgeSchedules(lambda: client, GROUP, QUEUE, ROLE)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2027-03-28T01:59", "2027-03-28T00:59:00"),
        ("2027-03-28T03:00", "2027-03-28T01:00:00"),
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30:00"),
    ],
)
def test_a_schedule_is_made_in_universal_time_and_deletes_itself(
    client: Any, local: str, utc: str
) -> None:
    at = moment(local, "Europe/Rome")
    with Stubber(client) as stub:
        expected = {
            "Name": schedule_name(TIMER, at),
            "GroupName": GROUP,
            "ScheduleExpression": f"at({utc})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": QUEUE,
                "RoleArn": ROLE,
                "Input": json.dumps(
                    {"kind": "callback", "key": "co_01HXAMPLE", "rid": None, "hop": 0}
                ),
                "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
            },
        }
        stub.add_response("create_schedule", {"ScheduleArn": "a" * 30}, expected)
        schedules(client).at(TIMER, at)
        stub.assert_no_pending_responses()
        assert read_timer(expected["Target"]["Input"]) == TIMER  # type: ignore[index]


def test_one_that_is_there_already_is_made(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("create_schedule", "ConflictException", http_status_code=409)
        schedules(client).at(TIMER, 0)


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ServiceQuotaExceededException", "InternalServerException"]
)
def test_one_that_cannot_be_made_now_says_so(client: Any, code: str) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("create_schedule", code)
        with pytest.raises(TransientDependency):
            schedules(client).at(TIMER, 0)


def test_a_service_out_of_reach_says_so() -> None:
    class Away:
        def create_schedule(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://scheduler")

    with pytest.raises(TransientDependency):
        schedules(Away()).at(TIMER, 0)


def test_the_name_is_of_the_timer_and_the_moment() -> None:
    at = 1_800_000_000_000
    name = schedule_name(TIMER, at)
    assert name == schedule_name(TIMER, at)
    others = [
        schedule_name(TIMER, at + 60_000),
        schedule_name(Timer("callback", "co_OTHER"), at),
        schedule_name(Timer("callback", TIMER.key, "rid"), at),
    ]
    assert len({name, *others}) == 4
    assert all(len(one) <= 64 and one.replace("-", "").isalnum() for one in (name, *others))
