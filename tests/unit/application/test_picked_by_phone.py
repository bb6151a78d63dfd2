"""A caller picks the time of a call back by keys, as the carrier tells it and in no other words."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import slots as callback_slots
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, PickTime
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules
from centralino.domain.telephony import actions as act
from tests.support.centre import Centre, text
from tests.unit.application.calling_back import configuration_with, sound
from tests.unit.application.picking_times import MINUTE, number, pick, plan_days

OWN = "+393330000001"


def centre_of_times(slots: SlotRules | None = None) -> Centre:
    """Return a centre whose menu lets callers pick a time on the key 2."""
    steps = {
        "menu": Menu(
            text("press 1 or 2"), {"1": "line", "2": "times"}, "line", invalid=text("sorry")
        ),
        "line": Enqueue("sales", "voice", text("please hold")),
        "times": PickTime(text("when"), text("sorry"), "sales", "voice", "bye", "line"),
        "bye": Hangup(text("we will call you on {callback_at:time}")),
    }
    rules = CallbackRules(slots=slots or SlotRules(most=1), per_day=50)
    flow = Flow("main", 1, "menu", steps)
    centre = Centre(rules=replace(configuration_with(rules), flows={"main": flow}))
    plan_days(centre, "sales", 10)
    # From now on agents are there, too: ten of them.
    for place in range(10):
        centre.agent(f"a{place}", ready=False)
    from centralino.application import agents
    from centralino.domain.agents.model import AgentState

    for place in range(10):
        agents.set_state(centre.app, f"ag_a{place}", AgentState.NOT_READY, "break", "api")
    centre.app.hints.clear()
    return centre


def press(centre: Centre, contact: str, digits: str) -> list[act.Action]:
    position = centre.contact(contact).flow
    assert position is not None
    return centre.press(contact, digits, position.token)


def words(actions: list[act.Action]) -> str:
    said: list[str] = []
    for action in actions:
        prompts = action.prompts if isinstance(action, act.Gather) else [action]
        said += [prompt.text for prompt in prompts if isinstance(prompt, act.Say)]
    return " ".join(said)


def slot_after(centre: Centre, quarters: int) -> int:
    return (centre.app.clock.now() // QUARTER_MS + quarters) * QUARTER_MS


def back_of(centre: Centre, asking: str) -> str:
    (found,) = [c.id for c in centre.world.store.contacts() if c.previous == asking]
    return found


def open_ones(centre: Centre) -> list[str]:
    contacts = centre.world.store.contacts()
    return [c.id for c in contacts if c.callback is not None and c.callback.pending]


def test_the_next_times_are_half_an_hour_apart_and_one_is_booked() -> None:
    centre = centre_of_times()
    asking = centre.ring()
    heard = words(press(centre, asking, "2"))
    assert "Per oggi alle 09:15 prema 1. Per oggi alle 09:45 prema 2." in heard
    heard = words(press(centre, asking, "2"))
    assert "alle 09:45" in heard
    assert centre.state(asking) == "CLOSED"
    contact = centre.contact(back_of(centre, asking))
    at = slot_after(centre, 3)
    assert contact.callback is not None
    assert contact.callback.window == (at, at + 30 * MINUTE)
    sound(centre)


def test_later_times_are_told_on_nine() -> None:
    centre = centre_of_times()
    asking = centre.ring()
    press(centre, asking, "2")
    heard = words(press(centre, asking, "9"))
    assert "Per oggi alle 10:45 prema 1." in heard
    press(centre, asking, "1")
    contact = centre.contact(back_of(centre, asking))
    assert contact.callback is not None
    assert contact.callback.slot == slot_after(centre, 7)


def test_a_place_that_was_taken_while_the_caller_thought_is_told() -> None:
    centre = centre_of_times()
    asking = centre.ring()
    press(centre, asking, "2")
    pick(centre, slot_after(centre, 1), number=number(1))
    heard = words(press(centre, asking, "1"))
    assert "appena prenotato" in heard
    assert "Per oggi alle 09:30 prema 1." in heard
    assert centre.state(asking) == "IVR"
    press(centre, asking, "1")
    assert centre.state(asking) == "CLOSED"
    sound(centre)


def test_a_second_call_hears_the_time_and_moves_it() -> None:
    centre = centre_of_times()
    first = centre.ring("CA1")
    press(centre, first, "2")
    press(centre, first, "1")
    contact = back_of(centre, first)
    centre.relay()
    second = centre.ring("CA2")
    centre.relay()
    centre.advance(1_000)
    heard = words(press(centre, second, "2"))
    assert "La richiameremo oggi alle 09:15." in heard
    heard = words(press(centre, second, "1"))
    assert "alle 09:30" in heard
    assert open_ones(centre) == [contact]
    assert centre.state(second) == "CLOSED"
    callback = centre.contact(contact).callback
    assert callback is not None
    assert callback.slot == slot_after(centre, 2)
    holders = [
        callback_slots.holders(centre.app, "sales", slot_after(centre, place)) for place in (1, 2)
    ]
    assert holders == [[], [contact]]
    sound(centre)


def test_a_second_call_cancels_and_stays_in_line() -> None:
    centre = centre_of_times()
    first = centre.ring("CA1")
    press(centre, first, "2")
    press(centre, first, "1")
    second = centre.ring("CA2")
    press(centre, second, "2")
    assert "annullata" in words(press(centre, second, "8"))
    assert open_ones(centre) == []
    assert centre.state(second) == "WAITING"
    assert callback_slots.holders(centre.app, "sales", slot_after(centre, 1)) == []


def test_where_no_time_is_free_the_caller_stays_in_line() -> None:
    centre = centre_of_times(SlotRules(most=0))
    asking = centre.ring()
    assert "non ci sono orari liberi" in words(press(centre, asking, "2"))
    assert centre.state(asking) == "WAITING"


@pytest.mark.parametrize(
    ("port", "when"),
    [("operations.put_if", "after"), ("store.save_together", "before"),
     ("store.save_together", "after")],
)  # fmt: skip
def test_a_key_that_comes_again_after_a_crash_books_once(port: str, when: str) -> None:
    centre = centre_of_times()
    asking = centre.ring()
    press(centre, asking, "2")
    getattr(centre.world.faults, f"crash_{when}")(port)
    with contextlib.suppress(Crash):
        press(centre, asking, "1")
    position = centre.contact(asking).flow
    if position is not None and centre.state(asking) == "IVR":
        press(centre, asking, "1")
    assert centre.state(asking) == "CLOSED"
    assert len(open_ones(centre)) == 1
    assert len(callback_slots.holders(centre.app, "sales", slot_after(centre, 1))) == 1
    assert callbacks.known(centre.app, "cb_" + open_ones(centre)[0][3:]).previous == asking
    sound(centre)
