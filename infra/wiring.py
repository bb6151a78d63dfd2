"""What functions of several stacks are wired to.

Decides which variables and which rights come together: a function that gets an address here
also gets the right to use it, and no function gets one without the other. Never makes a
resource.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secrets
from aws_cdk import aws_sns as sns

from infra.constructs.alarms import raise_alarm
from infra.constructs.nag import acknowledge, logical_id
from infra.constructs.queue_with_dlq import QueueWithDlq
from infra.constructs.standard_function import StandardFunction
from infra.constructs.table import StandardTable
from infra.settings import Settings

#: How the names of data sources begin; a flow can name no other function.
SOURCES = "centralino-source-"
# Why a function needs no dead-letter queue of its own.
SYNCHRONOUS = "Invoked by the API, which waits for the answer; nothing is left to keep."
POLLED = "Invoked by an event source mapping, whose source has a destination for failures."
EVERY_MINUTE = "The next minute's sweep reads the same state and does what is due."
#: Where the product's adapter writes words; the music stands beside it.
PROMPTS_FOLDER = "prompts"


@dataclass(frozen=True)
class Tables:
    """The four tables."""

    contacts: StandardTable
    agents: StandardTable
    config: StandardTable
    ops: StandardTable

    def environment(self) -> dict[str, str]:
        """Variables that tell a function the names of the tables."""
        return {
            "CONTACTS_TABLE": self.contacts.table.table_name,
            "AGENTS_TABLE": self.agents.table.table_name,
            "CONFIG_TABLE": self.config.table.table_name,
            "OPS_TABLE": self.ops.table.table_name,
        }

    def allow_matching(self, function: StandardFunction) -> None:
        """Let a function match contacts with agents: change both, delete neither."""
        for table in (self.contacts, self.agents):
            table.allow(function.role, "GetItem", "PutItem", "UpdateItem")
            table.allow_query_of_index(function.role)
        self._allow_serving(function)

    def allow_relaying(self, function: StandardFunction) -> None:
        """Let a function mend agents; what it needs of contacts is in the stream."""
        self.agents.allow(function.role, "GetItem", "PutItem")
        self._allow_serving(function)

    def _allow_serving(self, function: StandardFunction) -> None:
        """Let a function read the rules, and keep leases and connections."""
        self.config.allow(function.role, "GetItem")
        # A push deletes a connection that it finds gone.
        self.ops.allow(function.role, "GetItem", "Query", "PutItem", "DeleteItem")


@dataclass(frozen=True)
class Foundation:
    """What every stack with functions stands on."""

    settings: Settings
    tables: Tables
    alarm_topic: sns.ITopic


@dataclass(frozen=True)
class Schedules:
    """How a function arms a timer that is further away than a queue reaches.

    Attributes
    ----------
    group
        Name of the schedule group.
    role_arn, queue_arn
        The role by which schedules send, and the queue they send to.
    """

    group: str
    role_arn: str
    queue_arn: str

    def attach(self, function: StandardFunction) -> None:
        """Give a function the group, and the right to make schedules in it."""
        function.add_environment(
            {
                "SCHEDULE_GROUP": self.group,
                "SCHEDULE_ROLE_ARN": self.role_arn,
                "SCHEDULE_QUEUE_ARN": self.queue_arn,
            }
        )
        path = f"{self.group}/*"
        arn = Stack.of(function).format_arn(
            service="scheduler", resource="schedule", resource_name=path
        )
        function.allow("scheduler:CreateSchedule", on=[arn])
        function.allow("iam:PassRole", on=[self.role_arn])
        shown = f"arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/{path}"
        acknowledge(
            function,
            {
                f"AwsSolutions-IAM5[Resource::{shown}]": (
                    "A schedule's name is a hash of what it wakes, known once it is made; the "
                    "right ends at making schedules in the product's own group."
                )
            },
        )


@dataclass(frozen=True)
class Routing:
    """How a function wakes a pool, arms a timer and reaches an agent's browser.

    Attributes
    ----------
    callback_url
        Endpoint of PostToConnection.
    api, stage_name
        The stage whose connections may be posted to.
    """

    nudges: QueueWithDlq
    timers: QueueWithDlq
    schedules: Schedules
    callback_url: str
    api: apigw.WebSocketApi
    stage_name: str

    def attach(self, function: StandardFunction) -> None:
        """Give a function the addresses and the rights on them."""
        function.add_environment(
            {
                "NUDGES_QUEUE_URL": self.nudges.queue.queue_url,
                "TIMERS_QUEUE_URL": self.timers.queue.queue_url,
                "WEBSOCKET_CALLBACK_URL": self.callback_url,
            }
        )
        function.allow(
            "sqs:SendMessage", on=[pair.queue.queue_arn for pair in (self.nudges, self.timers)]
        )
        self.schedules.attach(function)
        self._allow_push(function)

    def _allow_push(self, function: StandardFunction) -> None:
        path = f"{self.stage_name}/POST/@connections/*"
        owner = Stack.of(self.api)
        function.allow(
            "execute-api:ManageConnections",
            on=[
                owner.format_arn(
                    service="execute-api", resource=self.api.api_id, resource_name=path
                )
            ],
        )
        # The finding's id holds the API's reference as the stack of the function sees it.
        shown = f"<{logical_id(self.api)}>"
        if Stack.of(function) is not owner:
            shown = owner.resolve(owner.export_value(self.api.api_id))["Fn::ImportValue"]
        arn = f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:{shown}/{path}"
        acknowledge(
            function,
            {
                f"AwsSolutions-IAM5[Resource::{arn}]": (
                    "A connection's id is known only once an agent has connected; the right ends "
                    "at posting to the connections of this one stage."
                )
            },
        )


@dataclass(frozen=True)
class Telephony:
    """How a function speaks to the carrier.

    Attributes
    ----------
    provider_secret
        The carrier account's ``account_sid`` and ``auth_token``.
    identity_secret
        Key of the hashes that make contact ids and subjects.
    public_url
        Base URL under which the carrier sees the API.
    chime_application
        Id of the SIP media application whose calls may be changed; empty for none.
    calls_per_second
        How many calls the account may be asked for.
    """

    provider_secret: secrets.ISecret
    identity_secret: secrets.ISecret
    public_url: str
    twilio_api_url: str
    chime_application: str = ""
    calls_per_second: int = 1

    def attach(self, function: StandardFunction) -> None:
        """Give a function the carrier's address and the account to use there."""
        function.add_environment(
            {
                "TWILIO_SECRET_ARN": self.provider_secret.secret_arn,
                "TWILIO_API_URL": self.twilio_api_url,
                "PUBLIC_URL": self.public_url,
                "CALLS_PER_SECOND": str(self.calls_per_second),
            }
        )
        _allow_secret(function, self.provider_secret)
        if self.chime_application:
            application = Stack.of(function).format_arn(
                service="chime", resource="sma", resource_name=self.chime_application
            )
            function.allow("chime:UpdateSipMediaApplicationCall", on=[application])

    def attach_identity(self, function: StandardFunction) -> None:
        """Give a function the key of ids; only who meets a number for the first time needs it."""
        function.add_environment({"IDENTITY_SECRET_ARN": self.identity_secret.secret_arn})
        _allow_secret(function, self.identity_secret)


