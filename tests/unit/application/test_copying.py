"""A sound is kept here once, and only then forgotten by the carrier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import copying, recordings
from centralino.application.ports.archive import Copy
from centralino.domain.errors import RuleViolation, TransientDependency
from tests.support.recorded import RecordedCentre


def ended() -> tuple[RecordedCentre, str, Copy]:
    """Return a centre with a recorded call that is over, and the order to copy it."""
    centre = RecordedCentre()
    contact_id = centre.talking()
    centre.hang_up(contact_id)
    centre.carrier_tells(contact_id)
    (order,) = centre.world.copies.waiting
    return centre, contact_id, order


def test_a_sound_goes_where_its_class_and_its_day_say_and_leaves_the_carrier() -> None:
    centre, contact_id, order = ended()
    sound = centre.world.recorder.data[order.reference]
    centre.copy()
    key = f"recordings/30/2026/01/05/{contact_id}/{contact_id}.1.wav"
    assert centre.world.archive.kept == {key: sound}
    assert centre.world.recorder.data == {}
    kept = centre.recordings(contact_id)["1"]
    assert (kept.seconds, kept.size, kept.key) == (42, len(sound), key)
    assert kept.expires_at == (kept.stored_at or 0) + 30 * 24 * 3600 * 1000


@pytest.mark.parametrize("boundary", range(1, 16))
def test_a_crash_anywhere_loses_nothing(boundary: int) -> None:
    centre, contact_id, order = ended()
    sound = centre.world.recorder.data[order.reference]
    centre.world.faults.crash_at(centre.world.faults.boundaries + boundary)
    try:
        centre.copy()
    except Crash:
        centre.world.faults.clear()
        centre.world.clock.advance(60_000)
        centre.copy()
    centre.world.faults.clear()
    assert list(centre.world.archive.kept.values()) == [sound]
    assert centre.world.recorder.data == {}
    assert centre.states(contact_id) == {"1": "STORED"}
    assert centre.told("RecordingStored") == ["RecordingStored"]


def test_an_order_that_comes_twice_finds_it_done() -> None:
    centre, contact_id, order = ended()
    for _ in range(3):
        copying.copy(centre.keeper, order, "copy")
    assert centre.told("RecordingStored") == ["RecordingStored"]
    assert centre.recordings(contact_id)["1"].version == 4


def test_the_carrier_keeps_its_own_until_ours_is_on_record() -> None:
    centre, contact_id, order = ended()
    centre.world.faults.refuse("operations.put_if")
    with pytest.raises(TransientDependency):
        centre.copy()
    assert order.reference in centre.world.recorder.data
    centre.copy()
    assert centre.world.recorder.data == {}
    assert centre.states(contact_id) == {"1": "STORED"}


def test_a_sound_that_breaks_off_is_not_kept() -> None:
    centre, contact_id, _order = ended()
    centre.world.recorder.breaks_after = 2
    with pytest.raises(TransientDependency):
        centre.copy()
    assert centre.world.archive.kept == {}
    assert centre.states(contact_id) == {"1": "ON"}
    centre.world.recorder.breaks_after = None
    centre.copy()
    assert centre.states(contact_id) == {"1": "STORED"}


def test_a_sound_that_the_carrier_has_no_more_is_told_and_not_tried_again() -> None:
    centre, contact_id, order = ended()
    centre.world.recorder.erase(order.reference)
    centre.copy()
    copying.copy(centre.keeper, order, "copy")
    assert centre.states(contact_id) == {"1": "FAILED"}
    assert centre.recordings(contact_id)["1"].reason == "missing"
    assert centre.told() == ["RecordingStarted", "RecordingFailed"]


def test_a_second_sound_of_the_same_name_is_left_where_it_is() -> None:
    centre, _contact_id, order = ended()
    centre.copy()
    centre.world.recorder.left("RE9", b"other")
    other = Copy(**{**_fields(order), "reference": "RE9"})
    with pytest.raises(RuleViolation, match="another sound"):
        copying.copy(centre.keeper, other, "copy")
    assert centre.world.recorder.data == {"RE9": b"other"}


def test_two_sounds_of_one_name_copied_at_once_never_take_each_other_s_place() -> None:
    """The second order is carried out whole while the sound of the first is on its way."""
    centre, contact_id, order = ended()
    sound = centre.world.recorder.data[order.reference]
    centre.world.recorder.left("RE9", b"other")
    other = Copy(**{**_fields(order), "reference": "RE9"})
    refused: list[str] = []

    class Meanwhile:
        """Keeps what it is given once the other order has been seen to."""

        def put(self, key: str, pieces: Iterable[bytes]) -> int:
            if not refused:
                with pytest.raises(RuleViolation) as caught:
                    copying.copy(replace(centre.keeper, archive=Meanwhile()), other, "copy")
                refused.append(caught.value.code)
            return centre.world.archive.put(key, pieces)

        def size(self, key: str) -> int | None:
            return centre.world.archive.size(key)

        def url(self, key: str, seconds: int) -> str:
            return centre.world.archive.url(key, seconds)

    copying.copy(replace(centre.keeper, archive=Meanwhile()), order, "copy")
    kept = centre.recordings(contact_id)["1"]
    assert refused == ["second_recording"]
    assert (str(kept.state), kept.reference) == ("STORED", order.reference)
    assert list(centre.world.archive.kept.values()) == [sound]
    assert centre.world.recorder.data == {"RE9": b"other"}


def test_where_one_sound_of_a_name_is_gone_the_other_is_kept() -> None:
    centre, contact_id, order = ended()
    centre.world.recorder.erase(order.reference)
    centre.world.recorder.left("RE9", b"other")
    other = Copy(**{**_fields(order), "reference": "RE9"})
    copying.copy(centre.keeper, order, "copy")
    copying.copy(centre.keeper, other, "copy")
    kept = centre.recordings(contact_id)["1"]
    assert (str(kept.state), kept.reference) == ("STORED", "RE9")
    assert list(centre.world.archive.kept.values()) == [b"other"]
    with pytest.raises(RuleViolation):
        copying.copy(centre.keeper, order, "copy")


def test_an_order_whose_record_was_never_written_brings_all_that_is_needed() -> None:
    centre, contact_id, order = ended()
    centre.world.operations.delete(f"recording#{contact_id}", order.name)
    centre.copy()
    kept = centre.recordings(contact_id)["1"]
    assert (str(kept.state), kept.queue, kept.days) == ("STORED", "sales", 30)


def test_a_record_goes_with_its_sound() -> None:
    centre, contact_id, _ = ended()
    centre.copy()
    centre.world.clock.advance(30 * 24 * 3600 * 1000 - 60_000)
    assert centre.states(contact_id) == {"1": "STORED"}
    centre.world.clock.advance(120_000)
    assert centre.states(contact_id) == {}


# --------------------------------------------------------------------------- messages

CHILD = "ct_0123456789ABCDEFGHJKMNPQRS"


def left(centre: RecordedCentre) -> str:
    """Let a caller leave a message that becomes a contact of its own."""
    caller = centre.ring()
    centre.world.recorder.left("RE7", b"call me")
    recordings.message_left(
        centre.app,
        centre.contact(caller),
        CHILD,
        "voicemail.2",
        "RE7",
        12,
        1_800_000_000_000,
        queue="sales",
    )
    return caller


def test_a_message_goes_the_same_way() -> None:
    centre = RecordedCentre()
    caller = left(centre)
    assert centre.recordings(CHILD)["0"].deadline == 1_800_000_000_000
    centre.copy()
    kept = centre.recordings(CHILD)["0"]
    assert (str(kept.state), kept.kind, kept.seconds, kept.days) == ("STORED", "message", 12, 30)
    assert kept.deadline == 1_800_000_000_000
    assert list(centre.world.archive.kept.values()) == [b"call me"]
    assert centre.world.recorder.data == {}
    centre.told()
    (event,) = (e for e in centre.world.bus.published if e.type == "RecordingStored")
    assert event.data["kind"] == "message"
    assert event.correlation_id == caller


@pytest.mark.parametrize("boundary", range(1, 7))
def test_a_message_survives_a_crash_of_the_flow(boundary: int) -> None:
    centre = RecordedCentre()
    centre.ring()
    start = centre.world.faults.boundaries + boundary
    centre.world.faults.crash_at(start + 4)  # past the reading of the caller's contact
    try:
        left(centre)
    except Crash:
        centre.world.faults.clear()
        left(centre)
    centre.world.faults.clear()
    centre.copy()
    assert centre.states(CHILD) == {"0": "STORED"}
    assert centre.recordings(CHILD)["0"].deadline == 1_800_000_000_000
    assert list(centre.world.archive.kept.values()) == [b"call me"]


def test_a_message_that_is_told_again_is_not_copied_again() -> None:
    centre = RecordedCentre()
    left(centre)
    centre.copy()
    left(centre)
    assert not centre.world.copies.waiting


def _fields(order: Copy) -> dict[str, object]:
    return {name: getattr(order, name) for name in Copy.__dataclass_fields__}
