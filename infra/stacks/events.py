"""Where facts go out: the event bus with its archive, and the alarm topic.

Decides the name that consumers subscribe by and how long events can be replayed. Never decides
what an event says.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.settings import Settings

BUS_NAME = "centralino"


class EventsStack(Stack):
    """The bus of published events, and the topic of alarms."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, description="Centralino: event bus, archive, alarm topic")
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=BUS_NAME,
            description="Published events of contacts and agents",
        )
        self.bus.archive(
            "Archive",
            description="Every published event, for replay to a new consumer",
            event_pattern=events.EventPattern(source=events.Match.prefix("centralino.")),
            retention=Duration.days(settings.archive_days),
        )
        self.alarm_topic = sns.Topic(
            self, "Alarms", display_name="Centralino alarms", enforce_ssl=True
        )
        # Asking for TLS gives the topic a policy, and a policy of one's own replaces the one that
        # would have let alarms publish.
        self.alarm_topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.alarm_topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if settings.alarm_email:
            self.alarm_topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        CfnOutput(self, "EventBusName", value=self.bus.event_bus_name)
        CfnOutput(self, "EventBusArn", value=self.bus.event_bus_arn)
        CfnOutput(self, "AlarmTopicArn", value=self.alarm_topic.topic_arn)
