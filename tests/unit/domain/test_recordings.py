"""A recording's life, in whatever order it is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from centralino.domain import recordings as rules
from centralino.domain.contacts.model import Contact, ContactState, Segment
from centralino.domain.errors import RuleViolation
from centralino.domain.recordings import Recording, RecordingState

CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
ASKED = Recording(
    name=f"{CONTACT}.1",
    contact=CONTACT,
    business_unit="demo",
    queue="sales",
    days=30,
    started_at=1_767_603_600_000,
)


def test_a_name_follows_from_contact_part_and_take() -> None:
    segments = tuple(Segment(f"{CONTACT}#{n}", "ag_1", "sales", 1) for n in (3, 7))
    contact = Contact(
        CONTACT, ContactState.CONNECTED, "demo", rid=f"{CONTACT}#7", segments=segments
    )
    assert rules.name_of(contact) == f"{CONTACT}.2"
    assert rules.name_of(contact, 3) == f"{CONTACT}.2.3"
    assert rules.part_of(rules.name_of(contact, 3)) == rules.name_of(contact)
    assert rules.name_of(replace(contact, rid=None)) == f"{CONTACT}.0"
    assert rules.contact_of(rules.name_of(contact, 3)) == CONTACT
    assert rules.NAME.fullmatch(rules.name_of(contact, 3))


@pytest.mark.parametrize("name", ["../x", f"{CONTACT}.1/../2", f"{CONTACT}", "ct_1.1", ""])
def test_what_is_no_name_is_none(name: str) -> None:
    assert rules.NAME.fullmatch(name) is None


def test_a_key_begins_with_its_class_and_says_its_day() -> None:
    assert ASKED.key == f"recordings/30/2026/01/05/{CONTACT}/{CONTACT}.1.wav"
    midnight = replace(ASKED, started_at=1_767_657_600_000 - 1)
    assert "/2026/01/05/" in midnight.key
    assert "/2026/01/06/" in replace(ASKED, started_at=1_767_657_600_000).key


STEPS = {
    "started": lambda r: rules.started(r, 1, "a"),
    "paused": lambda r: rules.paused(r, rules.AGENT, 2, "b"),
    "resumed": lambda r: rules.resumed(r, 3, "c"),
    "stopped": lambda r: rules.stopped(r, 4, "d"),
    "stored": lambda r: rules.stored(r, "RE1", 9, 100, 5, "e"),
    "failed": lambda r: rules.failed(r, "carrier", 6, "f"),
}


@pytest.mark.parametrize("order", list(permutations(STEPS)))
def test_a_sound_that_came_stays_whatever_else_is_told_and_when(order: tuple[str, ...]) -> None:
    recording, numbers = ASKED, []
    for name in order:
        after = STEPS[name](recording)
        assert STEPS[name](after).state is after.state
        if after is not recording:
            assert after.version == recording.version + 1
            assert after.sequence == recording.sequence + len(after.events)
            numbers.append(after.sequence)
        recording = after
    assert recording.state is RecordingState.STORED
    assert numbers == sorted(numbers)
    assert recording.reference == "RE1"


def test_pausing_what_was_only_asked_for_tells_both() -> None:
    paused = rules.paused(ASKED, rules.AGENT, 1, None)
    assert [event.type for event in paused.events] == ["RecordingStarted", "RecordingPaused"]
    assert rules.started(paused, 2, None) is paused


def test_a_later_payment_takes_over_from_one_whose_end_was_never_told() -> None:
    first = rules.paused(ASKED, rules.payment_at("pay.1"), 1, None)
    second = rules.paused(first, rules.payment_at("pay.2"), 2, None)
    assert (first.in_payment, second.in_payment) == ("pay.1", "pay.2")
    assert second.events == ()
    by_agent = rules.paused(ASKED, rules.AGENT, 1, None)
    assert rules.paused(by_agent, rules.payment_at("pay.1"), 2, None) is by_agent
    assert by_agent.in_payment is None


def test_a_recording_is_in_good_hands_from_its_storing_to_its_end() -> None:
    stored = rules.stored(ASKED, "RE1", 9, 100, 1_000, None)
    end = 1_000 + 30 * rules.DAY_MS
    rules.in_good_hands(stored, end - 1)
    for recording, now in ((ASKED, 1), (stored, end)):
        with pytest.raises(RuleViolation):
            rules.in_good_hands(recording, now)


def test_no_event_holds_the_carrier_s_name_of_a_sound() -> None:
    stored = rules.stored(ASKED, "RE1", 9, 100, 1_000, None)
    assert "RE1" not in str(stored.events)
