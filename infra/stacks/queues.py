"""The work queues, and the schedules that reach further than a queue does.

Decides their kind, visibility and when waiting is worth an alarm. They stand below the
functions because functions of four stacks send to them.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.queue_with_dlq import QueueWithDlq
from infra.settings import Settings
from infra.wiring import Schedules


class QueuesStack(Stack):
    """Nudges wake the matcher of a pool; timers come back when a state has lasted too long.

    Recordings wait to be copied. Schedules send timers that are further away than a queue reaches.
    """

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, alarm_topic: sns.ITopic
    ) -> None:
        super().__init__(scope, id, description="Centralino: work queues")
        self.nudges = QueueWithDlq(
            self,
            "Nudges",
            fifo=True,
            # Just above the matcher's timeout: a crash stalls its pool no longer than this.
            visibility=Duration.seconds(12),
            oldest=Duration.seconds(30),
            alarm_topic=alarm_topic,
        )
        self.timers = QueueWithDlq(
            self,
            "Timers",
            visibility=Duration.seconds(60),
            # SQS counts the delay into a message's age, and the longest delay is 900 s.
            oldest=Duration.seconds(960),
            alarm_topic=alarm_topic,
        )
        self.recordings = QueueWithDlq(
            self,
            "Recordings",
            # Above the timeout of the function that copies.
            visibility=Duration.minutes(6),
            oldest=Duration.minutes(30),
            alarm_topic=alarm_topic,
        )
        self.schedules = self._build_schedules(settings)
        for name, pair in (
            ("Nudges", self.nudges),
            ("Timers", self.timers),
            ("Recordings", self.recordings),
        ):
            CfnOutput(self, f"{name}QueueUrl", value=pair.queue.queue_url)
            CfnOutput(self, f"{name}DeadLettersUrl", value=pair.dead_letters.queue_url)

    def _build_schedules(self, settings: Settings) -> Schedules:
        name = f"centralino-{settings.stage}"
        group = scheduler.CfnScheduleGroup(self, "Schedules", name=name)
        role = iam.Role(
            self,
            "SchedulesRole",
            # Of all schedules of the service, those of this group alone.
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("scheduler.amazonaws.com"),
                {
                    "StringEquals": {
                        "aws:SourceAccount": self.account,
                        "aws:SourceArn": self.format_arn(
                            service="scheduler", resource="schedule-group", resource_name=name
                        ),
                    }
                },
            ),
            description="What schedules of far timers may do",
        )
        role.node.add_dependency(group)
        iam.Grant.add_to_principal(
            grantee=role,
            actions=["sqs:SendMessage"],
            resource_arns=[self.timers.queue.queue_arn],
        ).assert_success()
        return Schedules(group=name, role_arn=role.role_arn, queue_arn=self.timers.queue.queue_arn)
