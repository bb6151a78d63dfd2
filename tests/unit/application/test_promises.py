"""What a waiting caller is told of place and wait, and the promise this makes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import calls, offers, promises
from centralino.application.routing import drain
from centralino.domain.contacts.model import ContactState
from centralino.domain.promises.announcing import Announcement, first_announcement
from centralino.domain.promises.estimate import Estimate
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import WaitContinued
from tests.support.announcing import EVERY_MS, QUEUE, announcing_centre, teach
from tests.support.centre import KEY, Centre

HOLD = {"en": "please hold", "it": "please hold (it)"}


@pytest.fixture
def centre() -> Centre:
    return announcing_centre()


def heard(centre: Centre, contact_id: str) -> list[str]:
    """Return what one turn of the waiting loop says, without the queue's own words."""
    call = centre.contact(contact_id).call or ""
    actions = calls.handle(centre.app, WaitContinued(contact_id, call), KEY)
    texts = [action.text for action in actions if isinstance(action, act.Say)]
    assert texts[0] in HOLD.values()
    return texts[1:]


def announce(centre: Centre, contact_id: str) -> Announcement | None:
    contact = centre.contact(contact_id)
    queue = centre.app.configuration.current().queue(contact.queue or "")
    return promises.announce(centre.app, contact, queue, "w")


def promised(centre: Centre, contact_id: str) -> list[dict[str, object]]:
    centre.relay()
    found = [o for o in centre.world.bus.published if o.entity_id == contact_id]
    return [o.data for o in found if o.type == "PromiseMade"]


def test_a_caller_hears_place_and_wait_in_their_language(centre: Centre) -> None:
    teach(centre, ahead=2)
    assert heard(centre, centre.queue()) == [
        "Lei è il numero 3 in attesa.",
        "L'attesa prevista va da un minimo di 20 secondi a un massimo di 3 minuti e 30 secondi.",
    ]


def test_the_same_in_english() -> None:
    centre = announcing_centre(language="en")
    teach(centre, ahead=2)
    assert heard(centre, centre.queue()) == [
        "You are number 3 in line.",
        "We expect to answer you in between 20 seconds and 3 minutes 30 seconds.",
    ]


def test_the_next_caller_hears_that_they_are_next(centre: Centre) -> None:
    teach(centre)
    place, wait = heard(centre, centre.queue())
    assert place == "Lei è il prossimo in attesa."
    assert wait == "Prevediamo di risponderle entro un minuto e 30 secondi."


@pytest.mark.parametrize(
    ("position", "wait", "sentences"), [(True, False, 1), (False, True, 1), (False, False, 0)]
)
def test_a_queue_says_what_it_is_told_to_say(position: bool, wait: bool, sentences: int) -> None:
    centre = announcing_centre(position=position, wait=wait)
    teach(centre, ahead=1)
    contact_id = centre.queue()
    assert len(heard(centre, contact_id)) == sentences
    assert len(promised(centre, contact_id)) == int(wait)


def test_the_first_announcement_is_kept_with_the_contact_and_told_the_world(
    centre: Centre,
) -> None:
    teach(centre, ahead=2)
    contact_id = centre.queue()
    now = centre.app.clock.now()
    heard(centre, contact_id)
    promise = centre.contact(contact_id).promise
    assert promise is not None
    assert (promise.leg, promise.position, promise.made_at) == (1, 3, now)
    (told,) = promised(centre, contact_id)
    assert told["kind"] == "wait"
    assert told["leg"] == 1
    assert (told["window_start"], told["window_end"]) == (now + 20_000, now + 210_000)


def test_a_caller_is_not_told_again_before_their_queue_says_so(centre: Centre) -> None:
    teach(centre, ahead=2)
    contact_id = centre.queue()
    heard(centre, contact_id)
    before = centre.contact(contact_id)
    centre.world.clock.advance(EVERY_MS - 1)
    assert heard(centre, contact_id) == []
    assert centre.contact(contact_id) == before
    centre.world.clock.advance(1)
    assert heard(centre, contact_id) != []


def test_later_nothing_worse_is_said_and_the_promise_stands(centre: Centre) -> None:
    teach(centre, ahead=2)
    contact_id = centre.queue()
    heard(centre, contact_id)
    first = centre.contact(contact_id).promise
    assert first is not None
    centre.world.clock.advance(EVERY_MS)
    teach(centre, ahead=0, seen=3)  # Less is known now: the window alone would be wider.
    said = announce(centre, contact_id)
    assert said is not None
    assert not said.first
    assert said.position <= 3
    assert said.upper_ms is not None
    assert centre.app.clock.now() + said.upper_ms <= first.window_end
    after = centre.contact(contact_id).promise
    assert after is not None
    assert (after.window_start, after.window_end) == (first.window_start, first.window_end)
    assert [told["kind"] for told in promised(centre, contact_id)] == ["wait", "wait_update"]