@dataclass(frozen=True)
class Prompts:
    """How a function speaks to callers whose page plays files.

    Attributes
    ----------
    url
        Where the files of the bucket can be fetched.
    polly_url
        Base URL of the speech service; empty for Amazon Polly's own.
    key
        The key of the files' names.
    """

    bucket: s3.IBucket
    url: str
    polly_url: str
    key: secrets.ISecret

    def tell(self, function: StandardFunction) -> None:
        """Give a function the addresses, and no right to anything."""
        function.add_environment(
            {"PROMPTS_URL": self.url, "PROMPTS_BUCKET": self.bucket.bucket_name}
        )

    def attach(self, function: StandardFunction) -> None:
        """Let a function have words spoken, and keep the files."""
        self.tell(function)
        function.add_environment({"PROMPTS_KEY_ARN": self.key.secret_arn})
        _allow_secret(function, self.key)
        if self.polly_url:
            function.add_environment({"POLLY_ENDPOINT_URL": self.polly_url})
        # A resource here would be a lexicon: speech itself has none.
        function.allow("polly:SynthesizeSpeech", on=["*"])
        path = f"{PROMPTS_FOLDER}/*"
        function.allow("s3:GetObject", "s3:PutObject", on=[self.bucket.arn_for_objects(path)])
        owner = Stack.of(self.bucket)
        shown = owner.resolve(owner.export_value(self.bucket.bucket_arn))["Fn::ImportValue"]
        acknowledge(
            function,
            {
                f"AwsSolutions-IAM5[Resource::{shown}/{path}]": (
                    "A file's name is a hash of the words, known once they are said; the right "
                    "ends at the folder of prompts."
                )
            },
        )


