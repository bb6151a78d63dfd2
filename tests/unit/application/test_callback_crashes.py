"""A death anywhere on the way to a customer: nobody is forgotten, doubled or rung twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, calls, legs, offers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items as callback_items
from centralino.application.callbacks import sweep as callback_sweep
from centralino.application.ports import Item
from centralino.domain.callbacks.model import Mode, contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.contacts.model import ENDED, Contact
from centralino.domain.errors import CentralinoError, Conflict
from centralino.domain.telephony.commands import LegJoined, PresentAsked
from tests.support.centre import KEY, Centre
from tests.unit.application.calling_back import (
    CUSTOMER,
    agent_leaves,
    ask,
    caller,
    centre_with,
    current,
    ended_once,
    sound,
    tell,
)

Step = Callable[[], object]
Stories = Callable[[str, Centre, str, str], list[Step]]
MINUTE = 60_000
RULES = CallbackRules(expire_ms=20 * MINUTE, tries=2)


def steps_of(story: str, centre: Centre, ann: str, asking: str) -> list[Step]:
    """Return what people and the carrier do, one step each."""
    app = centre.app

    def back() -> str:
        return next(c.id for c in centre.world.store.contacts() if c.callback is not None)

    def want() -> object:
        return ask(centre, centre.contact(asking))

    def take() -> object:
        contact = centre.contact(back())
        return offers.accept(app, ann, contact.id, contact.rid or "", "api")

    def join() -> object:
        contact = centre.contact(back())
        return legs.joined(app, LegJoined(contact.id, "CAagent", contact.rid or ""))

    def hears(outcome: str) -> Step:
        return lambda: tell(centre, current(centre, back()), outcome)

    def leave() -> object:
        return agent_leaves(centre, back(), centre.contact(back()).rid or "")

    def cancel() -> object:
        return callbacks.cancel(app, "cb_" + back()[3:], "customer", "api")

    def file() -> object:
        return agents.dispose(app, ann, back(), "resolved", "api")

    def later() -> object:
        return centre.advance(5 * MINUTE + 1_000)

    return {
        "reached": [want, take, join, hears("ringing"), hears("answered"), hears("ended"), file],
        "busy twice": [want, take, join, hears("busy"), later, take, join, hears("busy")],
        "agent leaves": [want, take, join, hears("ringing"), leave],
        "taken back": [want, take, join, cancel],
        "taken back early": [want, cancel],
    }[story]


STORIES = ("reached", "busy twice", "agent leaves", "taken back", "taken back early")


def steps_of_first(story: str, centre: Centre, ann: str, asking: str) -> list[Step]:
    """Return what people and the carrier do where the customer is rung first, one step each."""
    app = centre.app

    def back() -> str:
        return next(c.id for c in centre.world.store.contacts() if c.callback is not None)

    def want() -> object:
        return ask(centre, centre.contact(asking))

    def due() -> object:
        return callbacks.look(app, back(), "w")

    def picks_up() -> object:
        call = next(iter(reversed(centre.world.dialler.calls))).call
        return calls.handle(app, PresentAsked(back(), call, "w", current(centre, back())), KEY)

    def hears(outcome: str) -> Step:
        return lambda: tell(centre, current(centre, back()), outcome)

    def take() -> object:
        contact = centre.contact(back())
        return offers.accept(app, ann, contact.id, contact.rid or "", "api")

    def joins() -> object:
        contact = centre.contact(back())
        legs.joined(app, LegJoined(contact.id, "CAagent", contact.rid or ""))
        return legs.joined(app, LegJoined(contact.id, contact.call or "", None))

    def cancel() -> object:
        return callbacks.cancel(app, "cb_" + back()[3:], "customer", "api")

    def file() -> object:
        return agents.dispose(app, ann, back(), "resolved", "api")

    def later() -> object:
        return centre.advance(5 * MINUTE + 1_000)

    answered = [want, due, hears("ringing"), picks_up, hears("answered")]
    return {
        "reached": [*answered, take, joins, hears("ended"), file],
        "busy twice": [want, due, hears("busy"), later, due, hears("busy")],
        "leaves": [*answered, hears("ended"), later, due, picks_up, hears("ended")],
        "leaves on the way": [*answered, take, hears("ended")],
        "taken back": [*answered, cancel],
        "taken back early": [want, due, cancel],
    }[story]


FIRST_STORIES = (
    "reached",
    "busy twice",
    "leaves",
    "leaves on the way",
    "taken back",
    "taken back early",
)


TOLD: dict[Mode, Stories] = {
    Mode.AGENT_FIRST: steps_of,
    Mode.CUSTOMER_FIRST: steps_of_first,
}


def setting(mode: Mode = Mode.AGENT_FIRST) -> tuple[Centre, str, str]:
    centre = centre_with(replace(RULES, mode=mode))
    asking = caller(centre)
    centre.relay()
    ann = centre.agent("ann", ready=False)
    return centre, ann, asking.id


def play(
    centre: Centre, ann: str, asking: str, story: str, *, again: bool, of: Stories = steps_of
) -> None:
    """Take the steps; the agent comes once the callback is asked for."""
    for number, step in enumerate(of(story, centre, ann, asking)):
        if number == 1:
            with suppress(CentralinoError, Crash):
                centre.ready(ann)
        try:
            step()
        except Crash:
            if again:
                with suppress(CentralinoError, StopIteration):
                    step()
        except (CentralinoError, StopIteration):
            continue


def recover(centre: Centre) -> None:
    centre.world.faults.clear()
    for _ in range(5):
        centre.relay()
        centre.advance(20_000)
        centre.sweep()
    centre.relay()


def comes_to_an_end(centre: Centre, asking: str) -> None:
    """Let the first caller go and time pass: every contact ends, every agent is free."""
    if not centre.contact(asking).ended:
        centre.world.media.gone.add(asking)
    for contact in centre.world.store.contacts():
        if contact.callback is not None and not contact.calls_back:
            centre.world.media.gone.add(contact.id)
    for _ in range(30):
        centre.advance(MINUTE)
        centre.sweep()
    centre.relay()
    for contact in centre.world.store.contacts():
        assert contact.state in ENDED, contact
    assert all(agent.slots == {} for agent in centre.world.store.agents())


def boundaries(story: str, mode: Mode) -> int:
    centre, ann, asking = setting(mode)
    before = centre.world.faults.boundaries
    play(centre, ann, asking, story, again=False, of=TOLD[mode])
    return centre.world.faults.boundaries - before


@pytest.mark.parametrize("again", [True, False], ids=["asked again", "given up"])
@pytest.mark.parametrize(
    ("mode", "story"),
    [(Mode.AGENT_FIRST, story) for story in STORIES]
    + [(Mode.CUSTOMER_FIRST, story) for story in FIRST_STORIES],
)
def test_dying_anywhere_loses_and_doubles_nothing(mode: Mode, story: str, again: bool) -> None:
    # Before one effect is after the one before it: every second boundary is a state of its own.
    for boundary in range(1, boundaries(story, mode) + 1, 2):
        centre, ann, asking = setting(mode)
        centre.world.faults.crash_at(boundary)
        play(centre, ann, asking, story, again=again, of=TOLD[mode])
        made = [c for c in centre.world.store.contacts() if c.callback is not None]
        # Either the caller still waits, or exactly one callback took over.
        assert (str(centre.state(asking)) == "CLOSED") == (len(made) == 1), (boundary, made)
        recover(centre)
        sound(centre)
        rung = Counter(call.attempt for call in centre.world.dialler.calls)
        assert all(count == 1 for count in rung.values()), (boundary, rung)
        ended_once(centre)
        comes_to_an_end(centre, asking)
        sound(centre)
        ended_once(centre)


def test_a_request_that_died_before_its_contact_can_be_made_again_by_another_call() -> None:
    for boundary in range(1, 60):
        centre, _, asking = setting()
        centre.world.faults.crash_at(boundary)
        try:
            ask(centre, centre.contact(asking))
        except Crash:
            pass
        else:
            break
        centre.world.faults.clear()
        made = [c for c in centre.world.store.contacts() if c.callback is not None]
        centre.advance(61_000)
        answer = ask(centre, caller(centre, "CA2"))
        assert answer.outcome == ("already" if made else "booked"), boundary
        centre.relay()
        sound(centre)
    else:
        pytest.fail("it never came through")
    assert boundary > 10


def test_two_calls_of_one_customer_at_the_same_moment_book_once() -> None:
    """The second asks while the first has its mark and not yet its contact."""
    centre, _, asking = setting()
    second = caller(centre, "CA2")
    centre.world.faults.crash_before("store.save_together")
    with pytest.raises(Crash):
        ask(centre, centre.contact(asking))
    answer = ask(centre, second)
    assert (answer.outcome, answer.reason) == ("refused", "try_again")
    assert centre.state(second.id) == "WAITING"
    assert ask(centre, centre.contact(asking)).outcome == "booked"
    assert ask(centre, centre.contact(second.id)).outcome == "already"
    sound(centre)


def test_an_answer_told_twice_at_once_keeps_the_number_of_the_one_that_was_made() -> None:
    """The first commits between the second's two looks after its own write was refused."""
    centre, _, asking = setting()
    first = centre.contact(asking)

    class Interrupted:
        def __init__(self) -> None:
            self.refused = False

        def __getattr__(self, name: str) -> Any:
            return getattr(centre.app.store, name)

        def save_together(self, contacts: Sequence[Contact]) -> None:
            self.refused = True
            raise Conflict("the caller has just been told the place in line")

        def contact(self, contact_id: str) -> Contact | None:
            if self.refused and contact_id == asking:
                ask(centre, first)
            return centre.app.store.contact(contact_id)

    app = replace(centre.app, store=Interrupted())
    answer = callbacks.ask(app, first, queue="sales", plan="voice", number=CUSTOMER, cause="w")
    assert answer.outcome == "booked"
    back = contact_of(answer.callback_id or "")
    assert centre.contact(back).calls_back
    assert callback_items.number_of(centre.app, back, "sales") == CUSTOMER
    sound(centre)


