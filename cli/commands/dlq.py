"""``centralino dlq``: what was set aside, why, and sending it round again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from cli import outputs
from cli.failures import BAD_INPUT, fail

group = typer.Typer(help="Messages and records that were set aside.", no_args_is_help=True)

QUEUES = {"nudges": "Nudges", "timers": "Timers", "imports": "Imports", "recordings": "Recordings"}
OUTBOX = "outbox"
NAMES = (*QUEUES, OUTBOX)
_BATCH = 10
#: A message taken for a look is back within this time if the command dies, in seconds.
_HOLD_S = 30


@dataclass(frozen=True, slots=True)
class SetAside:
    """How much waits in one place."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Redriven:
    """What a redrive did."""

    name: str
    moved: int
    left: int


@group.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Count what was set aside, by place."""
    deployed = _deployed()
    found = [SetAside(name, _count(deployed, name)) for name in NAMES]
    if as_json:
        print(json.dumps([asdict(row) for row in found]))
        return
    for row in found:
        print(f"{row.name:10} {row.count}")


@group.command()
def show(
    name: Annotated[str, typer.Argument(help="nudges, timers, imports or recordings")],
) -> None:
    """Show the messages of a dead-letter queue with the reason each was set aside for."""
    if name not in QUEUES:
        fail(f"there is no queue {name!r}: {', '.join(QUEUES)}", BAD_INPUT)
    deployed = _deployed()
    sqs = outputs.client("sqs")
    for message in _received(sqs, deployed[f"{QUEUES[name]}DeadLettersUrl"]):
        attributes = message.get("MessageAttributes", {})
        reason = attributes.get("reason", {}).get("StringValue", "failed too often")
        code = attributes.get("code", {}).get("StringValue", "-")
        print(json.dumps({"code": code, "reason": reason, "body": message["Body"]}))


@group.command()
def redrive(
    name: Annotated[str, typer.Argument(help="nudges, timers, imports, recordings or outbox")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Send what was set aside round again. Every consumer is idempotent, so this is safe."""
    if name not in NAMES:
        fail(f"there is nothing called {name!r}: {', '.join(NAMES)}", BAD_INPUT)
    deployed = _deployed()
    moved = _redrive_outbox(deployed) if name == OUTBOX else _redrive_queue(deployed, name)
    done = Redriven(name, moved, _count(deployed, name))
    if as_json:
        print(json.dumps(asdict(done)))
    else:
        print(f"{done.moved} sent round again, {done.left} left")


def _deployed() -> dict[str, str]:
    try:
        return outputs.read()
    except outputs.NotDeployed as error:
        fail(error)


def _count(deployed: dict[str, str], name: str) -> int:
    if name == OUTBOX:
        return len(list(_objects(outputs.client("s3"), deployed["OutboxFailuresBucketName"])))
    answer = outputs.client("sqs").get_queue_attributes(
        QueueUrl=deployed[f"{QUEUES[name]}DeadLettersUrl"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _redrive_queue(deployed: dict[str, str], name: str) -> int:
    """Move each message back: sent first, deleted after, so that none can be lost."""
    sqs = outputs.client("sqs")
    source = deployed[f"{QUEUES[name]}DeadLettersUrl"]
    target = deployed[f"{QUEUES[name]}QueueUrl"]
    moved = 0
    for message in _received(sqs, source):
        fifo: dict[str, Any] = {}
        if target.endswith(".fifo"):
            attributes = message["Attributes"]
            fifo = {
                "MessageGroupId": attributes["MessageGroupId"],
                # A fresh id: the queue may still remember the old one and drop the message.
                "MessageDeduplicationId": f"redrive-{message['MessageId']}",
            }
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"], **fifo)
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        moved += 1
    return moved


def _received(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_HOLD_S,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        fresh = [m for m in answer.get("Messages", []) if m["MessageId"] not in seen]
        if not fresh:
            return
        seen.update(message["MessageId"] for message in fresh)
        yield from fresh


def _redrive_outbox(deployed: dict[str, str]) -> int:
    """Give the relay the records it could not relay; what works is removed from the bucket."""
    s3, functions = outputs.client("s3"), outputs.client("lambda")
    bucket = deployed["OutboxFailuresBucketName"]
    moved = 0
    for key in _objects(s3, bucket):
        record = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        payload = record.get("payload")
        if payload is None:
            print(f"centralino: {key} holds no records and was left", file=sys.stderr)
            continue
        answer = functions.invoke(
            FunctionName=deployed["OutboxRelayFunctionName"],
            Payload=payload if isinstance(payload, str) else json.dumps(payload),
        )
        told = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") or (told or {}).get("batchItemFailures"):
            print(f"centralino: {key} failed again and was left", file=sys.stderr)
            continue
        s3.delete_object(Bucket=bucket, Key=key)
        moved += 1
    return moved


def _objects(s3: Any, bucket: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (entry["Key"] for entry in page.get("Contents", []))
