"""What a flow does with recordings: begins one after a yes, and leaves payments out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import recordings
from centralino.application.ports import Item
from centralino.domain import ids
from centralino.domain.contacts.model import Contact
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


def step_of(contact: Contact) -> str:
    """Return the token of the step a contact stands at."""
    assert contact.flow is not None
    return contact.flow.token


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
    contact = centre.contact(contact_id)
    recordings.resume_after_payment(centre.app, contact, step_of(contact), "w")
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
    recordings.resume_after_payment(centre.app, centre.contact(contact_id), "pay.3", "w")
    assert centre.world.timers.sent == sent
    assert centre.states(contact_id) == {}


def test_what_an_agent_paused_a_payment_does_not_resume() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    contact = centre.contact(contact_id)
    recordings.pause(centre.app, contact, "api")
    recordings.pause_for_payment(centre.app, contact, "w", step="pay.3")
    recordings.resume_after_payment(centre.app, contact, "pay.3", "w")
    assert centre.states(contact_id) == {"1": "PAUSED"}
    recordings.resume(centre.app, contact, "api")
    assert centre.states(contact_id) == {"1": "ON"}


def test_a_payment_that_is_about_to_begin_is_not_taken_for_one_that_is_over() -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    recordings.start_for(centre.app, centre.contact(contact_id), "w", asked=True)
    contact = centre.contact(contact_id)
    # The contact comes to this step only once its turn is written: the pause is before it.
    recordings.pause_for_payment(centre.app, contact, "w", step="pay.3")
    recordings.look(centre.app, contact_id, None, "a timer of the start")
    centre.advance(recordings.LOOK_MS)
    centre.world.recorder.says(contact_id, "4111")
    assert centre.states(contact_id) == {"0": "PAUSED"}
    assert centre.world.recorder.heard(contact_id) == []
    centre.advance(recordings.PAYMENT_MS)  # it never began
    assert centre.states(contact_id) == {"0": "ON"}


def test_the_late_end_of_one_payment_does_not_resume_another() -> None:
    centre = RecordedCentre()
    contact_id = paying(centre)
    contact = centre.contact(contact_id)
    recordings.pause_for_payment(centre.app, contact, "w", step="pay.9")
    recordings.resume_after_payment(centre.app, contact, step_of(contact), "w")
    centre.world.recorder.says(contact_id, "4111")
    assert centre.states(contact_id) == {"0": "PAUSED"}
    assert centre.world.recorder.heard(contact_id) == []
    recordings.resume_after_payment(centre.app, contact, "pay.9", "w")
    assert centre.states(contact_id) == {"0": "ON"}


def test_a_resumption_that_reached_the_carrier_during_a_payment_is_taken_back() -> None:
    centre = RecordedCentre()
    contact_id = paying(centre)
    contact = centre.contact(contact_id)
    # Whoever asked for it died before it could see that a payment had begun.
    centre.world.recorder.resume(contact, f"{contact_id}.0")
    recordings.look(centre.app, contact_id, f"{contact_id}.0", "timer")
    centre.world.recorder.says(contact_id, "4111")
    assert centre.world.recorder.heard(contact_id) == []


@pytest.mark.parametrize("how", ["payment", "refusal"])
def test_what_is_asked_for_while_the_carrier_begins_counts(how: str) -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    contact = centre.contact(contact_id)
    recorder = centre.world.recorder
    start = recorder.start

    def slow(of: Contact, name: str) -> None:
        recorder.start = start  # type: ignore[method-assign]
        if how == "payment":
            recordings.pause_for_payment(centre.app, contact, "w", step="pay.3")
        else:
            recordings.stop(centre.app, contact, "w")
        start(of, name)

    recorder.start = slow  # type: ignore[method-assign]
    recordings.start_for(centre.app, contact, "w", asked=True)
    recorder.says(contact_id, "4111")
    assert recorder.heard(contact_id) == []
    assert centre.states(contact_id) == {"0": "PAUSED" if how == "payment" else "STOPPED"}


def test_of_two_who_begin_at_once_the_later_begins_nothing_that_has_ended() -> None:
    centre = RecordedCentre()
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    contact = centre.contact(contact_id)
    operations = centre.world.operations
    put_if = operations.put_if

    def late(item: Item, attribute: str, below: int) -> bool:
        operations.put_if = put_if  # type: ignore[method-assign]
        recordings.start_for(centre.app, contact, "the first", asked=True)
        recordings.stop(centre.app, contact, "the first")
        return put_if(item, attribute, below)

    operations.put_if = late  # type: ignore[method-assign]
    recordings.start_for(centre.app, contact, "the later", asked=True)
    assert centre.world.recorder.started == [f"{contact_id}.0"]
    assert centre.states(contact_id) == {"0": "STOPPED"}
