"""What anybody's page calls without signing in: the function `public_api` and its routes.

Decides the routes and how much of the account they may take. How often one source may call is
the product's to decide, by the setting it gets here.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.standard_function import StandardFunction
from infra.stacks.api import ApiStack
from infra.stacks.realtime import RealtimeStack
from infra.wiring import SYNCHRONOUS, Foundation, Prompts, Telephony

CALLS = "/v1/public/calls"
#: Where one takes 50 ms that is 400 a second: the largest centre of the design has 111 calls.
AT_ONCE = 20
ROUTES = (("Calls", CALLS), ("CallTickets", f"{CALLS}/{{call}}/tickets"))


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
            description="Places calls from pages that nobody has signed in to",
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
        foundation.tables.allow_front_door(self.function)
        # The contact of a call is named, and its source hidden, by the key of ids.
        telephony.attach_identity(self.function)
        realtime.ice.attach(self.function)
        prompts.tell(self.function)
        integration = integrations.HttpLambdaIntegration("PublicApi", self.function.function)
        for id_, path in ROUTES:
            route = apigw.HttpRoute(
                self,
                id_,
                http_api=api.http,
                route_key=apigw.HttpRouteKey.with_(path, apigw.HttpMethod.POST),
                integration=integration,
            )
            acknowledge(
                route,
                {
                    "AwsSolutions-APIG4": (
                        "Customers have no account: the function counts each source's requests, "
                        "and a ticket opens the socket of one call, once, within a minute."
                    )
                },
            )
        CfnOutput(self, "PublicApiFunctionName", value=self.function.function.function_name)
