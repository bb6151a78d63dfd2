"""One use case writes consents; whoever acts reads what stands at that moment."""

from __future__ import annotations

from contextlib import suppress

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import consents
from centralino.contracts.events import EVENTS
from centralino.domain.errors import InvalidRequest
from tests.support.recorded import RecordedCentre


@pytest.fixture
def centre() -> RecordedCentre:
    return RecordedCentre("with_consent")


def test_a_duplicate_writes_nothing_and_tells_nothing_again(centre: RecordedCentre) -> None:
    contact_id = centre.ring()
    subject = consents.holder(centre.contact(contact_id))
    for _ in range(3):
        centre.answers(contact_id, True, "consent.1")
        centre.world.clock.advance(700)
    assert len(consents.history(centre.app, subject)) == 1
    assert centre.told() == ["ConsentGiven"]


def test_two_answers_in_the_same_millisecond_both_stay(centre: RecordedCentre) -> None:
    contact_id = centre.ring()
    subject = consents.holder(centre.contact(contact_id))
    centre.answers(contact_id, True, "consent.1")
    centre.answers(contact_id, False, "consent.2")
    assert len(consents.history(centre.app, subject)) == 2
    assert consents.stands(centre.app, subject, "recording") is False
    assert centre.told() == ["ConsentGiven", "ConsentWithdrawn"]


@pytest.mark.parametrize("passed", [0, 5])
@pytest.mark.parametrize("answers", [(True, False), (False, True), (True, False, True)])
def test_of_different_answers_in_one_place_the_last_counts(
    centre: RecordedCentre, answers: tuple[bool, ...], passed: int
) -> None:
    """The process that took the first one died before the flow went on: the caller is asked again.

    Each comes twice, as carriers tell things, and none of them is forgotten.
    """
    contact_id = centre.ring()
    subject = consents.holder(centre.contact(contact_id))
    for given in answers:
        for _ in range(2):
            centre.answers(contact_id, given, "consent.1")
            centre.world.clock.advance(passed)
        assert consents.stands(centre.app, subject, "recording") is given
    kept = consents.history(centre.app, subject)
    assert [one.given for one in kept] == list(answers)
    assert {one.step for one in kept} == {"consent.1"}
    assert len({one.id for one in kept}) == len(answers)
    names = {True: "ConsentGiven", False: "ConsentWithdrawn"}
    assert centre.told() == [names[given] for given in answers]


@pytest.mark.parametrize("boundary", range(1, 9))
def test_another_answer_after_a_crash_anywhere_is_the_one_that_counts(boundary: int) -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    subject = consents.holder(centre.contact(contact_id))
    centre.world.faults.crash_at(boundary)
    with suppress(Crash):
        centre.answers(contact_id, True, "consent.1")
    centre.world.faults.crash_at(boundary)
    with suppress(Crash):
        centre.answers(contact_id, False, "consent.1")
    centre.world.faults.clear()
    centre.answers(contact_id, False, "consent.1")
    assert consents.stands(centre.app, subject, "recording") is False


@pytest.mark.parametrize("boundary", range(1, 9))
def test_an_answer_survives_a_crash_anywhere_and_is_told_once(boundary: int) -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    subject = consents.holder(centre.contact(contact_id))
    centre.world.faults.crash_at(centre.world.faults.boundaries + boundary)
    try:
        centre.answers(contact_id, True, "consent.1")
    except Crash:
        centre.world.faults.clear()
        centre.world.clock.advance(2_000)
        centre.answers(contact_id, True, "consent.1")
    centre.world.faults.clear()
    assert len(consents.history(centre.app, subject)) == 1
    centre.told()
    ids = {e.event_id for e in centre.world.bus.published if e.type == "ConsentGiven"}
    assert len(ids) == 1


def test_a_withdrawal_on_another_channel_counts_for_the_next_call(
    centre: RecordedCentre,
) -> None:
    first = centre.talking("CA1", agree=True)
    assert centre.states(first) == {"1": "ON"}
    centre.hang_up(first)
    centre.world.clock.advance(1_000)
    centre.answers(first, False, "page-77", by="web")
    second = centre.talking("CA2")
    assert centre.contact(second).subject == centre.contact(first).subject
    assert centre.states(second) == {}


def test_an_anonymous_caller_agrees_for_this_call_alone(centre: RecordedCentre) -> None:
    from dataclasses import replace

    known = centre.contact(centre.ring())
    anonymous = replace(known, subject=None)
    assert consents.holder(anonymous) == anonymous.id
    consents.record(
        centre.app,
        consents.holder(anonymous),
        "recording",
        True,
        text_version="2026-1",
        evidence_contact=anonymous.id,
        step="consent.1",
        by="flow",
        cause=None,
    )
    assert consents.stands(centre.app, anonymous.id, "recording") is True
    assert consents.stands(centre.app, known.subject or "", "recording") is None


def test_records_never_expire(centre: RecordedCentre) -> None:
    contact_id = centre.ring()
    subject = consents.holder(centre.contact(contact_id))
    centre.answers(contact_id, True, "consent.1")
    centre.world.clock.advance(20 * 365 * 24 * 3600 * 1000)
    assert consents.stands(centre.app, subject, "recording") is True


def test_nonsense_is_refused(centre: RecordedCentre) -> None:
    with pytest.raises(InvalidRequest):
        consents.record(
            centre.app,
            "su_1",
            "everything",
            True,
            text_version="1",
            evidence_contact="ct_1",
            step="s",
            by="flow",
            cause=None,
        )


def test_the_events_are_as_their_contract_says(centre: RecordedCentre) -> None:
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    centre.answers(contact_id, False, "consent.2")
    centre.told()
    found = [e for e in centre.world.bus.published if e.type.startswith("Consent")]
    assert len(found) == 2
    for event in found:
        EVENTS[event.type][1].model_validate(event.data)
        assert event.correlation_id == contact_id
        assert event.business_unit == "demo"
        assert "+39" not in str(event)
