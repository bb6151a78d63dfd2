"""What a flow asks and puts on record: consent, a call back, one question about the service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import calls, consents, recording_records, recordings
from centralino.domain.flows.model import Flow, Hangup, Run
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.commands import PresentAsked
from tests.support.centre import KEY, Centre
from tests.unit.application.errand_flows import (
    FLOW,
    errand_centre,
    events,
    pressed,
    with_tasks,
)
from tests.unit.application.flow_calls import at, give, rules


@pytest.fixture
def centre() -> Centre:
    return errand_centre()


# ---------------------------------------------------------------- consent


def test_a_recording_begins_after_the_answer_never_before(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "4")
    assert recording_records.of(centre.app, contact) == []
    give(centre, contact, "9")
    assert recording_records.of(centre.app, contact) == []
    give(centre, contact, "1")
    assert len(recording_records.of(centre.app, contact)) == 1


@pytest.mark.parametrize("heard_at_once", [True, False])
def test_who_refuses_later_ends_what_the_flow_began(centre: Centre, heard_at_once: bool) -> None:
    contact = centre.ring()
    give(centre, contact, "4")
    give(centre, contact, "1")
    centre.world.clock.advance(1_000)
    give(centre, contact, "4")
    if not heard_at_once:
        centre.world.faults.refuse("recorder.stop")
    heard = give(centre, contact, "2")
    assert isinstance(heard[-1], act.Gather)  # the call goes on
    if not heard_at_once:
        centre.advance(recordings.LOOK_MS)
    (kept,) = recording_records.of(centre.app, contact)
    assert kept.state == "STOPPED"
    centre.world.recorder.says(contact, "secret")
    assert centre.world.recorder.heard(contact) == []


def test_who_refuses_goes_on_unrecorded_and_the_refusal_is_on_record(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "4")
    heard = give(centre, contact, "2")
    assert isinstance(heard[-1], act.Gather)
    assert recording_records.of(centre.app, contact) == []
    subject = centre.contact(contact).subject or ""
    assert consents.stands(centre.app, subject, "recording") is False
    (kept,) = consents.history(centre.app, subject)
    assert (kept.text_version, kept.evidence_contact, kept.step, kept.by) == (
        "v1",
        contact,
        "may_we.1",
        "flow",
    )


def test_who_does_not_answer_has_neither_agreed_nor_refused(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "4")
    give(centre, contact, "")
    give(centre, contact, "")
    subject = centre.contact(contact).subject or ""
    assert consents.history(centre.app, subject) == []


def test_a_consent_told_twice_is_one_record(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "4")
    token = at(centre, contact)
    centre.world.faults.crash_before("store.save_contact")
    with pytest.raises(BaseException):  # noqa: B017, PT011 - a dying process
        pressed(centre, contact, "1", token)
    centre.world.faults.clear()
    pressed(centre, contact, "1", token)
    pressed(centre, contact, "1", token)
    subject = centre.contact(contact).subject or ""
    assert len(consents.history(centre.app, subject)) == 1
    assert len(recording_records.of(centre.app, contact)) == 1


def test_nobody_hears_of_a_recording_where_the_provider_cannot_record() -> None:
    centre = errand_centre()
    able = frozenset(Capability) - {Capability.RECORD}
    centre.app = replace(centre.app, able=lambda _: able)
    contact = centre.ring()
    heard = give(centre, contact, "4")
    assert [p.text for p in heard[0].prompts] == ["menu"]
    assert not [line for line in centre.world.log.lines if line.message == "flow_step_failed"]


# ---------------------------------------------------------------- calling back, and one question


def test_a_call_back_at_the_callers_own_number_is_booked(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "5")
    token = at(centre, contact)
    heard = pressed(centre, contact, "1", token)
    assert heard[-1] == act.Hangup()
    assert centre.state(contact) == "CLOSED"
    booked = [c for c in centre.world.store.contacts() if c.calls_back]
    assert len(booked) == 1
    # Told twice it is one call back, and heard twice.
    assert pressed(centre, contact, "1", token) == heard
    assert [c for c in centre.world.store.contacts() if c.calls_back] == booked


def test_a_late_answer_that_declines_does_not_undo_a_booking(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "5")
    token = at(centre, contact)
    pressed(centre, contact, "1", token)
    before = centre.contact(contact)
    assert pressed(centre, contact, "9", token) == [act.Hangup()]
    assert centre.contact(contact) == before


def test_a_call_back_at_another_number_asks_for_it(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "5")
    (asked,) = give(centre, contact, "2")
    assert isinstance(asked, act.Gather)
    assert (asked.prompts, asked.digits) == ((act.Say("numero", "it"),), 18)
    assert calls.handle(centre.app, PresentAsked(contact, "CA1"), KEY) == [asked]
    (again,) = give(centre, contact, "12")
    assert again.prompts[0] == act.Say("nessuno", "it")
    give(centre, contact, "3331234567")
    assert centre.state(contact) == "CLOSED"


def test_a_number_that_is_not_called_back_leads_on_with_a_word(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "5")
    give(centre, contact, "2")
    heard = give(centre, contact, "899123456")
    assert heard[-1] == act.Queue(contact)
    assert "richiamata" in heard[0].text
    assert centre.state(contact) == "WAITING"


def test_the_number_of_a_caller_is_kept_only_where_it_may_be_called_back(centre: Centre) -> None:
    contact = centre.ring()
    item = centre.world.operations.get(f"caller#{contact}", "number")
    assert item is not None
    assert item.ttl is not None
    plain = Centre()
    other = plain.ring()
    assert plain.world.operations.get(f"caller#{other}", "number") is None


def test_the_number_is_kept_where_a_flow_that_is_run_offers_to_call_back() -> None:
    made = with_tasks(rules())
    outer = Flow("outer", 1, "a", {"a": Run("main", "b"), "b": Hangup({"it": "x"})})
    inner = {**made.flows, "main": rules(FLOW).flows["main"], "outer": outer}
    lines = {key: replace(line, flow="outer") for key, line in made.lines.items()}
    centre = Centre(rules=replace(made, flows=inner, lines=lines))
    contact = centre.ring()
    assert centre.world.operations.get(f"caller#{contact}", "number") is not None


def test_a_survey_is_answered_once(centre: Centre) -> None:
    contact = centre.ring()
    (asked,) = give(centre, contact, "6")
    assert isinstance(asked, act.Gather)
    assert asked.digits == 2
    token = at(centre, contact)
    give(centre, contact, "11")
    token = at(centre, contact)
    for _ in range(2):
        pressed(centre, contact, "10", token)
    scored = [data for kind, data in events(centre, contact) if kind == "SurveyAnswered"]
    assert scored == [{"queue": None, "question": "nps", "score": 10}]
