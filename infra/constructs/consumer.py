"""A function that consumes a queue: its rights, its source, and where hopeless messages go.

Decides that each message of a batch fails on its own, and that one which no retry can help is put
with the dead letters at once, with its reason.
"""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_

from infra.constructs.nag import acknowledge
from infra.constructs.queue_with_dlq import QueueWithDlq
from infra.constructs.standard_function import StandardFunction

BATCH = 10


def consume(
    function: StandardFunction,
    pair: QueueWithDlq,
    *,
    batch_size: int = BATCH,
    max_concurrency: int | None = None,
) -> None:
    """Have a function consume a queue."""
    function.allow(
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        on=[pair.queue.queue_arn],
    )
    function.add_environment({"DEAD_LETTER_QUEUE_URL": pair.dead_letters.queue_url})
    function.allow("sqs:SendMessage", on=[pair.dead_letters.queue_arn])
    source = lambda_.EventSourceMapping(
        function,
        "Source",
        target=function.function,
        event_source_arn=pair.queue.queue_arn,
        batch_size=batch_size,
        max_concurrency=max_concurrency,
        report_batch_item_failures=True,
    )
    source.node.add_dependency(function.role)
    acknowledge(
        source,
        {
            "Serverless-LambdaEventSourceMappingDestination": (
                "A queue's failures go where its redrive policy says; Lambda takes no other "
                "destination for SQS."
            )
        },
    )
