"""Looks that come early ask for no further ones, and nobody is forgotten for it."""

from __future__ import annotations

from centralino.domain.contacts.model import ContactState
from tests.support.centre import Centre
from tests.unit.application.calling_back import MINUTE, accepted, asked, centre_with, tell


def waking(centre: Centre, contact: str) -> int:
    """Return how many timers will look at a callback, its expiry apart."""
    timers = centre.world.timers.pending()
    return sum(
        timer.kind == "callback" and timer.key == contact and timer.delay_ms > 0 for timer in timers
    )


def test_the_look_of_an_attempt_in_vain_leaves_one_look_ahead() -> None:
    centre = centre_with()
    back, ann = asked(centre), centre.agent()
    tell(centre, accepted(centre, back, ann), "no_answer")
    centre.advance(MINUTE)  # what looks at the attempt comes by meanwhile
    assert centre.contact(back).state is ContactState.SCHEDULED
    assert waking(centre, back) == 1
    centre.advance(14 * MINUTE + 1_000)
    assert centre.contact(back).state is ContactState.OFFERED
    assert waking(centre, back) == 0


def test_the_minute_sweep_finds_it_when_that_one_look_is_lost() -> None:
    centre = centre_with()
    back, ann = asked(centre), centre.agent()
    tell(centre, accepted(centre, back, ann), "no_answer")
    centre.advance(MINUTE)
    centre.world.timers.due()
    centre.world.clock.advance(15 * MINUTE)
    lost = centre.world.timers.due()
    assert any(timer.key == back for timer in lost)
    centre.sweep()
    assert centre.contact(back).state is ContactState.OFFERED
