"""What the agents' client calls: the function `agent_api` and its routes.

Decides the routes and that each of them asks for a signed-in person. Which person may do what
is the product's to decide.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.constructs.standard_function import StandardFunction
from infra.stacks.api import ApiStack
from infra.stacks.realtime import RealtimeStack
from infra.wiring import SYNCHRONOUS, Foundation, Telephony

_CONTACT = "/v1/contacts/{contact_id}"
ROUTES = (
    ("Me", apigw.HttpMethod.GET, "/v1/agents/me"),
    ("MyState", apigw.HttpMethod.PUT, "/v1/agents/me/state"),
    ("Contact", apigw.HttpMethod.GET, _CONTACT),
    ("Decisions", apigw.HttpMethod.GET, f"{_CONTACT}/decisions"),
    ("Accept", apigw.HttpMethod.POST, f"{_CONTACT}/offers/{{number}}/accept"),
    ("Decline", apigw.HttpMethod.POST, f"{_CONTACT}/offers/{{number}}/decline"),
    ("Hangup", apigw.HttpMethod.POST, f"{_CONTACT}/hangup"),
    ("Hold", apigw.HttpMethod.POST, f"{_CONTACT}/hold"),
    ("Resume", apigw.HttpMethod.POST, f"{_CONTACT}/resume"),
    ("Rejoin", apigw.HttpMethod.POST, f"{_CONTACT}/rejoin"),
    ("RejoinDecline", apigw.HttpMethod.POST, f"{_CONTACT}/rejoin/decline"),
    ("Transfer", apigw.HttpMethod.POST, f"{_CONTACT}/transfer"),
    ("ReturnToQueue", apigw.HttpMethod.POST, f"{_CONTACT}/return-to-queue"),
    ("Consult", apigw.HttpMethod.POST, f"{_CONTACT}/consult"),
    ("ConsultComplete", apigw.HttpMethod.POST, f"{_CONTACT}/consult/complete"),
    ("ConsultCancel", apigw.HttpMethod.POST, f"{_CONTACT}/consult/cancel"),
    ("Conference", apigw.HttpMethod.POST, f"{_CONTACT}/conference"),
    ("Disposition", apigw.HttpMethod.POST, f"{_CONTACT}/disposition"),
    ("RecordingPause", apigw.HttpMethod.POST, f"{_CONTACT}/recording/pause"),
    ("RecordingResume", apigw.HttpMethod.POST, f"{_CONTACT}/recording/resume"),
    ("Consents", apigw.HttpMethod.GET, f"{_CONTACT}/consents"),
    ("Consent", apigw.HttpMethod.POST, f"{_CONTACT}/consents"),
    ("Recordings", apigw.HttpMethod.GET, f"{_CONTACT}/recordings"),
    ("RecordingAccess", apigw.HttpMethod.POST, f"{_CONTACT}/recordings/{{name}}/access"),
    ("CallbackBook", apigw.HttpMethod.POST, "/v1/callbacks"),
    ("Callbacks", apigw.HttpMethod.GET, "/v1/callbacks"),
    ("Callback", apigw.HttpMethod.GET, "/v1/callbacks/{callback}"),
    ("CallbackCancel", apigw.HttpMethod.DELETE, "/v1/callbacks/{callback}"),
    ("CallbackMove", apigw.HttpMethod.POST, "/v1/callbacks/{callback}/move"),
    ("CallbackReassign", apigw.HttpMethod.POST, "/v1/callbacks/{callback}/reassign"),
    ("CallbackSlots", apigw.HttpMethod.GET, "/v1/callbacks/slots"),
    ("CallbackExport", apigw.HttpMethod.GET, "/v1/callbacks/export"),
    ("SupervisionEnter", apigw.HttpMethod.POST, f"{_CONTACT}/supervision"),
    ("SupervisionChange", apigw.HttpMethod.PATCH, f"{_CONTACT}/supervision"),
    ("SupervisionLeave", apigw.HttpMethod.DELETE, f"{_CONTACT}/supervision"),
    ("TelephonyToken", apigw.HttpMethod.POST, "/v1/telephony/token"),
    ("Tickets", apigw.HttpMethod.POST, "/v1/realtime/tickets"),
)


class AgentsStack(Stack):
    """The function `agent_api` behind the HTTP API."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        foundation: Foundation,
        api: ApiStack,
        realtime: RealtimeStack,
        telephony: Telephony,
    ) -> None:
        super().__init__(scope, id, description="Centralino: API of agents")
        self.function = StandardFunction(
            self,
            "agent_api",
            settings=foundation.settings,
            description="Answers the agents' client",
            alarm_topic=foundation.alarm_topic,
            environment={**foundation.tables.environment(), "WEBSOCKET_URL": realtime.url},
            no_dead_letters=SYNCHRONOUS,
        )
        foundation.tables.allow_matching(self.function)
        realtime.routing.attach(self.function)
        telephony.attach(self.function)
        realtime.ice.attach(self.function)
        # An outside number that is called is known by its subject alone.
        telephony.attach_identity(self.function)
        integration = integrations.HttpLambdaIntegration("AgentApi", self.function.function)
        for id_, method, path in ROUTES:
            apigw.HttpRoute(
                self,
                id_,
                http_api=api.http,
                route_key=apigw.HttpRouteKey.with_(path, method),
                integration=integration,
                authorizer=api.authorizer,
            )
        CfnOutput(self, "AgentApiFunctionName", value=self.function.function.function_name)
