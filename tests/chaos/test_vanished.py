"""What nobody tells: a page that closes without a word, a hang-up that never arrives."""

from __future__ import annotations

import time

import pytest

from centralino.application.sweep import QUIET_MS
from centralino.domain.agents.model import AgentState
from centralino.domain.contacts.model import ContactState
from local.cloud import client
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
