"""Many callbacks due at once, a carrier that takes few calls a second and refuses some."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from centralino.application.callbacks import sweep as callback_sweep
from centralino.domain.callbacks.model import CallbackState, Mode, Outcome
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.contacts.model import Contact
from tests.support.centre import Centre
from tests.unit.application.calling_back import ask, caller, centre_with, ended_once, sound, tell

MINUTE = 60_000
MANY = 24
RATE = 4


def callbacks_of(centre: Centre) -> list[Contact]:
    return [c for c in centre.world.store.contacts() if c.callback is not None]


def due_together(share_refused: float = 0.0) -> tuple[Centre, dict[str, list[int]]]:
    """Return a centre with many callbacks due at one moment, and when each was dialled."""
    rules = CallbackRules(mode=Mode.CUSTOMER_FIRST, delay_ms=5 * MINUTE, tries=1)
    centre = centre_with(rules)
    centre.app = replace(centre.app, calls_per_second=RATE)
    for number in range(MANY):
        told = f"+39333123{number:04}"
        contact = caller(centre, f"CA{number}", number=told)
        assert ask(centre, contact, told).outcome == "booked"
        # Agents enough that nobody is waited for.
        centre.agent(f"agent{number}")
    if share_refused:
        centre.world.faults.refuse("dialler.ring", times=None, share=share_refused)
    dialled: dict[str, list[int]] = {}
    return centre, dialled


def let_run(centre: Centre, dialled: dict[str, list[int]], milliseconds: int) -> None:
    end = centre.app.clock.now() + milliseconds
    while centre.app.clock.now() < end:
        seen = len(centre.world.dialler.calls)
        centre.advance(50)
        for call in list(centre.world.dialler.calls)[seen:]:
            dialled.setdefault(call.contact, []).append(centre.app.clock.now())
            tell(centre, call.attempt, "ringing")
            tell(centre, call.attempt, "busy")


@pytest.mark.parametrize("refused", [0.0, 0.3])
def test_each_is_dialled_once_and_no_second_has_too_many(refused: float) -> None:
    centre, dialled = due_together(refused)
    let_run(centre, dialled, 5 * MINUTE + 2 * MINUTE)
    assert Counter(map(len, dialled.values())) == {1: MANY}
    moments = sorted(at for times in dialled.values() for at in times)
    assert max(sum(a <= b < a + 1000 for b in moments) for a in moments) <= RATE
    for contact in callbacks_of(centre):
        assert contact.callback is not None
        # A carrier that asks to slow down is no fault of the customer's: one attempt each.
        assert [attempt.outcome for attempt in contact.callback.attempts] == [Outcome.BUSY]
        assert contact.callback.state is CallbackState.EXHAUSTED
    sound(centre)
    ended_once(centre)


def test_when_every_timer_is_lost_the_sweep_keeps_the_pace_as_well() -> None:
    centre, dialled = due_together()
    centre.world.timers.due()
    centre.world.timers.mishaps.lose = 1.0
    centre.world.clock.move_to(centre.app.clock.now() + 5 * MINUTE)
    for _ in range(MANY + 2):
        seen = len(centre.world.dialler.calls)
        callback_sweep.sweep(centre.app)
        for call in list(centre.world.dialler.calls)[seen:]:
            dialled.setdefault(call.contact, []).append(centre.app.clock.now())
            tell(centre, call.attempt, "busy")
        centre.world.clock.move_to(centre.app.clock.now() + MINUTE)
    assert all(len(times) == 1 for times in dialled.values())
    assert len(dialled) == MANY
