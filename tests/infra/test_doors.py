"""Who gets in, by which door, and with what proof."""

from __future__ import annotations

import json

import pytest

from tests.infra.synthesis import Resource, Templates, flat

AGENT_ROUTES = {
    "GET /v1/agents/me",
    "PUT /v1/agents/me/state",
    "GET /v1/contacts/{contact_id}",
    "GET /v1/contacts/{contact_id}/decisions",
    "POST /v1/contacts/{contact_id}/offers/{number}/accept",
    "POST /v1/contacts/{contact_id}/offers/{number}/decline",
    "POST /v1/contacts/{contact_id}/hangup",
    "POST /v1/contacts/{contact_id}/hold",
    "POST /v1/contacts/{contact_id}/resume",
    "POST /v1/contacts/{contact_id}/rejoin",
    "POST /v1/contacts/{contact_id}/rejoin/decline",
    "POST /v1/contacts/{contact_id}/transfer",
    "POST /v1/contacts/{contact_id}/return-to-queue",
    "POST /v1/contacts/{contact_id}/consult",
    "POST /v1/contacts/{contact_id}/consult/complete",
    "POST /v1/contacts/{contact_id}/consult/cancel",
    "POST /v1/contacts/{contact_id}/conference",
    "POST /v1/contacts/{contact_id}/disposition",
    "POST /v1/contacts/{contact_id}/recording/pause",
    "POST /v1/contacts/{contact_id}/recording/resume",
    "GET /v1/contacts/{contact_id}/consents",
    "POST /v1/contacts/{contact_id}/consents",
    "GET /v1/contacts/{contact_id}/recordings",
    "POST /v1/contacts/{contact_id}/recordings/{name}/access",
    "POST /v1/contacts/{contact_id}/supervision",
    "PATCH /v1/contacts/{contact_id}/supervision",
    "DELETE /v1/contacts/{contact_id}/supervision",
    "POST /v1/telephony/token",
    "POST /v1/callbacks",
    "GET /v1/callbacks",
    "GET /v1/callbacks/{callback}",
    "DELETE /v1/callbacks/{callback}",
    "POST /v1/callbacks/{callback}/move",
    "POST /v1/callbacks/{callback}/reassign",
    "GET /v1/callbacks/slots",
    "GET /v1/callbacks/export",
    "POST /v1/realtime/tickets",
}
WEBHOOKS = "POST /v1/telephony/twilio/{step}"
PUBLIC = {
    "POST /v1/public/calls",
    "POST /v1/public/calls/{call}/tickets",
    "POST /v1/public/callbacks",
    "POST /v1/public/callbacks/confirm",
    "GET /v1/public/callbacks/slots",
    "GET /v1/public/callbacks/links/{token}",
    "HEAD /v1/public/callbacks/links/{token}",
    "POST /v1/public/callbacks/links/{token}",
}


def _routes(templates: Templates) -> dict[str, Resource]:
    return {
        route.properties["RouteKey"]: route for route in templates.of("AWS::ApiGatewayV2::Route")
    }


def _integration(templates: Templates, route: Resource) -> Resource:
    _, parts = route.properties["Target"]["Fn::Join"]
    return templates.follow(route.stack, parts[1])


def _stage(templates: Templates, stack: str) -> Resource:
    (stage,) = (s for s in templates.of("AWS::ApiGatewayV2::Stage") if s.stack == stack)
    return stage


def test_the_routes_are_those_that_are_documented(aws: Templates) -> None:
    sockets = {"$connect", "$disconnect", "$default", "ack", "voice", "signal", "ping"}
    assert set(_routes(aws)) == AGENT_ROUTES | PUBLIC | {WEBHOOKS} | sockets


@pytest.mark.parametrize("key", sorted(AGENT_ROUTES))
def test_an_agent_s_route_asks_for_a_token(aws: Templates, key: str) -> None:
    route = _routes(aws)[key]
    assert route.properties["AuthorizationType"] == "JWT"
    authorizer = aws.follow(route.stack, route.properties["AuthorizerId"])
    assert authorizer.properties["AuthorizerType"] == "JWT"
    integration = _integration(aws, route)
    assert aws.functions()["agent_api"].id in flat(integration.properties["IntegrationUri"])
    assert integration.properties["PayloadFormatVersion"] == "2.0"


def test_the_carrier_s_route_asks_for_no_token_and_leads_to_the_one_who_checks(
    aws: Templates,
) -> None:
    route = _routes(aws)[WEBHOOKS]
    assert route.properties["AuthorizationType"] == "NONE"
    assert "AuthorizerId" not in route.properties
    uri = flat(_integration(aws, route).properties["IntegrationUri"])
    assert aws.functions()["call_events"].id in uri


