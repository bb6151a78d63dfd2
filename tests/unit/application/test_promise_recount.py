"""The figure of kept promises, recomputed from the events of a whole day, against a plain count.

What was said to whom, and what they then lived through, is written down here as it happens; the
product's events are read only by the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from centralino.application import legs, offers, talk
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import desk
from centralino.application.callbacks import moving as callback_moving
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.desk import Viewer
from centralino.application.scopes import Supervisor
from centralino.domain.callbacks.model import contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.errors import CentralinoError
from centralino.domain.kpi import compute
from centralino.domain.kpi.callback_promises import callback_promises
from centralino.domain.kpi.promises import Promise, judge_all
from centralino.domain.kpi.wait_promises import wait_promises
from centralino.domain.promises.announcing import first_announcement, later_announcement, on_record
from centralino.domain.promises.estimate import Estimate
from centralino.domain.telephony.commands import LegJoined
from tests.support.announcing import teach
from tests.support.centre import Centre
from tests.unit.application.calling_back import ask, caller, centre_with, current, tell
from tests.unit.application.picking_times import plan_days
from tests.unit.application.test_callback_figures import log_of

MINUTE = 60_000
HEAD = Viewer("ag_head", Supervisor("ag_head", frozenset({"demo"})))


@dataclass
class Said:
    """A window that somebody was told, and what then happened, as a bystander would note it."""

    start: int
    end: int
    done: int | None = None
    taken_back: int | None = None
    ours: bool = False


@dataclass
class Book:
    """What the bystander has written down."""

    waits: list[Said] = field(default_factory=list)
    calls: list[Said] = field(default_factory=list)

    def count(self) -> tuple[int, int, int]:
        """Return how many were kept, broken and void."""
        kept = broken = void = 0
        for said in self.waits:
            if said.done is not None and said.done <= said.end:
                kept += 1
            elif said.taken_back is not None and said.taken_back < said.end:
                void += 1
            else:
                broken += 1
        for said in self.calls:
            if said.done is not None:
                inside = said.start <= said.done < said.end
                kept, broken = kept + inside, broken + (not inside)
            elif not said.ours and said.taken_back is not None and said.taken_back < said.start:
                void += 1
            else:
                broken += 1
        return kept, broken, void


def lives(centre: Centre, book: Book, chance: Random, index: int) -> None:
    """Let one customer wait, or be called back, in one of many ways."""
    number = f"+3933312{index:05d}"
    contact = caller(centre, f"CA{index}", number=number)
    if chance.random() < 0.5:
        waits(centre, book, chance, contact.id)
        return
    answer = ask(centre, contact, number)
    assert answer.callback_id is not None
    assert answer.window is not None
    said = Said(*answer.window)
    book.calls.append(said)
    name, back = answer.callback_id, contact_of(answer.callback_id)
    centre.advance(chance.choice((0, 1, 9, 20)) * MINUTE)
    for _ in range(chance.choice((0, 0, 1, 2))):
        by = chance.choice(("customer", "agent"))
        said = moved(centre, book, said, name, by)
    turn = chance.random()
    if turn < 0.25:
        for_customer = chance.random() < 0.5
        desk.cancel(centre.app, HEAD, name, f"c{index}", for_customer=for_customer)
        said.taken_back, said.ours = centre.app.clock.now(), not for_customer
        with pytest.raises(CentralinoError):
            callback_moving.move(centre.app, name, None, "customer", "w")
        desk.cancel(centre.app, HEAD, name, f"d{index}", for_customer=not for_customer)
    elif turn < 0.4:
        served(centre, caller(centre, f"CB{index}", number=number).id)
        said.taken_back = centre.app.clock.now()
    elif turn < 0.9:
        centre.advance(chance.choice((0, 5, 12, 45)) * MINUTE)
        rung(centre, back)
        said.done = centre.app.clock.now()
        tell(centre, current(centre, back), chance.choice(("answered", "no_answer")))
    centre.world.media.gone.add(back)


def moved(centre: Centre, book: Book, said: Said, name: str, by: str) -> Said:
    before = centre.contact(contact_of(name)).callback
    assert before is not None
    now = centre.app.clock.now()
    far = callback_slots.free(centre.app, "sales", now + 180 * MINUTE, now + 300 * MINUTE)
    at = None if before.slot is not None else far[0].start
    callback_moving.move(centre.app, name, at, by, "w")
    after = centre.contact(contact_of(name)).callback
    assert after is not None
    said.taken_back, said.ours = centre.app.clock.now(), by != "customer"
    assert after.window is not None
    book.calls.append(Said(*after.window))
    return book.calls[-1]


def rung(centre: Centre, back: str) -> None:
    """Have an agent take a callback, whenever its time is, and its phone ring."""
    callback = centre.contact(back).callback
    assert callback is not None
    centre.advance(max(0, callback.not_before - centre.app.clock.now()) + 1_000)
    takes(centre, back)
    tell(centre, current(centre, back), "ringing")


def takes(centre: Centre, contact: str) -> None:
    """Have an agent come, take this contact whatever else waits, and get on the line."""
    for index in range(5):
        agent = centre.agent(f"{contact[-6:].lower()}{index}")
        found = centre.contact(contact)
        if found.agent == agent:
            offers.accept(centre.app, agent, contact, found.rid or "", "api")
            if found.callback is None:
                centre.caller_joins(contact)
                centre.world.media.join(contact, found.rid or "")
            legs.joined(centre.app, LegJoined(contact, "CAagent", found.rid or ""))
            return
    raise AssertionError(f"nobody is offered {centre.contact(contact)}")


def served(centre: Centre, contact: str) -> None:
    """Let a customer who called in meet an agent, and the callbacks hear of it."""
    takes(centre, contact)
    callbacks.customer_called(centre.app, contact, "w")
    talk.end_call(centre.app, contact, by="caller", cause="w", seen=centre.contact(contact))


def waits(centre: Centre, book: Book, chance: Random, contact: str) -> None:
    """Let a customer be told a wait, now and again, and be answered, leave, or neither."""
    told = Estimate(2, 2 * MINUTE, 6 * MINUTE, 4 * MINUTE, MINUTE)
    now = centre.app.clock.now()
    first = first_announcement(1, told, now)
    book.waits.append(Said(now + 2 * MINUTE, now + 6 * MINUTE))
    said = book.waits[-1]
    centre.world.store.save_contact(on_record(centre.contact(contact), first, now, "w", wait=True))
    centre.advance(chance.choice((1, 3)) * MINUTE)
    later = later_announcement(first.promise, told, centre.app.clock.now())
    stored = centre.contact(contact)
    centre.world.store.save_contact(
        on_record(stored, later, centre.app.clock.now(), "w", wait=True)
    )
    centre.advance(chance.choice((0, 2, 8)) * MINUTE)
    turn = chance.random()
    now = centre.app.clock.now()
    if turn < 0.4:
        takes(centre, contact)
        said.done = now
    elif turn < 0.7:
        talk.end_call(centre.app, contact, by="caller", cause="w", seen=centre.contact(contact))
        said.taken_back = now


@pytest.mark.parametrize("seed", range(3))
def test_the_figure_from_the_events_is_that_of_a_plain_count(seed: int) -> None:
    chance, book = Random(seed), Book()
    log = []
    for index in range(40):
        centre = centre_with(CallbackRules(delay_ms=10 * MINUTE))
        centre.world.configuration.current()
        plan_everybody(centre)
        teach(centre)
        lives(centre, book, chance, seed * 100 + index)
        log += log_of(centre)
    promises: list[Promise] = [*wait_promises(log), *callback_promises(log)]
    judged = judge_all(promises, centre.app.clock.now() + 10_000 * MINUTE)
    value = compute("promise_kept", judged)
    kept, broken, void = book.count()
    assert (value.numerator, value.denominator) == (kept, kept + broken)
    assert compute("promise_voids", judged).value == void
    assert min(kept, broken, void) > 0
    # In another order, and twice over, it is the same.
    again = [*log, *log[::3]]
    chance.shuffle(again)
    shuffled = judge_all([*wait_promises(again), *callback_promises(again)], 10**15)
    assert compute("promise_kept", shuffled).value == value.value


def plan_everybody(centre: Centre) -> None:

    plan_days(centre, "sales", 10, days=2)
