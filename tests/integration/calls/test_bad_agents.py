"""Strangers at the agents' doors: the HTTP API and the realtime connection of the deployment."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from local.cloud import client
from local.demo import seed
from tests.integration.calls.test_bad_webhooks import changes
from tests.support.exchange import Exchange, refused
from tests.support.polling import until

_ME = "/v1/agents/me"


def _ask(exchange: Exchange, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with httpx.Client(trust_env=False, timeout=30) as http:
        return http.get(exchange.deployment.http_api_url + _ME, headers=headers)


def _sign_up(cognito: Any, pool: str, app_client: str) -> str:
    """Make a user of a pool and return the token of a sign-in."""
    user = f"stranger-{secrets.token_hex(4)}"
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=user,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": f"{user}@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=user, Password=seed.PASSWORD, Permanent=True
    )
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=app_client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": seed.PASSWORD},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


@pytest.fixture
def other_pool_token(exchange: Exchange) -> Iterator[str]:
    """A good token of a user pool that is not the deployment's."""
    cognito = client("cognito-idp", exchange.deployment.endpoint)
    pool = cognito.create_user_pool(PoolName="somebody-else")["UserPool"]["Id"]
    made = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="robots",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    yield _sign_up(cognito, pool, made["UserPoolClient"]["ClientId"])
    cognito.delete_user_pool(UserPoolId=pool)


def test_no_token_and_no_real_token_are_401(exchange: Exchange) -> None:
    assert _ask(exchange, None).status_code == 401
    assert _ask(exchange, "not.a.token").status_code == 401


def test_a_token_of_another_user_pool_is_401(exchange: Exchange, other_pool_token: str) -> None:
    before = exchange.snapshot()
    assert _ask(exchange, other_pool_token).status_code == 401
    assert changes(before, exchange.snapshot()) == []


def test_a_user_who_is_no_agent_is_403(exchange: Exchange) -> None:
    identity = exchange.deployment.identity
    cognito = client("cognito-idp", exchange.deployment.endpoint)
    token = _sign_up(cognito, identity.user_pool_id, identity.robots_client_id)
    assert refused(_ask(exchange, token)) == (403, "not_an_agent")


def test_another_agents_contact_is_as_good_as_absent(exchange: Exchange) -> None:
    holder, other = exchange.hire("sales"), exchange.hire("support")
    holder.start()
    person = exchange.call()
    offer = holder.page.frame("offer", contact_id=exchange.contact_id(person))
    assert refused(other.ask("GET", f"/v1/contacts/{offer['contact_id']}")) == (
        404,
        "unknown_contact",
    )
    assert other.accept(offer).status_code in (404, 409)
    assert exchange.contact(offer["contact_id"]).agent == holder.agent_id


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/v1/agents/me/state", {"state": "ASLEEP"}, 400),
        ("PUT", "/v1/agents/me/state", None, 400),
        ("POST", "/v1/contacts/nonsense/hangup", None, 400),
        ("POST", f"/v1/contacts/ct_{'0' * 26}/offers/2/accept", None, 404),
        ("POST", f"/v1/contacts/ct_{'0' * 26}/offers/0/accept", None, 400),
        ("GET", "/v1/agents/nobody", None, 404),
    ],
)
def test_a_request_that_makes_no_sense_gets_a_problem_and_changes_nothing(
    exchange: Exchange, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    desk = exchange.hire("all")
    exchange.quiet()
    before = exchange.snapshot()
    answer = desk.ask(method, path, body)
    assert answer.status_code == status, answer.text
    assert changes(before, exchange.snapshot()) == []


def test_a_connection_without_a_good_ticket_is_refused(exchange: Exchange) -> None:
    address = exchange.deployment.websocket_url
    desk = exchange.hire("sales")
    used = desk.ticket()["ticket"]
    with connect(f"{address}?ticket={used}", proxy=None, open_timeout=20):
        pass
    exchange.quiet()
    for query in ("", "?ticket=", "?ticket=made-up", f"?ticket={used}"):
        with (
            pytest.raises(InvalidStatus) as refusal,
            connect(address + query, proxy=None, open_timeout=20),
        ):
            pytest.fail(f"the connection {query!r} was opened")
        assert refusal.value.response.status_code == 403


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("this is not JSON", "unknown_action"),
        ('{"action": "dance"}', "unknown_action"),
        ('{"action": "ack"}', "bad_frame"),
        ('{"action": "ack", "rid": 7}', "bad_frame"),
        (json.dumps({"action": "ack", "rid": "x" * 65}), "bad_frame"),
    ],
)
def test_a_message_that_makes_no_sense_gets_an_error_frame(
    exchange: Exchange, message: str, code: str
) -> None:
    desk = exchange.hire("sales")
    page = desk.open_page()
    exchange.quiet()
    before = exchange.snapshot()
    page.send(message)
    frame = page.frame("error", code=code)
    assert frame["detail"]
    assert changes(before, exchange.snapshot()) == []
    # The connection is still good.
    desk.set_state("ROUTABLE")
    page.frame("agent", state="ROUTABLE")


def test_an_acknowledgment_of_somebody_elses_offer_changes_nothing(exchange: Exchange) -> None:
    holder, other = exchange.hire("sales"), exchange.hire("support")
    holder.start(acknowledges=False)
    page = other.start()
    person = exchange.call()
    offer = holder.page.frame("offer", contact_id=exchange.contact_id(person))
    page.acknowledge(offer["rid"])
    page.send("still there?")
    # Messages of one connection are handled in turn.
    page.frame("error")
    assert exchange.contact(offer["contact_id"]).acknowledged_at is None


def test_a_keep_alive_is_stored_nowhere(exchange: Exchange) -> None:
    page = exchange.hire("sales").open_page()
    exchange.quiet()
    before = exchange.snapshot()
    page.send('{"action": "ping"}')
    page.send("and now?")
    until(lambda: page.frames("error"), "the answer to the next message")
    assert len(page.frames("error")) == 1
    assert changes(before, exchange.snapshot()) == []
