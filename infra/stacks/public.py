"""What anybody's page calls without signing in: the function `public_api` and its routes.

Decides the routes and how much of the account they may take. How often one source may call is
the product's to decide, by the setting it gets here.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.standard_function import StandardFunction
from infra.stacks.api import ApiStack
from infra.stacks.realtime import RealtimeStack
from infra.wiring import (
    SYNCHRONOUS,
    Delivery,
    Foundation,
    Prompts,
    Telephony,
    watch_spending,
)

CALLS = "/v1/public/calls"
#: Where one takes 50 ms that is 400 a second: the largest centre of the design has 111 calls.
AT_ONCE = 20
CALLBACKS = "/v1/public/callbacks"
LINK = f"{CALLBACKS}/links/{{token}}"
POST, GET, HEAD = apigw.HttpMethod.POST, apigw.HttpMethod.GET, apigw.HttpMethod.HEAD
ROUTES = (
    ("Calls", POST, CALLS),
    ("CallTickets", POST, f"{CALLS}/{{call}}/tickets"),
    ("Callbacks", POST, CALLBACKS),
    ("CallbackConfirm", POST, f"{CALLBACKS}/confirm"),
    ("CallbackSlots", GET, f"{CALLBACKS}/slots"),
    ("CallbackLink", GET, LINK),
    ("CallbackLinkProbe", HEAD, LINK),
    ("CallbackLinkForm", POST, LINK),
)
#: Shows what would have been sent; only where nothing is.
OUTBOX = ("Outbox", GET, "/v1/public/outbox")


class PublicStack(Stack):
    """The function `public_api` behind the HTTP API."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        foundation: Foundation,
        api: ApiStack,
        realtime: RealtimeStack,
        telephony: Telephony,
        prompts: Prompts,
    ) -> None:
        super().__init__(scope, id, description="Centralino: API of anybody's page")
        settings = foundation.settings
        self.function = StandardFunction(
            self,
            "public_api",
            settings=settings,
            description="Takes calls and callbacks from pages that nobody has signed in to",
            alarm_topic=foundation.alarm_topic,
            environment={
                **foundation.tables.environment(),
                "WEBSOCKET_URL": realtime.url,
                "WEB_CALLS_PER_MINUTE": str(settings.web_calls_per_minute),
                "VIEWER_ADDRESS_HEADER": settings.viewer_address_header,
            },
            # Whoever floods this door must not take the others' share of the account.
            reserved_concurrency=AT_ONCE,
            no_dead_letters=SYNCHRONOUS,
        )
        # A callback that is booked here may be matched at once.
        foundation.tables.allow_matching(self.function)
        realtime.routing.attach(self.function)
        Delivery(settings).tell(self.function)
        watch_spending(self.function, foundation.alarm_topic)
        if settings.viewer_address_header:
            self._know_the_front()
        # The contact of a call is named, and its source hidden, by the key of ids.
        telephony.attach_identity(self.function)
        realtime.ice.attach(self.function)
        prompts.tell(self.function)
        integration = integrations.HttpLambdaIntegration("PublicApi", self.function.function)
        for id_, method, path in (*ROUTES, OUTBOX) if settings.embedded else ROUTES:
            route = apigw.HttpRoute(
                self,
                id_,
                http_api=api.http,
                route_key=apigw.HttpRouteKey.with_(path, method),
                integration=integration,
            )
            acknowledge(
                route,
                {
                    "AwsSolutions-APIG4": (
                        "Customers have no account: the function counts each source's requests, "
                        "a ticket opens the socket of one call, once, within a minute; a callback "
                        "takes a code that its number was sent, or a link that is signed."
                    )
                },
            )
        CfnOutput(self, "PublicApiFunctionName", value=self.function.function.function_name)

    def _know_the_front(self) -> None:
        """Make the secret by which the function knows what a distribution has passed on."""
        secret = secrets.Secret(
            self,
            "Origin",
            description="What the distribution sends in the header x-centralino-origin",
            generate_secret_string=secrets.SecretStringGenerator(
                password_length=48, exclude_punctuation=True
            ),
        )
        acknowledge(
            secret,
            {
                "AwsSolutions-SMG4": (
                    "The distribution is the operator's: who changes the secret there writes both "
                    "values here, separated by a space, until all of the edge has the new one."
                )
            },
        )
        self.function.add_environment({"ORIGIN_SECRET_ARN": secret.secret_arn})
        self.function.allow("secretsmanager:GetSecretValue", on=[secret.secret_arn])
        CfnOutput(self, "OriginSecretArn", value=secret.secret_arn)
