"""Parent and child after a death anywhere between them: nothing is stuck, nobody is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, calls, offers, transfers
from centralino.application.inviting import To
from centralino.domain.contacts.model import ENDED, ContactState
from centralino.domain.contacts.transfers import still_with
from centralino.domain.errors import CentralinoError
from centralino.domain.telephony.commands import LegJoined, LegLeft
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import (
    NUMBER,
    consulting,
    dialling,
    party,
    party_joins,
    sound,
    talking,
)
from tests.unit.application.test_offers import media

Step = Callable[[], object]


def recover(centre: Centre) -> None:
    """Let pass what runs by itself, long enough for everything that was forgotten."""
    centre.world.faults.clear()
    for _ in range(4):
        centre.relay()
        centre.advance(20_000)
        centre.sweep()
    centre.relay()


def agree(centre: Centre) -> None:
    """Parents and their parties say the same of each other."""
    contacts = {contact.id: contact for contact in centre.world.store.contacts()}
    for contact in contacts.values():
        over = contact.ended or contact.state is ContactState.WRAPUP
        if contact.parent is not None and not over:
            assert still_with(contacts[contact.parent], contact.id), contact
        if contact.party is not None and still_with(contact, contact.party):
            child = contacts[contact.party]
            assert child.state not in ENDED | {ContactState.WRAPUP}, contact


def close(centre: Centre, contact_id: str) -> None:
    """Let the caller leave, and everything end that can."""
    centre.world.media.gone.add(contact_id)
    centre.caller_leaves(contact_id)
    centre.advance(61_000)
    recover(centre)
    for contact in centre.world.store.contacts():
        assert contact.state in ENDED, contact
    assert all(agent.slots == {} for agent in centre.world.store.agents())


def steps_of(name: str, centre: Centre, ann: str, bob: str, contact_id: str) -> list[Step]:
    """Return what people and the carrier do, one step each."""
    app = centre.app

    def child() -> tuple[str, str]:
        found = next(c for c in centre.world.store.contacts() if c.parent == contact_id)
        return found.id, found.rid or f"{found.id}#1"

    def ask() -> object:
        return transfers.consult(app, ann, contact_id, To(agent=bob), KEY, "api")

    def take() -> object:
        return offers.accept(app, bob, *child(), "api")

    def join() -> object:
        return calls.handle(app, LegJoined(contact_id, "CAparty", child()[1]), KEY)

    def leave() -> object:
        return calls.handle(app, LegLeft(contact_id, "CAparty", child()[1], "hung_up"), KEY)

    def over() -> object:
        return transfers.complete_consult(app, ann, contact_id, "api")

    def cancel() -> object:
        return transfers.cancel_consult(app, ann, contact_id, "api")

    def together() -> object:
        return transfers.conference(app, ann, contact_id, None, KEY, "api")

    def hang_up() -> object:
        return agents.hang_up(app, ann, contact_id, "api")

    def outside() -> object:
        return transfers.transfer(app, ann, contact_id, To(number=NUMBER), KEY, "api")

    def hand_on() -> object:
        return transfers.transfer(app, ann, contact_id, To(queue="support"), KEY, "api")

    def caller() -> object:
        centre.world.media.gone.add(contact_id)
        return centre.caller_leaves(contact_id)

    return {
        "complete": [ask, take, join, over],
        "cancel": [ask, take, join, cancel],
        "conference": [ask, take, join, together, hang_up],
        "party leaves": [ask, take, join, leave],
        "caller leaves": [ask, take, join, caller],
        "outside": [outside, join, leave],
        "queue": [hand_on],
    }[name]


STORIES = ("complete", "cancel", "conference", "party leaves", "caller leaves", "outside", "queue")


def setting() -> tuple[Centre, str, str, str]:
    centre = Centre()
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    centre.relay()
    return centre, ann, bob, contact_id


def tell(steps: list[Step], *, again: bool) -> None:
    """Take the steps; a page or carrier whose request died asks again, if told to."""
    for step in steps:
        try:
            step()
        except Crash:
            if again:
                with suppress(CentralinoError):
                    step()
        except (CentralinoError, StopIteration):
            continue


def boundaries(story: str) -> int:
    centre, *people = setting()
    before = centre.world.faults.boundaries
    tell(steps_of(story, centre, *people), again=False)
    return centre.world.faults.boundaries - before


@pytest.mark.parametrize("again", [True, False], ids=["asked again", "given up"])
@pytest.mark.parametrize("story", STORIES)
def test_dying_anywhere_leaves_nothing_stuck(story: str, again: bool) -> None:
    # Before one effect is after the one before it: every second boundary is a state of its own.
    for boundary in range(1, boundaries(story) + 1, 2):
        centre, *people = setting()
        centre.world.faults.crash_at(boundary)
        tell(steps_of(story, centre, *people), again=again)
        recover(centre)
        agree(centre)
        sound(centre)
        close(centre, people[-1])


@pytest.mark.parametrize("repairer", ["relay", "sweep"])
def test_dying_after_the_caller_s_hang_up_ends_the_consult_later(repairer: str) -> None:
    centre = Centre()
    _, _, contact_id, child = consulting(centre)
    centre.relay()
    centre.world.faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        centre.caller_leaves(contact_id)
    assert (centre.state(contact_id), centre.state(child.id)) == ("WRAPUP", "CONNECTED")
    if repairer == "relay":
        centre.relay()
        centre.advance(0)
    else:
        centre.world.timers.mishaps.lose = 1.0
        centre.advance(61_000)
        centre.sweep()
    assert centre.state(child.id) in ("WRAPUP", "CLOSED")


def test_dying_after_a_party_s_end_frees_the_parent_later() -> None:
    centre = Centre()
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    centre.relay()
    centre.world.faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        offers.decline(centre.app, bob, child.id, child.rid or "", "busy", "api")
    assert centre.contact(contact_id).party == child.id
    centre.relay()
    centre.advance(0)
    assert centre.contact(contact_id).party is None
    assert centre.agent_item(bob).slots == {}


def test_dying_before_the_call_follows_is_made_good_by_a_timer() -> None:
    centre = Centre()
    ann, contact_id = talking(centre)
    centre.world.faults.crash_before("media.drop_agent")
    with pytest.raises(Crash):
        transfers.transfer(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    assert "recall_caller" not in media(centre)
    centre.advance(5_000)
    assert media(centre)[-2:] == ["drop_agent", "recall_caller"]


def test_a_party_waiting_for_a_conversation_that_is_over_is_found_by_the_sweep() -> None:
    centre = Centre()
    ann, contact_id = talking(centre)
    transfers.consult(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    child = party(centre, contact_id)
    centre.world.timers.mishaps.lose = 1.0
    centre.world.faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        centre.caller_leaves(contact_id)
    centre.advance(61_000)
    centre.sweep()
    assert centre.state(child.id) == "ABANDONED"


def test_a_party_has_no_call_of_its_own_to_be_asked_for() -> None:
    """The sweep must not take a third party for a caller who has silently gone."""
    centre = Centre()
    _, _, contact_id, child = consulting(centre)
    centre.world.media.gone.add(child.id)
    for _ in range(3):
        centre.advance(61_000)
        centre.sweep()
    assert (centre.state(contact_id), centre.state(child.id)) == ("HELD", "CONNECTED")


def test_an_outside_call_whose_end_was_lost_is_found_by_the_sweep() -> None:
    centre = Centre()
    ann, contact_id = talking(centre)
    for _ in range(5):  # what was noted when the call came in is forgotten during the talk
        centre.advance(60_000)
        centre.sweep()
    transfers.transfer(centre.app, ann, contact_id, To(number=NUMBER), KEY, "api")
    child = party(centre, contact_id)
    party_joins(centre, contact_id, child)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    centre.advance(5 * 60_000)
    centre.sweep()
    assert centre.state(contact_id) == "POST_CALL"
    centre.world.media.gone.add(contact_id)
    centre.advance(5 * 60_000)
    centre.sweep()
    assert (centre.state(contact_id), centre.state(child.id)) == ("CLOSED", "CLOSED")


def test_an_outside_party_whose_timer_was_lost_is_found_by_the_sweep() -> None:
    centre = Centre()
    centre.world.timers.mishaps.lose = 1.0
    _, contact_id, child = dialling(centre)
    centre.advance(61_000)
    centre.sweep()
    assert centre.state(child.id) == "CLOSED"
    assert (centre.state(contact_id), centre.contact(contact_id).party) == ("HELD", None)