def test_a_sweep_that_is_far_behind_goes_on_where_the_last_one_came_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    centre, _, asking = setting()
    ask(centre, centre.contact(asking))
    now = centre.app.clock.now() // MINUTE
    centre.app.operations.put(Item("sweep", "callbacks", {"minute": now - 1_000}))
    callback_items.note_due(centre.app, asking, centre.app.clock.now())

    def dies(*_: object) -> bool:
        raise Crash("out of time")

    monkeypatch.setattr(callbacks, "look", dies)
    centre.advance(2 * MINUTE)
    with pytest.raises(Crash):
        callback_sweep.sweep(centre.app)
    done = centre.app.operations.get("sweep", "callbacks")
    assert done is not None
    assert now - 200 < int(done.attributes["minute"]) <= now


def test_a_number_kept_for_a_request_that_was_never_made_is_forgotten() -> None:
    centre, _, asking = setting()
    centre.world.faults.crash_before("store.save_together")
    with pytest.raises(Crash):
        ask(centre, centre.contact(asking))
    centre.world.faults.clear()
    numbers = centre.world.operations.list("callbacks#sales")
    assert len(numbers) == 1
    for _ in range(25):
        centre.advance(MINUTE)
        centre.sweep()
    contact = contact_of(numbers[0].sk)
    assert callback_items.number_of(centre.app, contact, "sales") is None
