"""What a flow does with recordings: begins one after a yes, and leaves payments out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import recordings
from centralino.domain import ids
from centralino.domain.errors import TransientDependency
from centralino.domain.flows.ventures import Consent
from tests.support.centre import KEY, text
from tests.support.recorded import RecordedCentre

# --------------------------------------------------------------------------- begun by a flow


def asking(policy: str = "always") -> RecordedCentre:
    """Return a centre one of whose flows has a step that begins a recording."""
    centre = RecordedCentre(policy)
    rules = centre.app.configuration.current()
    step = Consent(
        text("may we record?"), "recording", "1", "menu", "menu", text("sorry"), record=True
    )
    main = rules.flows["main"]
    flows = {**rules.flows, "main": replace(main, steps={**main.steps, "agree": step})}
    centre.world.configuration.publish(replace(rules, version=2, flows=flows))
    return centre


def begun(centre: RecordedCentre) -> str:
    """Return a call in its menu that its flow has recorded since the caller said yes."""
    contact_id = centre.ring()
    centre.answers(contact_id, True, "agree.0")
    recordings.start_for(centre.app, centre.contact(contact_id), "w", asked=True)
    return contact_id


def test_a_flow_without_consent_begins_nothing() -> None:
    centre = asking()
    contact_id = centre.ring()
    recordings.start_for(centre.app, centre.contact(contact_id), "w", asked=True)
    centre.answers(contact_id, False, "agree.0")
    recordings.start_for(centre.app, centre.contact(contact_id), "w", asked=True)
    assert centre.states(contact_id) == {}


def test_what_a_flow_began_goes_on_into_the_wait_and_ends_with_the_talk_s_own() -> None:
    centre = asking()
    contact_id = begun(centre)
    centre.press(contact_id, "1")
    centre.relay()
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"0": "ON"}
    agent = centre.agent("ann", "sales")
    centre.talk(agent, contact_id)
    assert centre.states(contact_id) == {"0": "STOPPED", "1": "ON"}


def test_what_a_flow_began_does_not_go_on_into_a_queue_that_never_records() -> None:
    centre = asking()
    contact_id = begun(centre)
    centre.press(contact_id, "2")
    centre.relay()
    centre.advance(0)
    assert centre.states(contact_id) == {"0": "STOPPED"}


def test_a_flow_s_recording_that_the_carrier_did_not_begin_is_made_good() -> None:
    centre = asking()
    centre.world.faults.refuse("recorder.start")
    with pytest.raises(TransientDependency):
        begun(centre)
    contact_id = centre.contact(ids.contact_id(KEY, "twilio", "CA1")).id
    assert centre.states(contact_id) == {"0": "ASKED"}
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"0": "ON"}


def test_who_takes_it_back_while_waiting_is_recorded_no_more() -> None:
    centre = asking()
    contact_id = begun(centre)
    centre.press(contact_id, "1")
    centre.world.clock.advance(1_000)
    centre.answers(contact_id, False, "page-77", by="web")
    recordings.look(centre.app, contact_id, None, "timer")
    assert centre.states(contact_id) == {"0": "STOPPED"}


def test_a_menu_call_whose_recording_is_never_told_is_given_up_in_time() -> None:
    centre = asking()
    contact_id = begun(centre)
    centre.relay()
    centre.caller_leaves(contact_id)
    centre.relay()
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"0": "ON"}
    centre.advance(recordings.SILENCE_MS)
    assert centre.states(contact_id) == {"0": "FAILED"}


# --------------------------------------------------------------------------- payments


def paying(centre: RecordedCentre) -> str:
    """Return a call that its flow has recorded, and that is about to pay at its step."""
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    recordings.start_for(centre.app, centre.contact(contact_id), "w", asked=True)
    assert centre.states(contact_id) == {"0": "ON"}
    recordings.pause_for_payment(centre.app, centre.contact(contact_id), "w")
    assert centre.states(contact_id) == {"0": "PAUSED"}
    return contact_id


def test_a_payment_is_left_out_of_the_recording() -> None:
    centre = RecordedCentre()
    contact_id = paying(centre)
    centre.world.recorder.says(contact_id, "4111")
    recordings.resume_after_payment(centre.app, centre.contact(contact_id), "w")
    centre.world.recorder.says(contact_id, "thanks")
    assert centre.world.recorder.heard(contact_id) == ["thanks"]
    assert centre.told() == [
        "ConsentGiven",
        "RecordingStarted",
        "RecordingPaused",
        "RecordingResumed",
    ]


def test_while_the_payment_goes_on_nothing_resumes_it() -> None:
    centre = RecordedCentre()
    contact_id = paying(centre)
    centre.advance(3 * recordings.PAYMENT_MS)
    assert centre.states(contact_id) == {"0": "PAUSED"}
    assert any(t.kind == "recording" for t in centre.world.timers.pending())


def test_a_payment_whose_end_was_never_told_is_found_over_by_the_timer() -> None:
    centre = RecordedCentre()
    contact_id = paying(centre)
    centre.press(contact_id, "9")  # the flow has moved on
    centre.advance(recordings.PAYMENT_MS)
    assert centre.states(contact_id) == {"0": "ON"}
    centre.world.recorder.says(contact_id, "hello")
    assert centre.world.recorder.heard(contact_id) == ["hello"]


def test_a_payment_brings_its_own_timer() -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    recordings.start_for(centre.app, centre.contact(contact_id), "w", asked=True)
    centre.advance(2 * recordings.LOOK_MS)  # whatever looks after the start has looked
    recordings.pause_for_payment(centre.app, centre.contact(contact_id), "w")
    centre.press(contact_id, "9")
    centre.advance(recordings.PAYMENT_MS)
    assert centre.states(contact_id) == {"0": "ON"}


def test_a_pause_that_the_carrier_did_not_take_stops_the_payment() -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    recordings.start_for(centre.app, centre.contact(contact_id), "w", asked=True)
    centre.world.faults.refuse("recorder.pause")
    with pytest.raises(TransientDependency):
        recordings.pause_for_payment(centre.app, centre.contact(contact_id), "w")
    recordings.pause_for_payment(centre.app, centre.contact(contact_id), "w")
    centre.world.recorder.says(contact_id, "4111")
    assert centre.world.recorder.heard(contact_id) == []


def test_a_payment_without_a_recording_touches_nothing() -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    sent = centre.world.timers.sent
    recordings.pause_for_payment(centre.app, centre.contact(contact_id), "w")
    recordings.resume_after_payment(centre.app, centre.contact(contact_id), "w")
    assert centre.world.timers.sent == sent
    assert centre.states(contact_id) == {}


def test_what_an_agent_paused_a_payment_does_not_resume() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    contact = centre.contact(contact_id)
    recordings.pause(centre.app, contact, "api")
    recordings.pause_for_payment(centre.app, contact, "w", step="pay.3")
    recordings.resume_after_payment(centre.app, contact, "w")
    assert centre.states(contact_id) == {"1": "PAUSED"}
    recordings.resume(centre.app, contact, "api")
    assert centre.states(contact_id) == {"1": "ON"}
