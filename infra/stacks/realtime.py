"""The pages' live connection: the WebSocket API and its function.

Decides the routes, the limits and the address that a push goes to, and whether there are servers
that relay voice between pages. The keep-alive route has no function behind it: it is called every
few minutes by every signed-in agent.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisvideo as kinesisvideo
from constructs import Construct

from infra.constructs.access_log import log_websocket_access
from infra.constructs.log_group import standard_log_group
from infra.constructs.nag import acknowledge
from infra.constructs.standard_function import StandardFunction
from infra.settings import Settings
from infra.stacks.queues import QueuesStack
from infra.wiring import SYNCHRONOUS, Foundation, Ice, Routing, allow_sources

RATE = 2000
BURST = 1000
#: Requests per second, and at once, of the routes that have limits of their own. The largest
#: centre of the design begins 111 calls a second, with some ten signals and ten words each.
ROUTE_LIMITS = {"voice": (2000, 1000), "signal": (2000, 1000), "$default": (50, 50)}
_CONNECTED = "WebSocket APIs authorize $connect alone; the function checked the ticket there."


class RealtimeStack(Stack):
    """The WebSocket API and the function `realtime`."""

    def __init__(
        self, scope: Construct, id: str, *, foundation: Foundation, queues: QueuesStack
    ) -> None:
        super().__init__(scope, id, description="Centralino: live connection of pages")
        settings = foundation.settings
        self.api = apigw.WebSocketApi(
            self,
            "WebSocket",
            api_name="centralino-realtime",
            description="Offers, states and web calls",
            route_selection_expression="$request.body.action",
        )
        self.stage = self._build_stage(settings)
        self.url = self.stage.url
        # Not the stage's own: the function would wait for the stage, which waits for its routes.
        host = f"{self.api.api_id}.execute-api.{self.region}.{self.url_suffix}"
        callback_url = f"https://{host}/{settings.stage}"
        if settings.embedded:
            path = f"_aws/execute-api/{self.api.api_id}/{settings.stage}"
            callback_url = f"{settings.endpoint}/{path}"
            self.url = callback_url.replace("http", "ws", 1)
        self.routing = Routing(
            nudges=queues.nudges,
            timers=queues.timers,
            schedules=queues.schedules,
            callback_url=callback_url,
            api=self.api,
            stage_name=settings.stage,
        )
        self.ice = self._build_ice(settings)
        self.function = self._build_function(foundation)
        self._build_routes()
        CfnOutput(self, "WebSocketUrl", value=self.url)
        CfnOutput(self, "WebSocketApiId", value=self.api.api_id)
        CfnOutput(self, "WebSocketCallbackUrl", value=callback_url)
        CfnOutput(self, "RealtimeFunctionName", value=self.function.function.function_name)

    def _build_stage(self, settings: Settings) -> apigw.WebSocketStage:
        log = standard_log_group(
            self,
            "AccessLog",
            name=f"/aws/vendedlogs/centralino/{settings.stage}/websocket",
            settings=settings,
        )
        stage = apigw.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=settings.stage,
            auto_deploy=True,
            throttle=apigw.ThrottleSettings(rate_limit=RATE, burst_limit=BURST),
        )
        # Each route has its own: what pages say among themselves, or say that is nothing at all,
        # takes no share of connecting and of acknowledging offers.
        for_routes = {
            route: {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
            for route, (rate, burst) in ROUTE_LIMITS.items()
        }
        template = stage.node.default_child
        assert isinstance(template, apigw.CfnStage)
        template.add_property_override("RouteSettings", for_routes)
        log_websocket_access(stage, log)
        if settings.manage_logging_role:
            stage.node.add_dependency(self._build_logging_role(settings))
        return stage

    def _build_logging_role(self, settings: Settings) -> Construct:
        """Let API Gateway write logs: WebSocket stages need it set for the whole account."""
        role = iam.Role(
            self,
            "GatewayLogsRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            description="API Gateway writes access logs of this account and region",
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
                )
            ],
        )
        acknowledge(
            role,
            {
                "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
                "service-role/AmazonAPIGatewayPushToCloudWatchLogs]": (
                    "The policy that AWS keeps for this one purpose."
                )
            },
        )
        account = apigateway.CfnAccount(self, "GatewayAccount", cloud_watch_role_arn=role.role_arn)
        if not settings.embedded:
            # Other APIs of the account may have come to rely on it.
            role.apply_removal_policy(RemovalPolicy.RETAIN)
            account.apply_removal_policy(RemovalPolicy.RETAIN)
        return account

    def _build_function(self, foundation: Foundation) -> StandardFunction:
        function = StandardFunction(
            self,
            "realtime",
            settings=foundation.settings,
            description="Opens and closes pages' connections and takes what they say",
            alarm_topic=foundation.alarm_topic,
            environment={
                **foundation.tables.environment(),
                "FRAMES_PER_SECOND": str(foundation.settings.frames_per_second),
            },
            no_dead_letters=SYNCHRONOUS,
        )
        foundation.tables.allow_matching(function)
        self.routing.attach(function)
        self.ice.attach(function)
        # The flow of a call from a page runs here.
        allow_sources(function)
        return function

    def _build_ice(self, settings: Settings) -> Ice:
        if settings.ice == "none":
            return Ice(channel_arn="")
        channel = kinesisvideo.CfnSignalingChannel(self, "Turn", type="SINGLE_MASTER")
        return Ice(channel_arn=channel.attr_arn)

    def _build_routes(self) -> None:
        for id, key, reason in (
            ("Connect", "$connect", "The function checks the single-use ticket of the request."),
            ("Disconnect", "$disconnect", _CONNECTED),
            ("Unrouted", "$default", _CONNECTED),
            ("Ack", "ack", _CONNECTED),
            ("Voice", "voice", _CONNECTED),
            ("Signal", "signal", _CONNECTED),
        ):
            route = apigw.WebSocketRoute(
                self,
                id,
                web_socket_api=self.api,
                route_key=key,
                integration=integrations.WebSocketLambdaIntegration(
                    f"{id}Integration", self.function.function
                ),
            )
            acknowledge(route, {"AwsSolutions-APIG4": reason})
            if key in ROUTE_LIMITS:
                # A stage cannot be told the limit of a route that is not there yet.
                self.stage.node.add_dependency(route)
        ping = apigw.WebSocketRoute(
            self,
            "Ping",
            web_socket_api=self.api,
            route_key="ping",
            integration=integrations.WebSocketMockIntegration(
                "PingIntegration",
                request_templates={"$default": '{"statusCode": 200}'},
                template_selection_expression="\\$default",
            ),
        )
        acknowledge(ping, {"AwsSolutions-APIG4": _CONNECTED})
