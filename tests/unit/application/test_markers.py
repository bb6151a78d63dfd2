"""The sweep's notes of calls in their menu: written by the relay, whatever happens to it."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.adapters.memory.stream import Change
from centralino.application.markers import MINUTE_MS
from centralino.application.relay import Image, relay
from tests.support.centre import Centre


@pytest.fixture
def centre() -> Centre:
    return Centre()


def notes(centre: Centre) -> list[str]:
    """Return the partitions of all notes there are."""
    now = centre.app.clock.now() // MINUTE_MS
    return [
        item.pk
        for minute in range(now - 60, now + 2)
        for item in centre.app.operations.list(f"open#{minute}")
    ]


def deliver(centre: Centre, changes: list[Change]) -> None:
    """Hand a batch of the stream to the relay, by itself."""
    images = [Image(str(number), change.image) for number, change in enumerate(changes)]
    assert relay(centre.app, centre.world.bus, images) is None


def found(centre: Centre, contact_id: str) -> bool:
    """Tell whether the sweep closes the call within its next five runs, a minute apart."""
    centre.world.media.gone.add(contact_id)
    for _ in range(5):
        centre.sweep()
        if centre.state(contact_id) == "CLOSED":
            return True
        centre.advance(MINUTE_MS)
    return False


def test_the_call_itself_waits_for_no_note(centre: Centre) -> None:
    contact_id = centre.ring()
    assert notes(centre) == []
    centre.relay()
    born = centre.contact(contact_id).created_at // MINUTE_MS
    assert notes(centre) == [f"open#{born}"]


@pytest.mark.parametrize("minutes", range(12))
def test_a_relay_that_comes_late_is_in_time_for_the_sweep(centre: Centre, minutes: int) -> None:
    contact_id = centre.ring()
    for _ in range(minutes):
        centre.sweep()
        centre.advance(MINUTE_MS)
    centre.relay()
    assert found(centre, contact_id)


@pytest.mark.parametrize("minutes", range(6))
def test_a_relay_just_before_the_minute_turns_is_in_time(centre: Centre, minutes: int) -> None:
    rest = MINUTE_MS - centre.app.clock.now() % MINUTE_MS
    centre.advance(rest - 1)
    contact_id = centre.ring()
    for _ in range(minutes):
        centre.advance(MINUTE_MS)
        centre.sweep()
    centre.relay()
    centre.advance(1)
    assert found(centre, contact_id)


def test_a_relay_that_comes_twice_leaves_one_note(centre: Centre) -> None:
    centre.ring()
    batch = centre.stream.take()
    deliver(centre, batch)
    centre.advance(2 * MINUTE_MS)
    deliver(centre, batch)
    assert len(notes(centre)) == 1


def test_a_note_of_a_call_that_has_ended_is_dropped(centre: Centre) -> None:
    contact_id = centre.ring()
    first = centre.stream.take()
    centre.caller_leaves(contact_id)
    ended = centre.contact(contact_id)
    deliver(centre, first)
    assert len(notes(centre)) == 1
    centre.advance(3 * MINUTE_MS)
    centre.sweep()
    assert notes(centre) == []
    assert centre.contact(contact_id) == ended


def test_a_call_that_has_left_its_menu_by_then_needs_no_note(centre: Centre) -> None:
    centre.queue()
    centre.relay()
    assert notes(centre) == []


def test_what_the_bus_never_takes_is_noted_all_the_same(centre: Centre) -> None:
    contact_id = centre.ring()
    centre.world.faults.refuse("bus.publish", times=None)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the bus says
        centre.relay()
    centre.world.faults.clear()
    assert len(notes(centre)) == 1
    assert found(centre, contact_id)


def test_a_relay_that_dies_with_the_note_writes_it_when_it_comes_again(centre: Centre) -> None:
    contact_id = centre.ring()
    centre.world.faults.crash_before("operations.put")
    with pytest.raises(Crash):
        centre.relay()
    assert notes(centre) == []
    centre.stream.redeliver()
    centre.relay()
    assert found(centre, contact_id)
