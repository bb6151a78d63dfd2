"""What the application relies on in the emulator: order, delays, partial batches, pushes.

docs/concepts/embedded-cloud.md states these; a new release that breaks one shows here.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest
from websockets.sync.client import connect

from local.cloud.tables import table_request
from tests.integration.local.probe_function import create_probe, tapped
from tests.support.cloud import CloudSession


@dataclass(frozen=True)
class Tap:
    """A queue that leads to the probe, and the queue that shows what it received."""

    source_url: str
    tap_url: str


@pytest.fixture
def name() -> str:
    return f"probe-{secrets.token_hex(4)}"


@pytest.fixture
def tap_a_queue(product_session: CloudSession, name: str) -> Callable[..., Tap]:
    """Create a queue with the probe behind it."""
    sqs, functions = product_session.client("sqs"), product_session.client("lambda")

    def create(*, fifo: bool = False, visibility: int = 30) -> Tap:
        attributes = {"VisibilityTimeout": str(visibility)}
        if fifo:
            attributes["FifoQueue"] = "true"
        suffix = ".fifo" if fifo else ""
        source = sqs.create_queue(QueueName=f"{name}{suffix}", Attributes=attributes)["QueueUrl"]
        tap = sqs.create_queue(QueueName=f"{name}-tap")["QueueUrl"]
        create_probe(functions, name, {"TAP_URL": tap})
        functions.create_event_source_mapping(
            EventSourceArn=f"arn:aws:sqs:eu-south-1:000000000000:{name}{suffix}",
            FunctionName=name,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        return Tap(source, tap)

    return create


def test_a_fifo_queue_keeps_the_order_of_a_group_in_batches_of_at_most_ten(
    product_session: CloudSession, tap_a_queue: Callable[..., Tap]
) -> None:
    tap, sqs = tap_a_queue(fifo=True), product_session.client("sqs")
    for number in range(25):
        sqs.send_message(
            QueueUrl=tap.source_url,
            MessageBody=str(number),
            MessageGroupId=f"pool-{number % 2}",
            MessageDeduplicationId=secrets.token_hex(8),
        )
    batches = [item["records"] for item in tapped(sqs, tap.tap_url, 25)]
    assert max(len(batch) for batch in batches) <= 10
    bodies = [int(record["body"]) for batch in batches for record in batch]
    for group in (0, 1):
        mine = [body for body in bodies if body % 2 == group]
        assert mine == sorted(mine)
    assert sorted(bodies) == list(range(25))


def test_a_delayed_message_comes_no_earlier_and_little_later(
    product_session: CloudSession, tap_a_queue: Callable[..., Tap]
) -> None:
    tap, sqs = tap_a_queue(), product_session.client("sqs")
    sqs.send_message(QueueUrl=tap.source_url, MessageBody="warm")
    tapped(sqs, tap.tap_url, 1)
    sent = time.time()
    sqs.send_message(QueueUrl=tap.source_url, MessageBody="later", DelaySeconds=2)
    [arrived] = tapped(sqs, tap.tap_url, 1)
    # The poller looks at delayed messages once a second.
    assert 2.0 <= arrived["at"] - sent < 4.5


def test_only_the_failed_records_of_a_batch_come_again(
    product_session: CloudSession, tap_a_queue: Callable[..., Tap]
) -> None:
    # Longer than the first process takes to start: what is late comes again as a whole.
    tap, sqs = tap_a_queue(visibility=6), product_session.client("sqs")
    entries = [
        {"Id": str(number), "MessageBody": body} for number, body in enumerate(["a", "fail", "b"])
    ]
    sqs.send_message_batch(QueueUrl=tap.source_url, Entries=entries)
    seen = tapped(sqs, tap.tap_url, 4)
    bodies = [record["body"] for item in seen for record in item["records"]]
    assert sorted(bodies) == ["a", "b", "fail", "fail"]
    assert bodies[-1] == "fail"


def test_a_stream_delivers_new_images_in_order(product_session: CloudSession, name: str) -> None:
    dynamodb, functions = product_session.client("dynamodb"), product_session.client("lambda")
    sqs = product_session.client("sqs")
    stream = dynamodb.create_table(**table_request(name, "c"))["TableDescription"][
        "LatestStreamArn"
    ]
    tap = sqs.create_queue(QueueName=f"{name}-tap")["QueueUrl"]
    create_probe(functions, name, {"TAP_URL": tap})
    functions.create_event_source_mapping(
        EventSourceArn=stream, FunctionName=name, StartingPosition="TRIM_HORIZON", BatchSize=10
    )
    for version in range(15):
        dynamodb.put_item(TableName=name, Item={"c": {"S": "ct_1"}, "ver": {"N": str(version)}})
    records = [record for item in tapped(sqs, tap, 15) for record in item["records"]]
    versions = [int(record["dynamodb"]["NewImage"]["ver"]["N"]) for record in records]
    assert versions == list(range(15))
    assert [record["eventName"] for record in records] == ["INSERT"] + ["MODIFY"] * 14


def test_a_slow_reader_of_a_stream_does_not_hold_up_a_queue(
    product_session: CloudSession, tap_a_queue: Callable[..., Tap], name: str
) -> None:
    dynamodb, functions = product_session.client("dynamodb"), product_session.client("lambda")
    sqs, tap = product_session.client("sqs"), tap_a_queue()
    sqs.send_message(QueueUrl=tap.source_url, MessageBody="warm")
    tapped(sqs, tap.tap_url, 1)
    table = f"{name}-slow"
    made = dynamodb.create_table(**table_request(table, "c"))["TableDescription"]
    slow_tap = sqs.create_queue(QueueName=f"{table}-tap")["QueueUrl"]
    create_probe(functions, table, {"TAP_URL": slow_tap, "SLEEP": "3"})
    functions.create_event_source_mapping(
        EventSourceArn=made["LatestStreamArn"], FunctionName=table, StartingPosition="TRIM_HORIZON"
    )
    dynamodb.put_item(TableName=table, Item={"c": {"S": "ct_1"}})
    tapped(sqs, slow_tap, 1)
    sent = time.time()
    sqs.send_message(QueueUrl=tap.source_url, MessageBody="meanwhile")
    [arrived] = tapped(sqs, tap.tap_url, 1)
    assert arrived["at"] - sent < 1.5


def test_an_event_rule_reaches_a_queue(product_session: CloudSession, name: str) -> None:
    events, sqs = product_session.client("events"), product_session.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    events.create_event_bus(Name=name)
    pattern = {"source": ["centralino.contacts"], "detail-type": ["ContactConnected"]}
    events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:eu-south-1:000000000000:{name}"
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "tap", "Arn": arn}])
    for kind in ("ContactStarted", "ContactConnected"):
        events.put_events(
            Entries=[
                {
                    "EventBusName": name,
                    "Source": "centralino.contacts",
                    "DetailType": kind,
                    "Detail": "{}",
                }
            ]
        )
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=3)
    assert [json.loads(m["Body"])["detail-type"] for m in answer["Messages"]] == [
        "ContactConnected"
    ]


def test_calls_that_overlap_run_in_processes_of_their_own(
    product_session: CloudSession, name: str
) -> None:
    functions = product_session.client("lambda")
    create_probe(functions, name)

    def invoke(_: int) -> int:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps({"sleep": 1}))
        return int(json.load(answer["Payload"])["pid"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(invoke, range(4)))) == 4


def test_a_push_to_a_closed_connection_is_gone(product_session: CloudSession, name: str) -> None:
    gateway, functions = (
        product_session.client("apigatewayv2"),
        product_session.client("lambda"),
    )
    create_probe(functions, name)
    api = gateway.create_api(
        Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    arn = f"arn:aws:lambda:eu-south-1:000000000000:function:{name}"
    target = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=f"arn:aws:apigateway:eu-south-1:lambda:path/2015-03-31/functions/{arn}/invocations",
    )["IntegrationId"]
    for route in ("$connect", "$default"):
        gateway.create_route(ApiId=api, RouteKey=route, Target=f"integrations/{target}")
    gateway.create_stage(ApiId=api, StageName="live", AutoDeploy=True)
    address = f"{product_session.endpoint}/_aws/execute-api/{api}/live"
    with connect(address.replace("http", "ws", 1)) as browser:
        # The probe's answer comes back as a frame, with the event it was called with.
        browser.send(json.dumps({"action": "who"}))
        event = json.loads(browser.recv(timeout=10))["event"]
        connection = event["requestContext"]["connectionId"]
        push = f"{address}/@connections/{connection}"
        assert httpx.post(push, content=b"offer").status_code == 200
        assert browser.recv(timeout=10) == "offer"
    deadline = time.monotonic() + 5
    while (status := httpx.post(push, content=b"late").status_code) == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert status == 410
