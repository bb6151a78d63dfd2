"""What functions of several stacks are wired to.

Decides which variables and which rights come together: a function that gets an address here
also gets the right to use it, and no function gets one without the other. Never makes a
resource.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secrets
from aws_cdk import aws_sns as sns

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

    def allow_front_door(self, function: StandardFunction) -> None:
        """Let a function place a call: read the rules and the contact, keep call and ticket."""
        self.contacts.allow(function.role, "GetItem")
        self.config.allow(function.role, "GetItem")
        self.ops.allow(function.role, "GetItem", "PutItem")

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
    """

    provider_secret: secrets.ISecret
    identity_secret: secrets.ISecret
    public_url: str
    twilio_api_url: str
    chime_application: str = ""

    def attach(self, function: StandardFunction) -> None:
        """Give a function the carrier's address and the account to use there."""
        function.add_environment(
            {
                "TWILIO_SECRET_ARN": self.provider_secret.secret_arn,
                "TWILIO_API_URL": self.twilio_api_url,
                "PUBLIC_URL": self.public_url,
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
    """

    bucket: s3.IBucket
    url: str
    polly_url: str

    def tell(self, function: StandardFunction) -> None:
        """Give a function the addresses, and no right to anything."""
        function.add_environment(
            {"PROMPTS_URL": self.url, "PROMPTS_BUCKET": self.bucket.bucket_name}
        )

    def attach(self, function: StandardFunction) -> None:
        """Let a function have words spoken, and keep the files."""
        self.tell(function)
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
