"""The realtime connection: tickets, acknowledgments, nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.application import agents
from tests.support.wired import Wired, handler


def send(route: str, connection: str = "c1", **event: Any) -> dict[str, Any]:
    context = {"routeKey": route, "connectionId": connection, "requestId": "r1"}
    answer: dict[str, Any] = handler("realtime")({"requestContext": context, **event}, None)
    return answer


def test_connect_acknowledge_disconnect(wired: Wired) -> None:
    ann = wired.centre.agent()
    ticket = agents.issue_ticket(wired.centre.app, ann)
    assert send("$connect", queryStringParameters={"ticket": ticket}) == {"statusCode": 200}
    contact_id = wired.centre.queue()
    rid = wired.centre.contact(contact_id).rid
    assert send("ack", body=f'{{"action":"ack","rid":"{rid}"}}') == {"statusCode": 200}
    assert wired.centre.contact(contact_id).acknowledged_at is not None
    assert send("$disconnect") == {"statusCode": 200}
    assert send("$disconnect") == {"statusCode": 200}
    assert wired.told == []


@pytest.mark.parametrize("query", [None, {}, {"ticket": "made-up"}])
def test_no_connection_without_a_ticket(wired: Wired, query: dict[str, str] | None) -> None:
    assert send("$connect", queryStringParameters=query)["statusCode"] == 403


@pytest.mark.parametrize(
    ("route", "body", "code"),
    [
        ("$default", "not json", "unknown_action"),
        ("$default", '{"action":"dance"}', "unknown_action"),
        ("ack", "not json", "bad_frame"),
        ("ack", '{"action":"ack"}', "bad_frame"),
        ("ack", '{"action":"ack","rid":"' + "x" * 40_000 + '"}', "frame_too_large"),
    ],
)
def test_nonsense_is_answered_on_the_connection(
    wired: Wired, route: str, body: str, code: str
) -> None:
    assert send(route, body=body) == {"statusCode": 200}
    ((connection, frame),) = wired.told
    assert (connection, frame["type"], frame["code"]) == ("c1", "error", code)


def test_somebody_else_s_offer_is_not_acknowledged(wired: Wired) -> None:
    ann = wired.centre.agent()
    bob = wired.centre.agent("bob", "support")
    contact_id = wired.centre.queue()
    assert wired.centre.contact(contact_id).agent == ann
    ticket = agents.issue_ticket(wired.centre.app, bob)
    send("$connect", queryStringParameters={"ticket": ticket})
    send("ack", body=f'{{"action":"ack","rid":"{wired.centre.contact(contact_id).rid}"}}')
    assert wired.centre.contact(contact_id).acknowledged_at is None


def test_an_acknowledgment_of_an_unknown_offer_is_ignored(wired: Wired) -> None:
    ann = wired.centre.agent()
    ticket = agents.issue_ticket(wired.centre.app, ann)
    send("$connect", queryStringParameters={"ticket": ticket})
    body = '{"action":"ack","rid":"ct_0123456789ABCDEFGHJKMNPQRS#3"}'
    assert send("ack", body=body) == {"statusCode": 200}
    assert wired.told == []
