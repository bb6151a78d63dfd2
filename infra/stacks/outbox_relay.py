"""What publishes: the function `outbox_relay` on the streams of contacts and agents.

Decides retries, and where a record goes that fails them all: a bucket, because a queue would
get the record's address alone. Never decides what an event says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.alarms import raise_alarm
from infra.constructs.nag import acknowledge, logical_id
from infra.constructs.standard_function import StandardFunction
from infra.constructs.table import StandardTable
from infra.wiring import POLLED, Foundation, Routing

#: An operational item that tells something says so in an attribute.
TELLING = {"dynamodb": {"NewImage": {"d": {"M": {"told": {"S": lambda_.FilterRule.exists()}}}}}}
RETRIES = 5
BATCH = 100


class OutboxRelayStack(Stack):
    """The relay, its bucket of failures and its alarms."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        foundation: Foundation,
        routing: Routing,
        bus: events.IEventBus,
    ) -> None:
        super().__init__(scope, id, description="Centralino: publishing of events")
        tables = foundation.tables
        self.failures = self._build_failures(embedded=foundation.settings.embedded)
        self.function = StandardFunction(
            self,
            "outbox_relay",
            settings=foundation.settings,
            description="Publishes what the table streams say has happened",
            alarm_topic=foundation.alarm_topic,
            environment={**tables.environment(), "EVENT_BUS_NAME": bus.event_bus_name},
            timeout=Duration.seconds(30),
            no_dead_letters=POLLED,
        )
        tables.allow_relaying(self.function)
        routing.attach(self.function)
        self.function.allow("events:PutEvents", on=[bus.event_bus_arn])
        self.function.allow("s3:PutObject", on=[self.failures.arn_for_objects("*")])
        self.function.allow("s3:ListBucket", on=[self.failures.bucket_arn])
        acknowledge(
            self.function,
            {
                f"AwsSolutions-IAM5[Resource::<{logical_id(self.failures)}.Arn>/*]": (
                    "Lambda names each object after the batch that failed."
                )
            },
        )
        for name, table in (("Contacts", tables.contacts), ("Agents", tables.agents)):
            self._follow(name, table)
        # Of the many small items of `ops` only those come here that tell something.
        self._follow("Ops", tables.ops, TELLING)
        self._build_alarms(foundation)
        CfnOutput(self, "OutboxRelayFunctionName", value=self.function.function.function_name)
        CfnOutput(self, "OutboxFailuresBucketName", value=self.failures.bucket_name)

    def _build_failures(self, *, embedded: bool) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Failures",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="forget",
                    expiration=Duration.days(90),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            removal_policy=RemovalPolicy.DESTROY if embedded else RemovalPolicy.RETAIN,
        )
        acknowledge(
            bucket,
            {
                "AwsSolutions-S1": (
                    "Lambda writes here and an operator reads; CloudTrail tells who did, and a "
                    "log bucket would need another one in turn."
                )
            },
        )
        return bucket

    def _follow(
        self, name: str, table: StandardTable, only: Mapping[str, Any] | None = None
    ) -> None:
        stream = table.table.table_stream_arn
        if stream is None:
            raise ValueError(f"{name} has no stream")
        self.function.allow(
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            on=[stream],
        )
        mapping = lambda_.EventSourceMapping(
            self.function,
            f"{name}Source",
            target=self.function.function,
            event_source_arn=stream,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=BATCH,
            bisect_batch_on_error=True,
            retry_attempts=RETRIES,
            report_batch_item_failures=True,
            # Expiry removes items that have said all they had to say.
            filters=[
                lambda_.FilterCriteria.filter(
                    {"eventName": lambda_.FilterRule.or_("INSERT", "MODIFY"), **(only or {})}
                )
            ],
        )
        source = mapping.node.default_child
        if not isinstance(source, lambda_.CfnEventSourceMapping):
            raise TypeError("an event source mapping has no resource")
        source.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                destination=self.failures.bucket_arn
            )
        )
        mapping.node.add_dependency(self.function.role)

    def _build_alarms(self, foundation: Foundation) -> None:
        raise_alarm(
            self,
            "IteratorAgeAlarm",
            metric=self.function.function.metric(
                "IteratorAge", period=Duration.minutes(1), statistic="Maximum"
            ),
            threshold=30_000,
            periods=2,
            description=(
                "outbox_relay: events are published over 30 s late. "
                "A record fails, or the function is throttled."
            ),
            topic=foundation.alarm_topic,
        )
        raise_alarm(
            self,
            "DroppedAlarm",
            metric=cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name="DestinationDeliveryFailures",
                dimensions_map={"FunctionName": self.function.function.function_name},
                period=Duration.minutes(1),
                statistic="Sum",
            ),
            threshold=0,
            description=(
                "outbox_relay: a failed record could not be kept. "
                "Look at the function's right to write to its bucket."
            ),
            topic=foundation.alarm_topic,
        )
