"""A call is recorded from the talk on, where its queue, provider and customer allow it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import calls, recording_looks, recordings, transfers
from centralino.application.inviting import To
from centralino.contracts.events import EVENTS
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound, TransientDependency
from centralino.domain.events import Event
from centralino.domain.telephony.commands import RecordingEnded
from tests.support.centre import KEY, Centre
from tests.support.recorded import RecordedCentre


def test_recording_begins_with_the_talk_and_not_before() -> None:
    centre = RecordedCentre()
    agent = centre.agent("ann", "all")
    contact_id = centre.ring()
    centre.press(contact_id, "1")
    from centralino.application import offers

    rid = centre.contact(contact_id).rid or ""
    offers.accept(centre.app, agent, contact_id, rid, "api")
    centre.agent_joins(contact_id, rid)
    centre.world.recorder.says(contact_id, "music")
    assert centre.states(contact_id) == {}
    centre.caller_joins(contact_id)
    centre.world.recorder.says(contact_id, "hello")
    assert centre.states(contact_id) == {"1": "ON"}
    assert centre.world.recorder.heard(contact_id) == ["hello"]


@pytest.mark.parametrize("agree", [None, False])
def test_without_consent_the_call_goes_on_unrecorded(agree: bool | None) -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking(agree=agree)
    centre.relay()
    centre.advance(10_000)
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.states(contact_id) == {}
    assert centre.world.recorder.started == []


def test_with_consent_it_is_recorded() -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking(agree=True)
    assert centre.states(contact_id) == {"1": "ON"}
    assert centre.recordings(contact_id)["1"].days == 30


def test_a_queue_that_never_records_pays_nothing_for_it() -> None:
    def day(centre: Centre) -> tuple[object, ...]:
        agent = centre.agent("ann", "all")
        contact_id = centre.ring()
        centre.press(contact_id, "2")
        from centralino.application import offers

        rid = centre.contact(contact_id).rid or ""
        offers.accept(centre.app, agent, contact_id, rid, "api")
        centre.agent_joins(contact_id, rid)
        centre.caller_joins(contact_id)
        centre.relay()
        centre.caller_leaves(contact_id)
        centre.relay()
        meter = centre.world.meter
        names = {operation for _, operation, _ in meter.rows()}
        units = {name: meter.of(operation=name) for name in sorted(names)}
        return units, centre.world.timers.sent, len(centre.world.bus.published)

    assert day(RecordedCentre()) == day(Centre())


def test_what_a_recorded_talk_costs() -> None:
    centre = RecordedCentre()
    before = centre.world.meter.of(operation="operations.put_if").requests
    contact_id = centre.talking()
    centre.relay()
    centre.advance(6_000)
    meter = centre.world.meter
    # One before the carrier is asked, one after; a repeated look adds none.
    assert meter.of(operation="operations.put_if").requests - before == 2
    assert centre.contact(contact_id).version == 5


def test_duplicates_make_one_recording() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    for _ in range(2):
        centre.caller_joins(contact_id)
        recordings.look(centre.app, contact_id, None, "timer")
        recordings.start_for(centre.app, centre.contact(contact_id), "again")
    assert centre.world.recorder.started == [f"{contact_id}.1"]
    assert centre.told() == ["RecordingStarted"]


@pytest.mark.parametrize("boundary", range(1, 30))
def test_a_crash_anywhere_in_the_join_is_made_good(boundary: int) -> None:
    centre = RecordedCentre("with_consent")
    agent = centre.agent("ann", "all")
    contact_id = centre.ring()
    centre.answers(contact_id, True, "consent.1")
    centre.press(contact_id, "1")
    from centralino.application import offers

    rid = centre.contact(contact_id).rid or ""
    offers.accept(centre.app, agent, contact_id, rid, "api")
    centre.agent_joins(contact_id, rid)
    centre.world.faults.crash_at(centre.world.faults.boundaries + boundary)
    try:
        centre.caller_joins(contact_id)
    except Crash:
        centre.world.faults.clear()
        if centre.state(contact_id) == "OFFERED":
            centre.caller_joins(contact_id)  # the carrier repeats what nobody answered
    centre.world.faults.clear()
    centre.relay()
    centre.advance(2 * recordings.LOOK_MS)
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.states(contact_id) == {"1": "ON"}
    assert len(centre.world.recorder.started) == 1
    assert centre.told() == ["ConsentGiven", "RecordingStarted"]


def test_a_carrier_that_does_not_answer_stops_nobody_from_talking() -> None:
    centre = RecordedCentre()
    centre.world.faults.refuse("recorder.start")
    contact_id = centre.talking()
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.states(contact_id) == {"1": "ASKED"}
    assert centre.told() == []
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"1": "ON"}


@pytest.mark.parametrize("dies", [False, True])
def test_a_stop_that_overtakes_the_start_ends_what_the_carrier_began(dies: bool) -> None:
    """The process that began it may die between the carrier's answer and its second look."""
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking(agree=False)
    carrier = centre.world.recorder

    class Overtaken(type(carrier)):  # type: ignore[misc]
        """Lets the customer take the consent back while the start is on its way."""

        def start(self, contact: Contact, name: str) -> None:
            centre.world.clock.advance(1)
            centre.answers(contact_id, False, "agent.2", by="agent")
            recordings.stop(centre.app, contact, "api")
            super().start(contact, name)
            if dies:
                raise Crash

    carrier.__class__ = Overtaken
    centre.world.clock.advance(1)
    centre.answers(contact_id, True, "agent.1", by="agent")
    with suppress(Crash):
        recordings.look(centre.app, contact_id, None, "api")
    assert len(carrier.started) == 1
    assert centre.states(contact_id) == {"1": "STOPPED"}
    centre.advance(recordings.LOOK_MS)
    assert carrier.under_way(contact_id) is None
    centre.advance(recordings.LOOK_MS)
    assert (len(carrier.started), centre.states(contact_id)) == (1, {"1": "STOPPED"})


