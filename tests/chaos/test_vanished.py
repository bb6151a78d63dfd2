"""What nobody tells: a page that closes without a word, a hang-up that never arrives."""

from __future__ import annotations

import time

import pytest

from centralino.application.lost import EARLY_MS
from centralino.application.sweep import QUIET_MS
from centralino.domain.agents.model import AgentState
from centralino.domain.contacts.lost import rejoin_until
from centralino.domain.contacts.model import HEAD_TIER, ContactState
from centralino.domain.telephony import phrases
from local.cloud import client
from local.twilio import Answers, Person
from tests.support.desk import Desk, granted
from tests.support.exchange import Exchange
from tests.support.polling import until


def test_a_ringing_agent_whose_browser_vanishes_loses_the_offer_after_the_grace(
    exchange: Exchange,
) -> None:
    gone = exchange.hire("sales")
    gone.start()
    person = exchange.call()
    contact_id = exchange.contact_id(person)
    offer = gone.page.frame("offer", contact_id=contact_id)
    place = exchange.contact(contact_id).virtual_time
    gone.page.close()
    other = exchange.hire("sales")
    other.start()
    again = other.page.frame("offer", within=40.0, contact_id=contact_id)
    assert again["rid"] != offer["rid"]
    assert exchange.contact(contact_id).virtual_time == place
    lost = exchange.freed(gone)
    assert (lost.state, lost.reason, lost.slots) == (AgentState.NOT_READY, "lost", {})
    exchange.served([person], [other])


def _lost_in_mid_talk(exchange: Exchange, desk: Desk) -> tuple[Person, str, int]:
    """An agent's telephone drops out of a talk; return the caller, the contact, until when."""
    telephone = Answers(after=0.05, talk=4.0)
    exchange.carrier.apply(lambda carrier: carrier.register_client(desk.agent_id, telephone))
    desk.start()
    person = exchange.call()
    contact_id = exchange.contact_id(person)
    granted(desk.accept(desk.page.frame("offer", contact_id=contact_id)))
    exchange.reaches(contact_id, "CONNECTED")
    until_then = until(
        lambda: rejoin_until(exchange.contact(contact_id)), "the leg missed", within=30.0
    )
    frame = desk.page.frame("contact", contact_id=contact_id, rejoin_until=until_then)
    assert frame["state"] == "CONNECTED"
    return person, contact_id, until_then


def _apologies(person: Person) -> list[str]:
    return [heard.text for heard in person.heard if heard.text == phrases.AGENT_AWAY["it"]]


def test_an_agent_who_reloads_in_mid_talk_comes_back_to_the_same_caller(
    exchange: Exchange,
) -> None:
    desk = exchange.hire("sales")
    person, contact_id, _ = _lost_in_mid_talk(exchange, desk)
    before = exchange.contact(contact_id)
    until(lambda: _apologies(person), "a word to the caller", within=10.0)
    desk.page.close()
    desk.open_page()
    view = granted(desk.ask("GET", f"/v1/contacts/{contact_id}"))
    assert (view["state"], view["rid"]) == ("CONNECTED", before.rid)
    telephone = Answers(after=0.05)
    exchange.carrier.apply(lambda carrier: carrier.register_client(desk.agent_id, telephone))
    granted(desk.ask("POST", f"/v1/contacts/{contact_id}/rejoin"))
    until(lambda: rejoin_until(exchange.contact(contact_id)) is None, "the return", within=30.0)
    after = exchange.contact(contact_id)
    assert (str(after.state), after.rid, after.agent) == ("CONNECTED", before.rid, desk.agent_id)
    exchange.served([person], [desk])
    story = [event["detail-type"] for event in exchange.told(contact_id, after.sequence)]
    assert story.count("ContactOffered") == 1
    assert story.index("AgentLegLost") < story.index("AgentRejoined")


def test_an_agent_who_does_not_come_back_leaves_the_caller_to_the_next_one(
    exchange: Exchange,
) -> None:
    desk = exchange.hire("sales")
    person, contact_id, until_then = _lost_in_mid_talk(exchange, desk)
    other = exchange.hire("sales")
    other.start()
    offer = other.page.frame("offer", within=60.0, contact_id=contact_id)
    assert offer["at"] >= until_then - EARLY_MS
    lost = exchange.freed(desk)
    assert (lost.state, lost.reason, lost.slots) == (AgentState.NOT_READY, "lost", {})
    assert exchange.contact(contact_id).tier == HEAD_TIER
    exchange.served([person], [other])


@pytest.mark.full
def test_a_call_whose_hang_up_was_lost_is_closed_by_the_sweep(exchange: Exchange) -> None:
    """It waits for as long as a contact must be untouched before the carrier is asked."""
    person = exchange.call()
    contact_id = exchange.contact_id(person)
    exchange.reaches(contact_id, "WAITING")
    began = time.monotonic()

    exchange.carrier.apply(lambda carrier: carrier.faults.drop(times=-1))
    try:
        exchange.hang_up(person)
        exchange.carrier.run(exchange.carrier.carrier.settled())
        assert exchange.contact(contact_id).state is ContactState.WAITING
        functions = client("lambda", exchange.deployment.endpoint)
        sweep = exchange.deployment.functions["sweep"]

        def swept() -> bool:
            functions.invoke(FunctionName=sweep, Payload=b"{}")
            return exchange.contact(contact_id).state is ContactState.ABANDONED

        left = QUIET_MS / 1000 - (time.monotonic() - began)
        until(swept, "the sweep closing the contact", within=max(0.0, left) + 60.0)
    finally:
        exchange.carrier.apply(lambda carrier: carrier.faults.clear())
    story = [event["detail-type"] for event in exchange.events(contact_id)]
    assert story.count("ContactAbandoned") <= 1
