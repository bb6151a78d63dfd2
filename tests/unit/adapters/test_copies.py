"""Orders to copy over SQS: what is sent is what is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from centralino.adapters.copies import SqsCopies, read_copy
from centralino.application.ports.archive import Copy
from centralino.domain.errors import InvalidRequest, TransientDependency

CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
ORDER = Copy(
    contact=CONTACT,
    name=f"{CONTACT}.1",
    reference="RE1",
    seconds=42,
    kind="call",
    business_unit="demo",
    provider="twilio",
    queue="sales",
    correlation=CONTACT,
    days=30,
    started_at=1_767_603_600_000,
)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An SQS without queues."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("sqs", region_name="eu-south-1")


@pytest.mark.parametrize(
    "order",
    [
        ORDER,
        Copy(**{**{n: getattr(ORDER, n) for n in Copy.__dataclass_fields__}, "queue": None}),
        Copy(**{**{n: getattr(ORDER, n) for n in Copy.__dataclass_fields__}, "deadline": 7}),
    ],
)
def test_what_is_sent_is_what_is_read(sqs: Any, order: Copy) -> None:
    url = sqs.create_queue(QueueName="recordings")["QueueUrl"]
    SqsCopies(sqs, url).send(order)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert read_copy(message["Body"]) == order


def test_a_queue_that_does_not_answer_may_be_asked_again(sqs: Any) -> None:
    with pytest.raises(TransientDependency):
        SqsCopies(sqs, "https://sqs.eu-south-1.amazonaws.com/000000000000/gone").send(ORDER)


def test_what_is_no_order_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        read_copy('{"contact": "x"}')