def test_a_recording_begun_after_the_stop_of_another_is_left_alone() -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking(agree=True)
    centre.world.clock.advance(1)
    centre.answers(contact_id, False, "agent.1", by="agent")
    recordings.look(centre.app, contact_id, None, "api")
    centre.world.clock.advance(1)
    centre.answers(contact_id, True, "agent.2", by="agent")
    recordings.look(centre.app, contact_id, None, "api")
    centre.advance(recordings.LOOK_MS)
    under_way = centre.world.recorder.under_way(contact_id)
    assert under_way is not None
    assert under_way.name == f"{contact_id}.1.2"
    assert centre.states(contact_id) == {"1": "STOPPED", "1.2": "ON"}


def test_a_provider_that_cannot_record_is_not_asked_again() -> None:
    centre = RecordedCentre()
    centre.world.recorder.able = False
    contact_id = centre.talking()
    centre.relay()
    centre.advance(recordings.LOOK_MS)
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.states(contact_id) == {"1": "FAILED"}
    assert centre.recordings(contact_id)["1"].reason == "not_supported"
    assert centre.told() == ["RecordingFailed"]


def test_a_provider_that_declares_no_recording_is_never_asked() -> None:
    centre = RecordedCentre()
    centre.app = replace(centre.app, able=lambda _: frozenset({"Say"}))
    contact_id = centre.talking()
    assert centre.states(contact_id) == {}
    assert centre.world.recorder.started == []


# --------------------------------------------------------------------------- moving on


def test_a_transfer_ends_a_recording_and_the_next_talk_begins_its_own() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    first = centre.contact(contact_id).agent or ""
    transfers.transfer(centre.app, first, contact_id, To(queue="sales"), KEY, "api")
    second = centre.agent("bob", "sales")
    assert centre.contact(contact_id).agent == second
    centre.talk(second, contact_id)
    assert centre.states(contact_id) == {"1": "STOPPED", "2": "ON"}
    assert centre.world.recorder.started == [f"{contact_id}.1", f"{contact_id}.2"]


def test_who_waits_again_is_not_recorded_and_a_queue_that_never_records_stays_so() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    first = centre.contact(contact_id).agent or ""
    transfers.transfer(centre.app, first, contact_id, To(queue="support"), KEY, "api")
    centre.relay()
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"1": "STOPPED"}
    centre.world.recorder.says(contact_id, "music")
    second = centre.agent("bob", "support")
    centre.talk(second, contact_id)
    centre.relay()
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"1": "STOPPED"}
    assert centre.world.recorder.heard(contact_id) == []


