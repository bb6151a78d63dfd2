"""What the carrier calls: the secrets of the account and the function of its webhooks.

Decides that no authorizer stands before the webhooks, because the carrier signs each request
and the function checks the signature. Never holds a credential: the provider secret is made
with values that match nothing until an operator overwrites them.
"""

from __future__ import annotations

import json

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.standard_function import StandardFunction
from infra.settings import Settings
from infra.stacks.api import WEBHOOKS, ApiStack
from infra.wiring import SYNCHRONOUS, Foundation, Routing, Telephony, allow_sources


class TelephonyStack(Stack):
    """The secrets and the function `call_events`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        foundation: Foundation,
        api: ApiStack,
        routing: Routing,
    ) -> None:
        super().__init__(scope, id, description="Centralino: telephony")
        settings = foundation.settings
        self.telephony = Telephony(
            provider_secret=self._build_provider_secret(),
            identity_secret=self._build_identity_secret(settings),
            public_url=api.public_url,
            twilio_api_url=settings.twilio_api_url,
            chime_application=settings.chime_application,
            calls_per_second=settings.calls_per_second,
        )
        self.function = StandardFunction(
            self,
            "call_events",
            settings=settings,
            description="Answers the carrier's webhooks",
            alarm_topic=foundation.alarm_topic,
            environment=foundation.tables.environment(),
            no_dead_letters=SYNCHRONOUS,
        )
        foundation.tables.allow_matching(self.function)
        routing.attach(self.function)
        self.telephony.attach(self.function)
        self.telephony.attach_identity(self.function)
        allow_sources(self.function)
        self.chime = self._build_chime(foundation, routing)
        webhooks = apigw.HttpRoute(
            self,
            "Webhooks",
            http_api=api.http,
            route_key=apigw.HttpRouteKey.with_(f"{WEBHOOKS}/{{step}}", apigw.HttpMethod.POST),
            integration=integrations.HttpLambdaIntegration("CallEvents", self.function.function),
        )
        acknowledge(
            webhooks,
            {
                "AwsSolutions-APIG4": (
                    "The carrier cannot sign in: it signs each request with the account's token, "
                    "and the function refuses one whose signature does not match."
                )
            },
        )
        CfnOutput(self, "CallEventsFunctionName", value=self.function.function.function_name)
        CfnOutput(self, "TwilioSecretArn", value=self.telephony.provider_secret.secret_arn)
        CfnOutput(self, "TwilioApiUrl", value=settings.twilio_api_url)
        CfnOutput(self, "IdentitySecretArn", value=self.telephony.identity_secret.secret_arn)

    def _build_chime(self, foundation: Foundation, routing: Routing) -> StandardFunction:
        """Make the function that a SIP media application asks, and let only that one ask."""
        function = StandardFunction(
            self,
            "chime_calls",
            settings=foundation.settings,
            description="Answers a SIP media application that asks what a call does next",
            alarm_topic=foundation.alarm_topic,
            environment=foundation.tables.environment(),
            # The service waits five seconds for an answer.
            timeout=Duration.seconds(5),
            no_dead_letters=SYNCHRONOUS,
        )
        foundation.tables.allow_matching(function)
        routing.attach(function)
        self.telephony.attach(function)
        self.telephony.attach_identity(function)
        application = foundation.settings.chime_application
        if application:
            function.function.add_permission(
                "Chime",
                principal=iam.ServicePrincipal("voiceconnector.chime.amazonaws.com"),
                source_account=self.account,
                source_arn=self.format_arn(
                    service="chime", resource="sma", resource_name=application
                ),
            )
        CfnOutput(self, "ChimeCallsFunctionName", value=function.function.function_name)
        CfnOutput(self, "ChimeCallsFunctionArn", value=function.function.function_arn)
        return function

    def _build_provider_secret(self) -> secrets.Secret:
        # The generated token signs nothing that the carrier sends, so every webhook is refused
        # until an operator puts the account's own values here.
        secret = secrets.Secret(
            self,
            "Provider",
            description="Carrier account of Centralino: overwrite with account_sid and auth_token",
            generate_secret_string=secrets.SecretStringGenerator(
                secret_string_template=json.dumps({"account_sid": "REPLACE-WITH-ACCOUNT-SID"}),
                generate_string_key="auth_token",
                password_length=32,
                exclude_punctuation=True,
            ),
        )
        acknowledge(
            secret,
            {
                "AwsSolutions-SMG4": (
                    "The carrier issues the token: an operator rotates it there, with its second "
                    "token valid meanwhile, and writes the new one here."
                )
            },
        )
        return secret

    def _build_identity_secret(self, settings: Settings) -> secrets.Secret:
        secret = secrets.Secret(
            self,
            "Identity",
            description="Key of the hashes in Centralino's contact and subject ids: never change",
            generate_secret_string=secrets.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            removal_policy=RemovalPolicy.DESTROY if settings.embedded else RemovalPolicy.RETAIN,
        )
        acknowledge(
            secret,
            {
                "AwsSolutions-SMG4": (
                    "Ids are hashes under this key: after a rotation the same call would get a "
                    "second contact, and a person's earlier contacts would not be found."
                )
            },
        )
        return secret
