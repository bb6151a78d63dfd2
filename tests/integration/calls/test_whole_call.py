"""A call on the deployed product, from ring to close: the carrier's webhooks, the agents' page."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_plus

from centralino.domain.contacts.model import ContactState
from local.demo import schema_files
from local.twilio import Caller, Person
from local.twilio.conferences import Participant
from tests.support.desk import Desk, Frame, granted
from tests.support.exchange import CALLER, ENGLISH_LINE, Exchange
from tests.support.polling import until

# What could betray the caller, however it was written down.
_TRACES = (
    CALLER.removeprefix("+"),
    quote_plus(CALLER),
    base64.b64encode(CALLER.encode()).decode().rstrip("="),
)


def _in_conversation(person: Person) -> bool:
    place = person.call.place
    return isinstance(place, Participant) and place.conference.status == "in-progress"


def _connected(exchange: Exchange, desk: Desk, person: Person) -> Frame:
    """Bring a waiting customer and a routable agent together; return the offer."""
    contact = exchange.contact_id(person)
    offer = desk.page.frame("offer", contact_id=contact)
    granted(desk.accept(offer))
    exchange.reaches(contact, "CONNECTED")
    return offer


def test_a_call_from_ring_to_close(exchange: Exchange) -> None:
    desk = exchange.hire("sales")
    page = desk.start()
    page.frame("agent", state="ROUTABLE")

    person = exchange.call()
    contact_id = exchange.contact_id(person)
    offer = page.frame("offer", contact_id=contact_id)
    offered = exchange.reaches(contact_id, "OFFERED")
    assert offer["rid"] == offered.rid
    assert offer["queue"] == "sales"
    assert offer["channel"] == "voice"
    assert offer["expires_at"] == offered.expires_at
    assert list(exchange.agent(desk).slots) == [offered.rid]

    # The page has acknowledged it by itself.
    until(lambda: exchange.contact(contact_id).acknowledged_at, "the acknowledgment")

    assert granted(desk.accept(offer))["state"] == "OFFERED"
    page.frame("offer_ended", rid=offer["rid"], reason="accepted")
    exchange.reaches(contact_id, "CONNECTED")
    page.frame("contact", contact_id=contact_id, state="CONNECTED")
    until(lambda: _in_conversation(person), "caller and agent in one conference")
    # An accept that is sent again is answered alike and rings nobody.
    assert granted(desk.accept(offer))["state"] == "CONNECTED"

    exchange.hang_up(person)
    page.frame("contact", contact_id=contact_id, state="WRAPUP")
    assert list(exchange.agent(desk).slots) == [offered.rid]
    assert granted(desk.dispose(contact_id, "resolved"))["state"] == "CLOSED"
    agent = exchange.freed(desk)
    assert not any(agent.used.values())

    closed = exchange.contact(contact_id)
    assert closed.state is ContactState.CLOSED
    [segment] = closed.segments
    assert (segment.agent, segment.disposition) == (desk.agent_id, "resolved")
    legs = exchange.carrier.carrier.journal.requests("POST", "Participants.json")
    assert [leg.status for leg in legs if contact_id in leg.path] == [201]

    told = exchange.told(contact_id, closed.sequence)
    assert [event["detail-type"] for event in told] == [
        "ContactStarted",
        "ContactEnqueued",
        "ContactOffered",
        "OfferAccepted",
        "ContactConnected",
        "ContactWrapupStarted",
        "ContactClosed",
    ]
    exchange.told(desk.agent_id, agent.sequence)
    _every_event_once_and_as_promised(exchange, contact_id, desk.agent_id)
    _nobody_knows_the_caller(exchange, contact_id, desk)


def _every_event_once_and_as_promised(exchange: Exchange, *entities: str) -> None:
    exchange.quiet()
    for entity in entities:
        events = exchange.events(entity)
        numbers = [event["detail"]["metadata"]["sequence"] for event in events]
        assert sorted(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))
        ids = [event["detail"]["metadata"]["event_id"] for event in events]
        assert len(set(ids)) == len(ids)
        assert [fault for event in events if (fault := schema_files.fault(event))] == []


def _nobody_knows_the_caller(exchange: Exchange, contact: str, desk: Desk) -> None:
    logs = {function: exchange.log(function) for function in exchange.deployment.functions}
    # The functions of this call have logged at all, or nothing would be proved.
    assert any("drained" in line for line in logs["call_events"])
    assert any("relayed" in line for line in logs["outbox_relay"])
    places = {
        "events": json.dumps(exchange.events(contact, desk.agent_id)),
        "tables": json.dumps(exchange.snapshot(), default=str),
        **{f"log of {function}": "\n".join(lines) for function, lines in logs.items()},
    }
    found = [(where, trace) for where, text in places.items() for trace in _TRACES if trace in text]
    assert found == []


def test_an_agent_ends_the_conversation(exchange: Exchange) -> None:
    desk = exchange.hire("support")
    page = desk.start()
    person = exchange.call(Caller(digits=("2",), think=0.0), ENGLISH_LINE)
    contact_id = exchange.contact_id(person)
    offer = _connected(exchange, desk, person)
    assert offer["queue"] == "support"

    assert granted(desk.hang_up(contact_id))["state"] == "WRAPUP"
    page.frame("contact", contact_id=contact_id, state="WRAPUP")
    assert exchange.carrier.run(person.ended(within=10)) == "completed"
    # The carrier tells of the end now; it is no second one.
    exchange.quiet()
    granted(desk.dispose(contact_id, "resolved"))
    exchange.freed(desk)
    told = exchange.told(contact_id, exchange.contact(contact_id).sequence)
    [ended] = [event for event in told if event["detail-type"] == "ContactWrapupStarted"]
    assert ended["detail"]["data"]["ended_by"] == "agent"


def test_a_caller_who_hangs_up_while_it_rings_stops_the_ringing(exchange: Exchange) -> None:
    desk = exchange.hire("sales")
    page = desk.start()
    person = exchange.call()
    contact_id = exchange.contact_id(person)
    offer = page.frame("offer", contact_id=contact_id)

    exchange.hang_up(person)
    page.frame("offer_ended", rid=offer["rid"])
    abandoned = exchange.reaches(contact_id, "ABANDONED")
    exchange.freed(desk)
    answer = desk.accept(offer)
    assert answer.status_code in (404, 409), answer.text
    told = exchange.told(contact_id, abandoned.sequence)
    assert [event["detail-type"] for event in told[-2:]] == ["OfferRescinded", "ContactAbandoned"]
    assert told[-1]["detail"]["data"]["stage"] == "ringing"


def test_a_declined_caller_keeps_the_place_and_goes_to_another_agent(exchange: Exchange) -> None:
    first, second = exchange.hire("sales"), exchange.hire("sales")
    first.start()
    person = exchange.call()
    contact_id = exchange.contact_id(person)
    offer = first.page.frame("offer", contact_id=contact_id)
    place = exchange.contact(contact_id).virtual_time
    second.start()

    granted(first.decline(offer))
    again = second.page.frame("offer", contact_id=contact_id)
    assert again["rid"] != offer["rid"]
    assert exchange.contact(contact_id).virtual_time == place
    exchange.freed(first)
    granted(second.accept(again))
    exchange.reaches(contact_id, "CONNECTED")


def test_a_caller_served_by_the_menu_meets_no_agent(exchange: Exchange) -> None:
    person = exchange.call(Caller(digits=("3",), think=0.0))
    contact_id = exchange.contact_id(person)
    assert exchange.carrier.run(person.ended(within=20)) == "completed"
    closed = exchange.reaches(contact_id, "CLOSED")
    told = exchange.told(contact_id, closed.sequence)
    assert [event["detail-type"] for event in told] == ["ContactStarted", "ContactClosed"]
    assert told[-1]["detail"]["data"]["outcome"] == "self_served"
    assert any("Arrivederci" in heard.text for heard in person.heard)