def test_past_the_window_the_caller_is_told_so_and_gets_no_new_promise(centre: Centre) -> None:
    teach(centre, ahead=2)
    contact_id = centre.queue()
    heard(centre, contact_id)
    centre.world.clock.advance(210_001)
    assert heard(centre, contact_id) == [
        "Ci scusiamo, l'attesa è più lunga di quanto annunciato. Il suo posto resta riservato.",
        "Lei è il numero 3 in attesa.",
    ]
    assert len(promised(centre, contact_id)) == 1


def test_a_new_leg_makes_a_new_promise(centre: Centre) -> None:
    teach(centre, ahead=2)
    contact_id = centre.queue()
    heard(centre, contact_id)
    first = centre.contact(contact_id).promise
    agent = centre.agent()
    drain(centre.app, "main", cause="test")
    rid = centre.contact(contact_id).rid or ""
    offers.accept(centre.app, agent, contact_id, rid, "api")
    centre.agent_joins(contact_id, rid)
    centre.caller_joins(contact_id)
    centre.agent_leg_leaves(contact_id, rid, "lost")
    centre.advance(60_000)
    assert centre.contact(contact_id).leg == 2
    said = announce(centre, contact_id)
    assert centre.contact(contact_id).promise != first
    assert said is not None
    assert said.first
    assert said.promise.leg == 2


def test_of_an_unknown_queue_nothing_is_said(centre: Centre) -> None:
    contact_id = centre.queue()
    assert heard(centre, contact_id) == []
    teach(centre, seen=2)
    assert heard(centre, contact_id) == []
    assert centre.contact(contact_id).promise is None
    assert promised(centre, contact_id) == []


def test_a_caller_an_agent_is_being_rung_for_is_told_nothing(centre: Centre) -> None:
    teach(centre, ahead=2)
    centre.agent()
    contact_id = centre.queue()
    drain(centre.app, "main", cause="test")
    before = centre.contact(contact_id)
    assert before.state is ContactState.OFFERED
    assert heard(centre, contact_id) == []
    # Nothing is written either: it would race the agent's answer for the contact.
    assert centre.contact(contact_id) == before


def test_when_an_agent_is_found_meanwhile_nothing_is_said(centre: Centre) -> None:
    teach(centre, ahead=2)
    contact_id = centre.queue()
    seen = centre.contact(contact_id)
    centre.agent()
    drain(centre.app, "main", cause="test")
    offered = centre.contact(contact_id)
    assert offered.state is ContactState.OFFERED
    queue = centre.app.configuration.current().queue(QUEUE)
    assert promises.announce(centre.app, seen, queue, "w") is None
    assert centre.contact(contact_id) == offered
    assert promised(centre, contact_id) == []


@pytest.mark.parametrize("operation", ["operations.get", "store.save_contact"])
def test_when_a_store_is_away_the_caller_still_hears_the_queue_s_words(
    centre: Centre, operation: str
) -> None:
    teach(centre, ahead=2)
    contact_id = centre.queue()
    centre.world.faults.refuse(operation)
    assert heard(centre, contact_id) == []
    assert heard(centre, contact_id) != []


def test_one_read_serves_all_who_are_told_within_two_seconds(centre: Centre) -> None:
    teach(centre, ahead=2)
    first, second = centre.queue("CA1"), centre.queue("CA2")
    before = centre.world.meter.of(operation="operations.get").requests
    heard(centre, first)
    heard(centre, second)
    assert centre.world.meter.of(operation="operations.get").requests == before + 1
    centre.world.clock.advance(EVERY_MS)
    heard(centre, first)
    assert centre.world.meter.of(operation="operations.get").requests == before + 2


def test_a_wait_that_is_over_is_no_longer_spoken_of() -> None:
    rules = announcing_centre().app.configuration.current().queue(QUEUE)
    told = first_announcement(1, Estimate(2, 0, 60_000, 30_000, 1), 0)
    late = replace(told, late=True, lower_ms=None, upper_ms=None)
    assert [text["en"] for text in promises.spoken(late, rules)] == [
        "We are sorry, it is taking longer than we told you. You keep your place in line.",
        "You are number 2 in line.",
    ]
    silent = replace(rules, announce=replace(rules.announce, wait=False))
    assert [text["en"] for text in promises.spoken(late, silent)] == ["You are number 2 in line."]
