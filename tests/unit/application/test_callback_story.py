"""A caller's whole way to being called back, as the carrier tells it and in no other words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import calls, offers
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, OfferCallback
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    AttemptProgressed,
    CallArrived,
    LegJoined,
    LegLeft,
)
from tests.support.centre import KEY, Centre, text
from tests.unit.application.calling_back import configuration_with, current, ended_once, sound


def offering() -> Centre:
    """Return a centre whose menu offers to call back on the key 2."""
    steps = {
        "menu": Menu(
            text("press 1 or 2"), {"1": "line", "2": "offer"}, "line", invalid=text("sorry")
        ),
        "line": Enqueue("sales", "voice", text("please hold")),
        "offer": OfferCallback(
            text("1 for this number, 2 for another"),
            text("your number"),
            text("no number"),
            queue="sales",
            plan="voice",
            then="bye",
            otherwise="line",
        ),
        "bye": Hangup(text("we will call you")),
    }
    flow = Flow("main", 1, "menu", steps)
    return Centre(rules=replace(configuration_with(CallbackRules()), flows={"main": flow}))


def press(centre: Centre, contact: str, digits: str) -> list[act.Action]:
    position = centre.contact(contact).flow
    assert position is not None
    return centre.press(contact, digits, position.token)


def back_of(centre: Centre, asking: str) -> str:
    (found,) = [c.id for c in centre.world.store.contacts() if c.previous == asking]
    return found


@pytest.mark.parametrize(
    ("keys", "number"), [(("2", "1"), "+393330000001"), (("2", "2", "3331234567"), "+393331234567")]
)
def test_from_the_menu_to_the_conversation(keys: tuple[str, ...], number: str) -> None:
    centre = offering()
    asking = centre.ring()
    heard: list[act.Action] = []
    for key in keys:
        heard = press(centre, asking, key)
    assert isinstance(heard[-1], act.Hangup)
    assert centre.state(asking) == "CLOSED"
    centre.caller_leaves(asking)  # the call itself ends only now: nothing changes
    contact = back_of(centre, asking)
    centre.relay()
    ann = centre.agent()
    rid = centre.contact(contact).rid or ""
    offers.accept(centre.app, ann, contact, rid, "api")
    centre.agent_joins(contact, rid)
    (call,) = centre.world.dialler.calls
    assert call.number == number
    attempt = current(centre, contact)
    for outcome in ("ringing", "answered"):
        told = AttemptProgressed(contact, attempt, call.call, outcome, "w")
        calls.handle(centre.app, told, KEY)
    calls.handle(centre.app, LegJoined(contact, call.call, attempt), KEY)
    assert centre.state(contact) == "CONNECTED"
    calls.handle(centre.app, LegLeft(contact, call.call, attempt, "ended"), KEY)
    assert centre.state(contact) == "WRAPUP"
    sound(centre)
    ended_once(centre)


def test_who_cannot_be_called_waits_in_line_after_all() -> None:
    centre = offering()
    calls.handle(
        centre.app, CallArrived("twilio", "CA9", "+442079460000", "+390200000001", "w"), KEY
    )
    (asking,) = [c.id for c in centre.world.store.contacts()]
    press(centre, asking, "2")
    heard = press(centre, asking, "1")  # a country that the queue does not call
    assert isinstance(heard[-1], act.Queue)
    assert centre.state(asking) == "WAITING"
    assert [c for c in centre.world.store.contacts() if c.callback is not None] == []


def test_the_answer_that_books_comes_twice_and_books_once() -> None:
    centre = offering()
    asking = centre.ring()
    press(centre, asking, "2")
    position = centre.contact(asking).flow
    assert position is not None
    for _ in range(2):
        heard = centre.press(asking, "1", position.token)
        assert isinstance(heard[-1], act.Hangup)
    assert back_of(centre, asking)
    sound(centre)