@pytest.mark.parametrize("key", sorted(PUBLIC))
def test_a_public_route_asks_for_no_token_and_leads_to_the_one_who_counts(
    aws: Templates, key: str
) -> None:
    route = _routes(aws)[key]
    assert route.properties["AuthorizationType"] == "NONE"
    uri = flat(_integration(aws, route).properties["IntegrationUri"])
    assert aws.functions()["public_api"].id in uri


def test_only_the_emulator_has_a_page_of_what_would_have_been_sent(
    aws: Templates, embedded: Templates
) -> None:
    assert "GET /v1/public/outbox" not in _routes(aws)
    assert "GET /v1/public/outbox" in _routes(embedded)


def test_tokens_are_the_pool_s_and_meant_for_the_web_client(
    aws: Templates, embedded: Templates
) -> None:
    for templates, clients in ((aws, ["WebClient"]), (embedded, ["WebClient", "RobotsClient"])):
        (authorizer,) = templates.of("AWS::ApiGatewayV2::Authorizer")
        jwt = authorizer.properties["JwtConfiguration"]
        audience = [templates.follow(authorizer.stack, client) for client in jwt["Audience"]]
        assert [client.id.removeprefix("Pool")[:-8] for client in audience] == clients
        issuer = flat(jwt["Issuer"])
        assert issuer.startswith("https://cognito-idp.<AWS::Region>.amazonaws.com/<")
        pool = templates.follow(authorizer.stack, jwt["Issuer"]["Fn::Join"][1][-1])
        assert pool.type == "AWS::Cognito::UserPool"


