"""Messages that no retry can help: set aside at once, with the reason, and nobody waits for them.

A message that cannot be read, one of an unknown kind, and on each of the two queues.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from local.cloud import client
from tests.support.exchange import Exchange
from tests.support.polling import until


def _buried(sqs: Any, url: str, body: str) -> dict[str, str]:
    """Wait for a message in a dead-letter queue, remove it, and return its attributes."""

    def look() -> Any:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
        )
        return next((one for one in answer.get("Messages", []) if one["Body"] == body), None)

    message = until(look, f"{body} in {url}")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    found = message.get("MessageAttributes", {})
    return {name: attribute["StringValue"] for name, attribute in found.items()}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("no JSON at all {tag}", "invalid_message"),
        ('{"kind": "offer", "key": 7, "tag": "{tag}"}', "invalid_message"),
        ('{"kind": "teatime", "key": "ct_1", "rid": "ct_1#2", "tag": "{tag}"}', "invalid_timer"),
        ('{"kind": "offer", "key": "ct_1", "tag": "{tag}"}', "invalid_timer"),
    ],
)
def test_a_hopeless_timer_is_set_aside_with_its_reason(
    exchange: Exchange, body: str, code: str
) -> None:
    sqs, queues = client("sqs", exchange.deployment.endpoint), exchange.deployment.queues
    poison = body.replace("{tag}", secrets.token_hex(8))
    sqs.send_message(QueueUrl=queues.timers, MessageBody=poison)
    attributes = _buried(sqs, queues.timers_dead_letters, poison)
    assert attributes["code"] == code
    assert attributes["reason"]


def test_a_hopeless_nudge_is_set_aside_and_the_pool_goes_on(exchange: Exchange) -> None:
    sqs, queues = client("sqs", exchange.deployment.endpoint), exchange.deployment.queues
    pool = exchange.app.configuration.current().pool_of("sales").id
    poison = json.dumps({"pool": 7, "tag": secrets.token_hex(8)})
    sqs.send_message(
        QueueUrl=queues.nudges,
        MessageBody=poison,
        MessageGroupId=pool,
        MessageDeduplicationId=secrets.token_hex(8),
    )
    attributes = _buried(sqs, queues.nudges_dead_letters, poison)
    assert attributes["code"] == "invalid_message"
    assert attributes["reason"]
    exchange.app.nudges.send(pool)
    # The good message behind it has been consumed.
    exchange.quiet()
