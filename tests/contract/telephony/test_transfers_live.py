"""Transfers, consults and conferences from the agent's command to the legs at the carrier."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centralino.application import agents, offers, transfers
from centralino.application.inviting import To
from centralino.domain.contacts.model import Contact
from local.twilio import Answers, Person, Refuses
from local.twilio.conferences import Participant
from tests.contract.telephony.live import Live, open_line
from tests.support.centre import KEY

OUTSIDE = "+390299999999"


@pytest.fixture
def live() -> Iterator[Live]:
    with open_line() as opened:
        yield opened


def talking(live: Live) -> tuple[Person, str, str]:
    ann = live.agent("ann", "sales")
    caller, contact_id = live.call()
    live.talk(contact_id, ann)
    return caller, contact_id, ann


def inside(live: Live) -> set[tuple[str, bool]]:
    """Who is in a conversation, by address, and whether on hold."""

    def look() -> set[tuple[str, bool]]:
        found = set()
        for call in live.line.carrier.calls:
            if isinstance(call.place, Participant) and not call.done:
                inbound = call.direction == "inbound"
                found.add(("caller" if inbound else call.to, call.place.hold))
        return found

    return live.line.apply(lambda _: look())


def party(live: Live, contact_id: str, state: str) -> Contact:
    def look() -> Contact | None:
        child = live.centre.contact(contact_id).party
        return live.found(child, state) if child is not None else None

    return live.until(look)


def settled(live: Live) -> None:
    live.line.run(live.line.carrier.settled())


def test_a_consult_is_completed_and_the_caller_survives_the_first_agent(live: Live) -> None:
    caller, contact_id, ann = talking(live)
    bob = live.agent("bob", "support")
    transfers.consult(live.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(live, contact_id, "OFFERED")
    offers.accept(live.app, bob, child.id, child.rid or "", "api")
    child = party(live, contact_id, "CONNECTED")
    assert inside(live) == {
        ("caller", True), (f"client:{ann}", False), (f"client:{bob}", False),
    }  # fmt: skip
    transfers.complete_consult(live.app, ann, contact_id, "api")
    settled(live)
    assert inside(live) == {("caller", False), (f"client:{bob}", False)}
    contact = live.centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("CONNECTED", bob)
    agents.hang_up(live.app, bob, contact_id, "api")
    live.line.run(caller.ended(within=5))
    live.until(lambda: live.found(contact_id, "WRAPUP"))
    assert str(live.centre.contact(child.id).state) == "CLOSED"


def test_a_cancelled_consult_gives_the_caller_back(live: Live) -> None:
    _, contact_id, ann = talking(live)
    bob = live.agent("bob", "support")
    transfers.consult(live.app, ann, contact_id, To(queue="support"), KEY, "api")
    child = party(live, contact_id, "OFFERED")
    offers.accept(live.app, bob, child.id, child.rid or "", "api")
    party(live, contact_id, "CONNECTED")
    transfers.cancel_consult(live.app, ann, contact_id, "api")
    settled(live)
    assert inside(live) == {("caller", False), (f"client:{ann}", False)}
    assert live.centre.state(contact_id) == "CONNECTED"
    assert live.centre.state(child.id) == "WRAPUP"


def test_a_blind_transfer_takes_the_caller_through_the_queue_to_the_next_agent(
    live: Live,
) -> None:
    _, contact_id, ann = talking(live)
    bob = live.agent("bob", "support")
    transfers.transfer(live.app, ann, contact_id, To(queue="support"), KEY, "api")
    live.talk(contact_id, bob)
    settled(live)
    assert inside(live) == {("caller", False), (f"client:{bob}", False)}
    contact = live.centre.contact(contact_id)
    assert (contact.leg, [s.agent for s in contact.segments]) == (2, [ann, bob])


def test_a_conference_goes_on_when_the_first_agent_leaves(live: Live) -> None:
    _, contact_id, ann = talking(live)
    bob = live.agent("bob", "support")
    transfers.conference(live.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(live, contact_id, "OFFERED")
    offers.accept(live.app, bob, child.id, child.rid or "", "api")
    party(live, contact_id, "CONNECTED")
    assert {hold for _, hold in inside(live)} == {False}
    assert len(inside(live)) == 3
    agents.hang_up(live.app, ann, contact_id, "api")
    settled(live)
    assert inside(live) == {("caller", False), (f"client:{bob}", False)}
    assert live.centre.contact(contact_id).agent == bob


def test_an_outside_number_takes_over_and_the_call_ends_with_it(live: Live) -> None:
    caller, contact_id, ann = talking(live)
    live.line.apply(lambda c: c.register_phone(OUTSIDE, Answers(after=0.2, talk=20)))
    transfers.transfer(live.app, ann, contact_id, To(number=OUTSIDE), KEY, "api")
    live.until(lambda: live.found(contact_id, "POST_CALL"))
    settled(live)
    assert inside(live) <= {("caller", False), (OUTSIDE, False)}
    agents.dispose(live.app, ann, contact_id, "resolved", "api")
    live.until(lambda: live.found(contact_id, "CLOSED"))
    live.line.run(caller.ended(within=5))
    assert inside(live) == set()


def test_an_outside_number_that_is_busy_leaves_the_caller_with_the_agent(live: Live) -> None:
    _, contact_id, ann = talking(live)
    live.line.apply(lambda c: c.register_phone(OUTSIDE, Refuses(status="busy")))
    transfers.transfer(live.app, ann, contact_id, To(number=OUTSIDE), KEY, "api")
    live.until(lambda: None if live.centre.contact(contact_id).party else
               live.found(contact_id, "HELD"))  # fmt: skip
    transfers.resume(live.app, ann, contact_id, "api")
    assert inside(live) == {("caller", False), (f"client:{ann}", False)}
    (child,) = [c for c in live.contacts() if c.parent == contact_id]
    assert str(child.state) == "CLOSED"
