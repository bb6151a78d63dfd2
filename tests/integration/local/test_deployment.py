"""The whole product on the embedded cloud: what `cdk deploy` left there, and how it is wired."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.cloud.deploying import deploy
from local.cloud.deployment import Deployment
from local.cloud.tables import create_tables, delete_tables
from tests.support.cloud import CloudSession


def _shape(dynamodb: Any, name: str) -> dict[str, Any]:
    """What of a table matters to the code that uses it."""
    table = dynamodb.describe_table(TableName=name)["Table"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return {
        "keys": table["KeySchema"],
        "attributes": sorted(
            (item["AttributeName"], item["AttributeType"]) for item in table["AttributeDefinitions"]
        ),
        "indexes": {
            index["IndexName"]: (
                index["KeySchema"],
                index["Projection"]["ProjectionType"],
                sorted(index["Projection"]["NonKeyAttributes"]),
            )
            for index in table.get("GlobalSecondaryIndexes", [])
        },
        "stream": table["StreamSpecification"],
        "billing": table["BillingModeSummary"]["BillingMode"],
        "ttl": (expiry["TimeToLiveStatus"], expiry["AttributeName"]),
    }


def _environment(product_session: CloudSession, function: str) -> dict[str, str]:
    functions = product_session.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=function)
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return variables


@pytest.mark.parametrize("table", ["contacts", "agents", "config", "ops"])
def test_tables_are_those_the_tests_create_without_a_deployment(
    table: str, product_session: CloudSession, deployment: Deployment
) -> None:
    dynamodb = product_session.client("dynamodb")
    created = create_tables(dynamodb)
    try:
        assert _shape(dynamodb, getattr(deployment.tables, table)) == _shape(
            dynamodb, getattr(created, table)
        )
    finally:
        delete_tables(dynamodb, created)


def test_deploying_again_changes_nothing(
    deployment: Deployment, product_session: CloudSession
) -> None:
    assert deploy(product_session.endpoint) == deployment


def test_functions_are_wired_to_this_cloud(
    deployment: Deployment, product_session: CloudSession
) -> None:
    for folder, function in deployment.functions.items():
        variables = _environment(product_session, function)
        assert variables["POWERTOOLS_SERVICE_NAME"] == folder
        assert variables["CONTACTS_TABLE"] == deployment.tables.contacts
        if "NUDGES_QUEUE_URL" in variables:
            assert variables["NUDGES_QUEUE_URL"] == deployment.queues.nudges
        for name, value in variables.items():
            # The carrier and the voice stand beside the cloud.
            if name.endswith("_URL") and name not in ("TWILIO_API_URL", "POLLY_ENDPOINT_URL"):
                assert deployment.endpoint.partition(":")[2] in value, f"{folder}: {name}={value}"


def test_the_carrier_is_answered_at_the_address_its_signatures_are_checked_against(
    deployment: Deployment, product_session: CloudSession
) -> None:
    variables = _environment(product_session, deployment.functions["call_events"])
    assert variables["PUBLIC_URL"].rstrip("/") == deployment.http_api_url


def test_every_function_that_reads_a_queue_or_stream_is_connected(
    deployment: Deployment, product_session: CloudSession
) -> None:
    mappings = product_session.client("lambda").list_event_source_mappings()
    sources: dict[str, int] = {}
    for mapping in mappings["EventSourceMappings"]:
        name = mapping["FunctionArn"].rpartition(":")[2]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        sources[name] = sources.get(name, 0) + 1
    read = {folder: sources.get(name, 0) for folder, name in deployment.functions.items()}
    assert read == {
        "call_events": 0,
        "chime_calls": 0,
        "agent_api": 0,
        "realtime": 0,
        "public_api": 0,
        "recordings": 1,
        "imports": 1,
        "routing": 1,
        "timers": 1,
        "sweep": 0,
        "outbox_relay": 3,
    }


def test_the_bus_is_archived(deployment: Deployment, product_session: CloudSession) -> None:
    archives = product_session.client("events").list_archives()["Archives"]
    assert any(
        archive["EventSourceArn"].endswith(f"/{deployment.event_bus}") for archive in archives
    )


def test_agents_need_a_token_and_a_robots_token_is_accepted(
    deployment: Deployment, product_session: CloudSession
) -> None:
    address = f"{deployment.http_api_url}/v1/agents/me"
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, headers={"Authorization": "Bearer no.real.token"}).status_code == 401
    headers = {"Authorization": f"Bearer {_sign_in(deployment, product_session)}"}
    assert httpx.get(address, headers=headers, timeout=20).status_code != 401


def test_a_browser_may_call_the_api_from_the_web_client_only(deployment: Deployment) -> None:
    def preflight(origin: str) -> httpx.Response:
        return httpx.options(
            f"{deployment.http_api_url}/v1/agents/me",
            headers={"Origin": origin, "Access-Control-Request-Method": "GET"},
        )

    allowed = preflight("http://localhost:5173")
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert preflight("https://elsewhere.example").status_code == 403


def _sign_in(deployment: Deployment, product_session: CloudSession) -> str:
    cognito = product_session.client("cognito-idp")
    pool, password = deployment.identity.user_pool_id, "A-robot's-passw0rd"
    cognito.admin_create_user(
        UserPoolId=pool,
        Username="robot@example.com",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "robot@example.com"}],
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username="robot@example.com", Password=password, Permanent=True
    )
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=deployment.identity.robots_client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "robot@example.com", "PASSWORD": password},
    )
    token: str = answer["AuthenticationResult"]["AccessToken"]
    return token