def test_on_aws_no_client_may_send_a_password(aws: Templates) -> None:
    (client,) = aws.of("AWS::Cognito::UserPoolClient")
    text = json.dumps(aws.stacks)
    assert "USER_PASSWORD" not in text
    assert client.properties["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client.properties["AllowedOAuthFlows"] == ["code"]
    assert client.properties["AllowedOAuthFlowsUserPoolClient"] is True
    assert client.properties["GenerateSecret"] is False
    assert client.properties["PreventUserExistenceErrors"] == "ENABLED"
    assert client.properties["EnableTokenRevocation"] is True
    assert client.properties["AccessTokenValidity"] == 60
    assert client.properties["RefreshTokenValidity"] == 12 * 60


def test_robots_sign_in_on_a_laptop_only(aws: Templates, embedded: Templates) -> None:
    flows = {
        client.id.removeprefix("Pool")[:-8]: client.properties["ExplicitAuthFlows"]
        for client in embedded.of("AWS::Cognito::UserPoolClient")
    }
    assert flows == {
        "WebClient": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "RobotsClient": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    }
    assert "RobotsClientId" in embedded.outputs()
    assert "RobotsClientId" not in aws.outputs()


def test_the_pool_lets_nobody_sign_up_and_asks_for_a_second_factor(aws: Templates) -> None:
    (pool,) = aws.of("AWS::Cognito::UserPool")
    properties = pool.properties
    assert properties["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert properties["MfaConfiguration"] == "ON"
    assert properties["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    policy = properties["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] == 12
    kinds = ("RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols")
    assert all(policy[kind] for kind in kinds)
    assert properties["DeletionProtection"] == "ACTIVE"
    assert pool.body["DeletionPolicy"] == "Retain"
    groups = {group.properties["GroupName"] for group in aws.of("AWS::Cognito::UserPoolGroup")}
    assert groups == {"agent", "supervisor", "supervisor:*", "numbers", "admin"}


def test_the_keep_alive_has_no_function_behind_it(aws: Templates) -> None:
    integration = _integration(aws, _routes(aws)["ping"])
    assert integration.properties["IntegrationType"] == "MOCK"
    assert not integration.properties["IntegrationUri"]
    assert json.loads(integration.properties["RequestTemplates"]["$default"]) == {"statusCode": 200}
    for key in ("$connect", "$disconnect", "$default", "ack", "voice", "signal"):
        uri = flat(_integration(aws, _routes(aws)[key]).properties["IntegrationUri"])
        assert aws.functions()["realtime"].id in uri


def test_socket_messages_are_told_apart_by_their_action(aws: Templates) -> None:
    (socket,) = (
        api for api in aws.of("AWS::ApiGatewayV2::Api") if api.properties["ProtocolType"] != "HTTP"
    )
    assert socket.properties["ProtocolType"] == "WEBSOCKET"
    assert socket.properties["RouteSelectionExpression"] == "$request.body.action"


@pytest.mark.parametrize("stack", ["Centralino-Api", "Centralino-Realtime"])
def test_a_stage_limits_its_callers_and_logs_them(aws: Templates, stack: str) -> None:
    stage = _stage(aws, stack)
    limits = stage.properties["DefaultRouteSettings"]
    assert limits["ThrottlingRateLimit"] == 2000
    assert limits["ThrottlingBurstLimit"] == 1000
    log = stage.properties["AccessLogSettings"]
    assert aws.follow(stack, log["DestinationArn"]).type == "AWS::Logs::LogGroup"
    fields = json.loads(log["Format"])
    assert fields["requestId"] == "$context.requestId"
    # A query string may carry a ticket, and an address is a person's.
    assert not {"$context.path", "$context.identity.sourceIp"} & set(fields.values())
    assert stage.properties["AutoDeploy"] is True


def test_pages_of_the_web_client_alone_may_call_from_a_browser(aws: Templates) -> None:
    (api,) = (
        api for api in aws.of("AWS::ApiGatewayV2::Api") if api.properties["ProtocolType"] == "HTTP"
    )
    cors = api.properties["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["http://localhost:5173"]
    assert set(cors["AllowMethods"]) == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert "authorization" in cors["AllowHeaders"]


def test_the_provider_secret_matches_nothing_until_an_operator_writes_it(aws: Templates) -> None:
    secrets = {secret.id[:-8]: secret for secret in aws.of("AWS::SecretsManager::Secret")}
    assert set(secrets) == {"Provider", "Identity", "Names"}
    made = secrets["Provider"].properties["GenerateSecretString"]
    assert json.loads(made["SecretStringTemplate"]) == {"account_sid": "REPLACE-WITH-ACCOUNT-SID"}
    assert made["GenerateStringKey"] == "auth_token"
    assert "SecretString" not in secrets["Provider"].properties
    assert secrets["Identity"].body["DeletionPolicy"] == "Retain"


def test_addresses_are_the_cloud_s_own(aws: Templates, embedded: Templates) -> None:
    outputs = {name: flat(value) for name, value in aws.outputs().items()}
    assert outputs["WebSocketUrl"].startswith("wss://<WebSocket")
    assert outputs["WebSocketUrl"].endswith("/live")
    assert outputs["WebSocketCallbackUrl"].startswith("https://<WebSocket")
    assert outputs["VoiceWebhookUrl"].endswith("/v1/telephony/twilio/voice")
    local = {name: flat(value) for name, value in embedded.outputs().items()}
    base = "127.0.0.1:4566/_aws/execute-api/<"
    assert local["HttpApiUrl"].startswith(f"http://{base}Http")
    assert local["HttpApiUrl"].endswith(">/$default")
    assert local["PublicUrl"] == local["HttpApiUrl"]
    assert local["WebSocketUrl"].startswith(f"ws://{base}WebSocket")
    assert local["WebSocketCallbackUrl"].startswith(f"http://{base}WebSocket")
    assert local["WebSocketUrl"].endswith(">/local")


def test_outputs_are_the_same_on_both_targets_but_for_the_robots(
    aws: Templates, embedded: Templates
) -> None:
    assert set(embedded.outputs()) - set(aws.outputs()) == {"RobotsClientId"}
    assert set(aws.outputs()) == {
        "AgentApiFunctionName",
        "AgentsTableName",
        "AlarmTopicArn",
        "CallEventsFunctionName",
        "ChimeCallsFunctionArn",
        "ChimeCallsFunctionName",
        "ConfigTableName",
        "ContactsTableName",
        "EventBusArn",
        "EventBusName",
        "FallbackBucketName",
        "FallbackUrl",
        "HttpApiId",
        "HttpApiUrl",
        "IdentitySecretArn",
        "ImportsDeadLettersUrl",
        "ImportsFunctionName",
        "ImportsQueueUrl",
        "LoginUrl",
        "NudgesDeadLettersUrl",
        "NudgesQueueUrl",
        "OpsTableName",
        "OutboxFailuresBucketName",
        "OutboxRelayFunctionName",
        "PromptsBucketName",
        "PromptsKeyArn",
        "PromptsUrl",
        "PublicApiFunctionName",
        "PublicUrl",
        "RealtimeFunctionName",
        "RecordingsBucketName",
        "RecordingsDeadLettersUrl",
        "RecordingsFunctionName",
        "RecordingsKeyArn",
        "RecordingsLogsBucketName",
        "RecordingsQueueUrl",
        "RoutingFunctionName",
        "StatusWebhookUrl",
        "SweepFunctionName",
        "TimersDeadLettersUrl",
        "TimersFunctionName",
        "TimersQueueUrl",
        "TwilioApiUrl",
        "TwilioSecretArn",
        "UserPoolId",
        "VoiceWebhookUrl",
        "WebClientId",
        "WebSocketApiId",
        "WebSocketCallbackUrl",
        "WebSocketUrl",
    }
