"""What a list of answers amounts to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.consents import By, Consent, Purpose, consent_id, event_of, stands

ASKED = Consent(
    id="cn_1",
    subject="su_1",
    purpose=Purpose.RECORDING,
    given=True,
    at=1_000,
    text_version="2026-1",
    evidence_contact="ct_1",
    step="consent.1",
    by=By.FLOW,
)


def no(at: int) -> Consent:
    return replace(ASKED, id=f"cn_no{at}", given=False, at=at)


def yes(at: int) -> Consent:
    return replace(ASKED, id=f"cn_yes{at}", at=at)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], None),
        ([yes(1)], True),
        ([no(1)], False),
        ([yes(1), no(2)], False),
        ([no(1), yes(2)], True),
        ([yes(2), no(1)], True),
        ([yes(1), no(1)], False),
        ([no(1), yes(1)], False),
    ],
)
def test_the_latest_answer_counts_and_of_two_at_once_the_no(
    records: list[Consent], expected: bool | None
) -> None:
    assert stands(records, Purpose.RECORDING) is expected


def test_purposes_stand_by_themselves() -> None:
    assert stands([yes(1)], Purpose.MARKETING) is None
    sms = replace(ASKED, purpose=Purpose.SMS, given=False, at=5)
    assert stands([yes(1), sms], Purpose.RECORDING) is True


def test_the_same_place_is_the_same_answer() -> None:
    here = consent_id("ct_1", "consent.1", "recording")
    assert here == consent_id("ct_1", "consent.1", "recording")
    others = {
        consent_id("ct_2", "consent.1", "recording"),
        consent_id("ct_1", "consent.2", "recording"),
        consent_id("ct_1", "consent.1", "survey"),
    }
    assert here not in others
    assert len(others) == 3


def test_an_event_names_the_subject_and_nothing_of_a_person() -> None:
    given, withdrawn = event_of(yes(1)), event_of(no(1))
    assert (given.type, withdrawn.type) == ("ConsentGiven", "ConsentWithdrawn")
    assert dict(given.data) == {
        "subject": "su_1",
        "purpose": "recording",
        "text_version": "2026-1",
        "evidence_contact": "ct_1",
        "by": "flow",
    }
