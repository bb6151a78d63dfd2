"""Where recordings are kept: the key, the bucket, and the function `recordings` that fills it.

Decides who can read a sound, how it is encrypted and when it is forgotten: by class of retention,
which is the first part of its key, so that deleting hangs on no program of ours. Never decides
what is recorded or who may listen.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.consumer import consume
from infra.constructs.nag import acknowledge, logical_id
from infra.constructs.private_bucket import private_bucket
from infra.constructs.queue_with_dlq import QueueWithDlq
from infra.constructs.standard_function import StandardFunction
from infra.wiring import POLLED, Foundation, Telephony

#: For how many days a queue can have its recordings kept, as the product has it.
RETENTIONS = (7, 30, 90, 180, 365, 730, 1095, 1825, 3650)
#: An hour of talk, on two channels, is some 115 MB; it is fetched and kept well within this.
TIMEOUT = Duration.minutes(5)
_LOGS_DAYS = 365


class RecordingsStack(Stack):
    """The bucket of recordings and the function that copies them there."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        foundation: Foundation,
        telephony: Telephony,
        orders: QueueWithDlq,
    ) -> None:
        super().__init__(scope, id, description="Centralino: recordings")
        # The log bucket lets S3 write by its policy, not by an access control list.
        self.node.set_context("@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy", True)
        embedded = foundation.settings.embedded
        # The emulator's S3 encrypts nothing, whatever the key.
        self.key = None if embedded else self._build_key()
        self.bucket = self._build_bucket(embedded=embedded)
        self.function = StandardFunction(
            self,
            "recordings",
            settings=foundation.settings,
            description="Keeps what the carrier has recorded, and has it forgotten there",
            alarm_topic=foundation.alarm_topic,
            environment={
                **foundation.tables.environment(),
                "RECORDINGS_BUCKET": self.bucket.bucket_name,
            },
            timeout=TIMEOUT,
            no_dead_letters=POLLED,
            # What is redriven from its dead letters has been here before.
            calls_itself_through_a_queue=True,
        )
        telephony.attach(self.function)
        foundation.tables.ops.allow(self.function.role, "GetItem", "PutItem")
        self._allow("s3:PutObject", "s3:AbortMultipartUpload", function=self.function)
        # Parts of an upload are decrypted again to be put together.
        self._allow_key("kms:GenerateDataKey", "kms:Decrypt", function=self.function)
        # A long talk takes the function's whole time for itself, and the carrier limits how much is
        # asked of it at once.
        consume(self.function, orders, batch_size=1, max_concurrency=10)
        CfnOutput(self, "RecordingsFunctionName", value=self.function.function.function_name)
        CfnOutput(self, "RecordingsBucketName", value=self.bucket.bucket_name)
        if self.key is not None:
            CfnOutput(self, "RecordingsKeyArn", value=self.key.key_arn)

    def attach_listening(self, function: StandardFunction) -> None:
        """Let a function give out addresses of sounds: it signs them with its own right."""
        function.add_environment({"RECORDINGS_BUCKET": self.bucket.bucket_name})
        self._allow("s3:GetObject", function=function)
        self._allow_key("kms:Decrypt", function=function)

    def _build_key(self) -> kms.Key:
        return kms.Key(
            self,
            "Key",
            description="Centralino: recordings of calls",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _build_bucket(self, *, embedded: bool) -> s3.Bucket:
        removal = RemovalPolicy.DESTROY if embedded else RemovalPolicy.RETAIN
        logs = s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[s3.LifecycleRule(id="forget", expiration=Duration.days(_LOGS_DAYS))],
            removal_policy=removal,
        )
        CfnOutput(self, "RecordingsLogsBucketName", value=logs.bucket_name)
        return private_bucket(
            self,
            "Bucket",
            embedded=embedded,
            rules=[
                s3.LifecycleRule(
                    id=f"forget-after-{days}-days",
                    prefix=f"recordings/{days}/",
                    expiration=Duration.days(days),
                )
                for days in RETENTIONS
            ],
            encryption=(s3.BucketEncryption.S3_MANAGED if embedded else s3.BucketEncryption.KMS),
            encryption_key=self.key,
            # One request to the key for many sounds, not one for each.
            bucket_key_enabled=None if embedded else True,
            minimum_tls_version=None if embedded else 1.2,
            # A sound that is forgotten must not live on as an old version.
            versioned=False,
            server_access_logs_bucket=logs,
            server_access_logs_prefix="recordings/",
        )

    def _allow(self, *actions: str, function: StandardFunction) -> None:
        function.allow(*actions, on=[self.bucket.arn_for_objects("recordings/*")])
        shown = f"<{logical_id(self.bucket)}.Arn>"
        if Stack.of(function) is not self:
            exported = self.resolve(self.export_value(self.bucket.bucket_arn))
            shown = exported["Fn::ImportValue"]
        acknowledge(
            function,
            {
                f"AwsSolutions-IAM5[Resource::{shown}/recordings/*]": (
                    "A sound is named after its day and its contact, which nobody knows before."
                )
            },
        )

    def _allow_key(self, *actions: str, function: StandardFunction) -> None:
        if self.key is not None:
            function.allow(*actions, on=[self.key.key_arn])
