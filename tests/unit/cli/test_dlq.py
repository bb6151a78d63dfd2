"""``centralino dlq``: counting, showing and redriving, on queues and a bucket that behave."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli import outputs
from cli.main import main


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        sqs, s3 = boto3.client("sqs"), boto3.client("s3")
        fifo = {"FifoQueue": "true"}
        found = {
            "NudgesQueueUrl": sqs.create_queue(QueueName="n.fifo", Attributes=fifo)["QueueUrl"],
            "NudgesDeadLettersUrl": sqs.create_queue(QueueName="nd.fifo", Attributes=fifo)[
                "QueueUrl"
            ],
            "TimersQueueUrl": sqs.create_queue(QueueName="t")["QueueUrl"],
            "TimersDeadLettersUrl": sqs.create_queue(QueueName="td")["QueueUrl"],
            "ImportsQueueUrl": sqs.create_queue(QueueName="i")["QueueUrl"],
            "ImportsDeadLettersUrl": sqs.create_queue(QueueName="id")["QueueUrl"],
            "RecordingsQueueUrl": sqs.create_queue(QueueName="r")["QueueUrl"],
            "RecordingsDeadLettersUrl": sqs.create_queue(QueueName="rd")["QueueUrl"],
            "OutboxFailuresBucketName": "failures",
            "OutboxRelayFunctionName": "relay",
        }
        s3.create_bucket(
            Bucket="failures", CreateBucketConfiguration={"LocationConstraint": "eu-south-1"}
        )
        monkeypatch.setattr(outputs, "read", lambda: found)
        yield found


def counts(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    assert main(["dlq", "list", "--json"]) == 0
    return {row["name"]: row["count"] for row in json.loads(capsys.readouterr().out)}


def test_a_buried_timer_is_shown_with_its_reason_and_goes_round_again(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    sqs = boto3.client("sqs")
    sqs.send_message(
        QueueUrl=deployed["TimersDeadLettersUrl"],
        MessageBody='{"kind":"tea"}',
        MessageAttributes={
            "code": {"DataType": "String", "StringValue": "invalid_timer"},
            "reason": {"DataType": "String", "StringValue": "unknown timer kind 'tea'"},
        },
    )
    assert counts(capsys) == {"nudges": 0, "timers": 1, "imports": 0, "recordings": 0, "outbox": 0}
    assert main(["dlq", "redrive", "timers", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "timers", "moved": 1, "left": 0}
    (back,) = sqs.receive_message(QueueUrl=deployed["TimersQueueUrl"])["Messages"]
    assert back["Body"] == '{"kind":"tea"}'


def test_showing_tells_code_and_reason(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("sqs").send_message(
        QueueUrl=deployed["TimersDeadLettersUrl"],
        MessageBody="{",
        MessageAttributes={"code": {"DataType": "String", "StringValue": "invalid_message"}},
    )
    assert main(["dlq", "show", "timers"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "invalid_message"


def test_a_nudge_keeps_its_pool_and_is_not_taken_for_a_duplicate(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    sqs = boto3.client("sqs")
    message = {"MessageBody": "{}", "MessageGroupId": "main", "MessageDeduplicationId": "d1"}
    sqs.send_message(QueueUrl=deployed["NudgesQueueUrl"], **message)
    (first,) = sqs.receive_message(QueueUrl=deployed["NudgesQueueUrl"])["Messages"]
    sqs.delete_message(QueueUrl=deployed["NudgesQueueUrl"], ReceiptHandle=first["ReceiptHandle"])
    sqs.send_message(QueueUrl=deployed["NudgesDeadLettersUrl"], **message)
    assert main(["dlq", "redrive", "nudges"]) == 0
    assert "1 sent round again, 0 left" in capsys.readouterr().out
    (back,) = sqs.receive_message(
        QueueUrl=deployed["NudgesQueueUrl"], AttributeNames=["MessageGroupId"]
    )["Messages"]
    assert back["Attributes"]["MessageGroupId"] == "main"


@pytest.mark.parametrize(
    ("answer", "moved", "left"),
    [
        ({"Payload": b'{"batchItemFailures": []}'}, 1, 0),
        ({"Payload": b'{"batchItemFailures": [{"itemIdentifier": "1"}]}'}, 0, 1),
        ({"Payload": b"{}", "FunctionError": "Unhandled"}, 0, 1),
    ],
)
def test_kept_stream_records_are_given_to_the_relay_again(
    deployed: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: dict[str, Any],
    moved: int,
    left: int,
) -> None:
    event = {"Records": [{"eventName": "INSERT"}]}
    boto3.client("s3").put_object(
        Bucket="failures", Key="aws/lambda/1", Body=json.dumps({"payload": json.dumps(event)})
    )
    given: list[Any] = []

    class Functions:
        def invoke(self, **call: Any) -> dict[str, Any]:
            given.append(json.loads(call["Payload"]))
            return {**answer, "Payload": io.BytesIO(answer["Payload"])}

    real = outputs.client
    monkeypatch.setattr(
        outputs, "client", lambda service: Functions() if service == "lambda" else real(service)
    )
    assert main(["dlq", "redrive", "outbox", "--json"]) == 0
    assert given == [event]
    assert json.loads(capsys.readouterr().out) == {"name": "outbox", "moved": moved, "left": left}


@pytest.mark.parametrize("command", [["dlq", "redrive", "tea"], ["dlq", "show", "outbox"]])
def test_a_name_that_does_not_exist(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
