"""Coming back into a conversation over HTTP, and declining to."""

from __future__ import annotations

import pytest

from centralino.domain.contacts.lost import REJOIN_MS
from tests.support.wired import Wired
from tests.unit.functions.test_transfer_api import COLLEAGUE, NOBODY, talk

__all__ = ["talk"]


def leg_leaves(wired: Wired, base: str) -> str:
    contact_id = base.rpartition("/")[2]
    rid = wired.centre.contact(contact_id).rid or ""
    wired.centre.agent_leg_leaves(contact_id, rid)
    return contact_id


def test_the_page_sees_until_when_and_rejoins(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    assert wired.api("GET", base)[1]["rejoin_until"] is None
    contact_id = leg_leaves(wired, base)
    until = wired.centre.world.clock.now() + REJOIN_MS
    (slot,) = wired.api("GET", "/v1/agents/me")[1]["slots"]
    assert (slot["contact"]["state"], slot["contact"]["rejoin_until"]) == ("CONNECTED", until)
    for _ in range(2):
        status, body, headers = wired.api("POST", f"{base}/rejoin")
        assert (status, body["state"], body["rejoin_until"]) == (200, "CONNECTED", until)
        assert headers["ETag"] == f'"{body["version"]}"'
    wired.centre.agent_joins(contact_id, slot["rid"])
    body = wired.api("GET", base)[1]
    assert (body["rid"], body["rejoin_until"]) == (slot["rid"], None)


def test_declining_gives_the_caller_on(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    status, problem, _ = wired.api("POST", f"{base}/rejoin/decline")
    assert (status, problem["code"]) == (422, "not_lost")
    leg_leaves(wired, base)
    for _ in range(2):
        status, body, _ = wired.api("POST", f"{base}/rejoin/decline")
        assert (status, body["state"], body["rejoin_until"]) == (200, "WAITING", None)
    status, problem, _ = wired.api("POST", f"{base}/rejoin")
    assert (status, problem["code"]) == (422, "not_talking")


@pytest.mark.parametrize("command", ["rejoin", "rejoin/decline"])
def test_nobody_s_or_somebody_else_s_contact(talk: tuple[Wired, str], command: str) -> None:
    wired, base = talk
    leg_leaves(wired, base)
    answer = wired.api("POST", f"/v1/contacts/{NOBODY}/{command}")
    assert (answer[0], answer[1]["code"]) == (404, "unknown_contact")
    answer = wired.api("POST", f"{base}/{command}", identity=COLLEAGUE)
    assert (answer[0], answer[1]["code"]) == (404, "unknown_contact")
    assert wired.api("POST", f"/v1/contacts/nonsense/{command}")[0] == 400
