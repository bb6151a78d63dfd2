"""What another contact centre tells: its queue, and the function `imports`.

Decides which of the account's events are taken in and how much of a backlog is worth an alarm.
Never decides what a call of the other centre amounts to.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.consumer import consume
from infra.constructs.queue_with_dlq import QueueWithDlq
from infra.constructs.standard_function import StandardFunction
from infra.wiring import POLLED, Foundation, Telephony


class ImportsStack(Stack):
    """Amazon Connect's contact events, from the account's own bus to ours."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        foundation: Foundation,
        telephony: Telephony,
        bus: events.IEventBus,
    ) -> None:
        super().__init__(scope, id, description="Centralino: calls of other contact centres")
        self.news = QueueWithDlq(
            self,
            "Import",
            visibility=Duration.seconds(60),
            # SQS counts the delay into a message's age, and reminders come after up to 900 s.
            oldest=Duration.seconds(1800),
            alarm_topic=foundation.alarm_topic,
        )
        events.Rule(
            self,
            "ConnectEvents",
            description="Amazon Connect's contact events",
            event_pattern=events.EventPattern(
                source=["aws.connect"], detail_type=["Amazon Connect Contact Event"]
            ),
            targets=[targets.SqsQueue(self.news.queue, dead_letter_queue=self.news.dead_letters)],
        )
        self.function = StandardFunction(
            self,
            "imports",
            settings=foundation.settings,
            description="Takes in what another contact centre tells of its calls",
            alarm_topic=foundation.alarm_topic,
            environment={
                **foundation.tables.environment(),
                "EVENT_BUS_NAME": bus.event_bus_name,
                "IMPORTS_QUEUE_URL": self.news.queue.queue_url,
            },
            timeout=Duration.seconds(30),
            no_dead_letters=POLLED,
            calls_itself_through_a_queue=True,
        )
        telephony.attach_identity(self.function)
        foundation.tables.config.allow(self.function.role, "GetItem")
        foundation.tables.ops.allow(self.function.role, "GetItem", "PutItem")
        self.function.allow("events:PutEvents", on=[bus.event_bus_arn])
        consume(self.function, self.news)
        # It reminds itself of calls that are not over.
        self.function.allow("sqs:SendMessage", on=[self.news.queue.queue_arn])
        CfnOutput(self, "ImportsFunctionName", value=self.function.function.function_name)
        CfnOutput(self, "ImportsQueueUrl", value=self.news.queue.queue_url)
        CfnOutput(self, "ImportsDeadLettersUrl", value=self.news.dead_letters.queue_url)
