"""A Lambda function the tests of the embedded cloud create by themselves.

Answers with its process, its environment and its event. With `TAP_URL` set it sends what it
received there too, so that a test sees what a queue or stream delivered, then sleeps for `SLEEP`
seconds, and reports as failed every record whose body is `fail`, the first time it sees it.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

_CODE = """
import json, os, time
import boto3

def handler(event, context):
    if os.environ.get("TAP_URL"):
        tapped = {"pid": os.getpid(), "at": time.time(), "records": event["Records"]}
        boto3.client("sqs").send_message(
            QueueUrl=os.environ["TAP_URL"], MessageBody=json.dumps(tapped)
        )
        time.sleep(float(os.environ.get("SLEEP", "0")))
        return {"batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record in event["Records"]
            if record.get("body") == "fail"
            and record["attributes"]["ApproximateReceiveCount"] == "1"
        ]}
    time.sleep(event.get("sleep", 0))
    if event.get("fail"):
        raise RuntimeError("asked to fail")
    seen = {"pid": os.getpid(), "environment": dict(os.environ), "event": event}
    if "requestContext" in event:
        return {"statusCode": 200, "body": json.dumps(seen)}
    return seen
"""


def create_probe(lambda_client: Any, name: str, environment: dict[str, str] | None = None) -> str:
    """Create the function and return its name."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", _CODE)
    lambda_client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="handler.handler",
        Role="arn:aws:iam::000000000000:role/probe",
        Timeout=10,
        Code={"ZipFile": package.getvalue()},
        Environment={"Variables": environment or {}},
    )
    return name


def tapped(sqs: Any, tap_url: str, records: int, timeout: float = 20.0) -> list[dict[str, Any]]:
    """Collect what the probe sent to its tap until it has shown `records` records.

    Returns
    -------
    list
        One item per invocation: `pid`, `at` (seconds) and `records`.

    Raises
    ------
    AssertionError
        If fewer arrived within `timeout` seconds.
    """
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + timeout
    while sum(len(item["records"]) for item in seen) < records:
        assert time.monotonic() < deadline, f"only {seen} arrived within {timeout} s"
        answer = sqs.receive_message(QueueUrl=tap_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            seen.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=tap_url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(seen, key=lambda item: item["at"])