@dataclass(frozen=True)
class Ice:
    """How a function gets TURN servers for pages.

    Attributes
    ----------
    channel_arn
        The signalling channel whose servers they are; empty where pages get none.
    """

    channel_arn: str

    def attach(self, function: StandardFunction) -> None:
        """Let a function ask for servers, where there are any."""
        if not self.channel_arn:
            return
        function.add_environment({"ICE_CHANNEL_ARN": self.channel_arn})
        function.allow(
            "kinesisvideo:GetSignalingChannelEndpoint",
            "kinesisvideo:GetIceServerConfig",
            on=[self.channel_arn],
        )


@dataclass(frozen=True)
class Delivery:
    """How a function writes to customers.

    Attributes
    ----------
    settings
        Say by which way, and from which number or address.
    """

    settings: Settings

    def tell(self, function: StandardFunction) -> None:
        """Tell a function by which ways customers are written to, and give no right to any."""
        function.add_environment(
            {
                "SMS_BY": self.settings.sms,
                "SMS_SENDER": self.settings.sms_sender,
                "EMAIL_BY": self.settings.email,
                "EMAIL_SENDER": self.settings.email_sender,
            }
        )

    def attach(self, function: StandardFunction) -> None:
        """Let a function write to customers, from this deployment's own number and address."""
        self.tell(function)
        stack = Stack.of(function)
        if self.settings.sms == "aws":
            kind = "pool" if self.settings.sms_sender.startswith("pool-") else "phone-number"
            sender = stack.format_arn(
                service="sms-voice", resource=kind, resource_name=self.settings.sms_sender
            )
            function.allow("sms-voice:SendTextMessage", on=[sender])
        if self.settings.email == "ses":
            # Whichever of the two was verified.
            names = (self.settings.email_sender, self.settings.email_sender.rpartition("@")[2])
            identities = [
                stack.format_arn(service="ses", resource="identity", resource_name=name)
                for name in names
            ]
            function.allow("ses:SendEmail", on=identities)


def watch_spending(function: StandardFunction, topic: sns.ITopic) -> None:
    """Alarm when a function finds that a business unit has spent what it may in a day."""
    logged = logs.MetricFilter(
        function,
        "SpendCap",
        log_group=function.log_group,
        filter_pattern=logs.FilterPattern.string_value("$.message", "=", "spend_cap"),
        metric_namespace="Centralino",
        metric_name=f"SpendCap-{function.node.id}",
    )
    raise_alarm(
        function,
        "SpendCapAlarm",
        metric=logged.metric(period=Duration.minutes(1), statistic="Sum"),
        threshold=0,
        description=(
            "A business unit has spent its calls or messages of the day: requests from pages are "
            "refused. See docs/runbooks/spend-cap.md."
        ),
        topic=topic,
    )


def allow_sources(function: StandardFunction) -> None:
    """Let call flows ask the Lambda functions that are named as their data sources."""
    stack, name = Stack.of(function), f"{SOURCES}*"
    arn = f"arn:{stack.partition}:lambda:{stack.region}:{stack.account}:function:{name}"
    function.allow("lambda:InvokeFunction", on=[arn])
    found = f"arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:{name}"
    acknowledge(
        function,
        {
            f"AwsSolutions-IAM5[Resource::{found}]": (
                "The data sources of call flows are deployed by whoever writes the flows; the "
                "right ends at functions that are named as such."
            )
        },
    )


def attach_orders(orders: QueueWithDlq, function: StandardFunction) -> None:
    """Let a function order recordings to be copied."""
    function.add_environment({"RECORDINGS_QUEUE_URL": orders.queue.queue_url})
    function.allow("sqs:SendMessage", on=[orders.queue.queue_arn])


def _allow_secret(function: StandardFunction, secret: secrets.ISecret) -> None:
    function.allow("secretsmanager:GetSecretValue", on=[secret.secret_arn])