# --------------------------------------------------------------------------- the end


def test_an_end_told_before_its_start_was_written_is_kept_all_the_same() -> None:
    centre = RecordedCentre()
    centre.world.faults.lose_reply("recorder.start")
    contact_id = centre.talking()
    assert centre.states(contact_id) == {"1": "ASKED"}
    centre.hang_up(contact_id)
    centre.carrier_tells(contact_id)
    centre.copy()
    assert centre.states(contact_id) == {"1": "STORED"}
    centre.relay()
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"1": "STORED"}


def test_a_recording_that_the_carrier_lost_is_told_as_failed_once() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    centre.hang_up(contact_id)
    for _ in range(2):
        told = RecordingEnded(contact_id, f"{contact_id}.1", None, 0, "w")
        calls.handle(centre.app, told, KEY)
    assert centre.states(contact_id) == {"1": "FAILED"}
    assert centre.told() == ["RecordingStarted", "RecordingFailed"]
    assert not centre.world.copies.waiting


def test_the_end_of_what_nobody_knows_is_refused() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    for contact, name in (
        ("ct_0123456789ABCDEFGHJKMNPQRS", "ct_0123456789ABCDEFGHJKMNPQRS.1"),
        (contact_id, "ct_0123456789ABCDEFGHJKMNPQRS.1"),
    ):
        with pytest.raises(NotFound):
            calls.handle(centre.app, RecordingEnded(contact, name, "RE1", 1, "w"), KEY)


def test_a_sound_whose_record_was_lost_is_kept_all_the_same() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    centre.hang_up(contact_id)
    centre.world.operations.delete(f"recording#{contact_id}", f"{contact_id}.1")
    centre.carrier_tells(contact_id)
    centre.copy()
    assert centre.states(contact_id) == {"1": "STORED"}


def test_an_end_that_is_never_told_is_given_up_and_still_kept_if_it_comes() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    centre.relay()
    centre.hang_up(contact_id)
    centre.relay()
    centre.advance(recordings.SILENCE_MS - 1_000)
    assert centre.states(contact_id) == {"1": "ON"}
    centre.advance(2_000)
    assert centre.states(contact_id) == {"1": "FAILED"}
    assert centre.recordings(contact_id)["1"].reason == "never_told"
    centre.carrier_tells(contact_id)
    centre.copy()
    assert centre.states(contact_id) == {"1": "STORED"}
    assert centre.told() == ["RecordingStarted", "RecordingFailed", "RecordingStored"]


def test_an_order_that_was_not_taken_comes_again_with_the_carrier_s_word() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    centre.hang_up(contact_id)
    centre.world.faults.refuse("copies.send")
    with pytest.raises(TransientDependency):
        centre.carrier_tells(contact_id)
    centre.carrier_tells(contact_id)
    centre.copy()
    assert centre.states(contact_id) == {"1": "STORED"}


def test_the_events_are_as_their_contract_says_and_tell_nothing_of_a_person() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking()
    contact = centre.contact(contact_id)
    recordings.pause(centre.app, contact, "api")
    recordings.resume(centre.app, contact, "api")
    centre.hang_up(contact_id)
    centre.carrier_tells(contact_id)
    centre.copy()
    centre.told()
    found = [e for e in centre.world.bus.published if e.type.startswith("Recording")]
    assert [e.type.removeprefix("Recording") for e in found] == [
        "Started",
        "Paused",
        "Resumed",
        "Stored",
    ]
    assert [e.sequence for e in found] == [1, 2, 3, 4]
    assert len({e.entity_id for e in found}) == 1
    for event in found:
        EVENTS[event.type][1].model_validate(event.data)
        assert event.correlation_id == contact_id
        assert "+39" not in str(event)
        assert str(contact.subject) not in str(event)


def test_a_talk_that_is_over_is_not_recorded_on_into_what_follows() -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking(agree=True)
    contact = centre.contact(contact_id)
    after = replace(contact, state=ContactState.POST_CALL, version=contact.version + 1)
    after = replace(after, events=(Event("PostCallStarted", {}),))
    centre.world.store.save_contact(after)
    assert recording_looks.due(centre.app, after) == 0
    recordings.look(centre.app, contact_id, None, "timer")
    assert centre.states(contact_id) == {"1": "STOPPED"}
