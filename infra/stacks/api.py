"""The HTTP door: one API, its log, its limits and the authorizer of signed-in people.

Decides origins, throttling and whose tokens are accepted. Never adds a route: each
capability adds its own from its own stack.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.access_log import log_http_access
from infra.constructs.alarms import raise_alarm
from infra.constructs.log_group import standard_log_group
from infra.settings import Settings
from infra.stacks.identity import IdentityStack

# Where the carrier calls; the last part of the path is the step.
WEBHOOKS = "/v1/telephony/twilio"
# Some 250 requests a second carry 111 calls a second, the largest centre of the design.
RATE = 2000
BURST = 1000


class ApiStack(Stack):
    """The HTTP API."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        identity: IdentityStack,
        alarm_topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id, description="Centralino: HTTP API")
        self.http = apigw.HttpApi(
            self,
            "Http",
            api_name="centralino",
            description="Centralino",
            create_default_stage=False,
            cors_preflight=apigw.CorsPreflightOptions(
                allow_origins=list(settings.web_urls),
                allow_methods=[
                    apigw.CorsHttpMethod.GET,
                    apigw.CorsHttpMethod.POST,
                    apigw.CorsHttpMethod.PUT,
                    apigw.CorsHttpMethod.DELETE,
                    apigw.CorsHttpMethod.PATCH,
                ],
                allow_headers=["authorization", "content-type", "if-match", "idempotency-key"],
                expose_headers=["etag", "retry-after", "x-correlation-id"],
                max_age=Duration.hours(2),
            ),
        )
        log = standard_log_group(
            self,
            "AccessLog",
            name=f"/aws/vendedlogs/centralino/{settings.stage}/http",
            settings=settings,
        )
        stage = apigw.HttpStage(
            self,
            "Stage",
            http_api=self.http,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigw.ThrottleSettings(rate_limit=RATE, burst_limit=BURST),
        )
        log_http_access(stage, log)
        self.authorizer = authorizers.HttpJwtAuthorizer(
            "People",
            identity.issuer(),
            jwt_audience=[client.user_pool_client_id for client in identity.clients],
        )
        own = self.http.api_endpoint
        if settings.embedded:
            own = f"{settings.endpoint}/_aws/execute-api/{self.http.api_id}/$default"
        self.url = own
        self.public_url = settings.public_url or own
        CfnOutput(self, "HttpApiUrl", value=self.url)
        CfnOutput(self, "HttpApiId", value=self.http.api_id)
        CfnOutput(self, "PublicUrl", value=self.public_url)
        for name, step in (("Voice", "voice"), ("Status", "status")):
            CfnOutput(self, f"{name}WebhookUrl", value=f"{self.public_url}{WEBHOOKS}/{step}")
        raise_alarm(
            self,
            "ServerErrorsAlarm",
            metric=self.http.metric_server_error(period=Duration.minutes(1), statistic="Sum"),
            threshold=0,
            periods=2,
            description="HTTP API: requests end in an error of ours. Read the access log.",
            topic=alarm_topic,
        )
