"""Who talks may pause and put consents on record; who listens is put on record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import offers, recording_desk, recordings
from centralino.application.recording_desk import Listener, Shown
from centralino.application.scopes import ALL, Supervisor
from centralino.contracts.events import EVENTS
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import Forbidden, NotFound, RuleViolation, TransientDependency
from tests.support.recorded import RecordedCentre

BOSS = Listener("ag_boss", Supervisor("ag_boss", frozenset({ALL})))


def recorded() -> tuple[RecordedCentre, str, str]:
    """Return a centre, a contact that is being recorded and the agent who talks."""
    centre = RecordedCentre()
    contact_id = centre.talking()
    return centre, contact_id, centre.contact(contact_id).agent or ""


def stored() -> tuple[RecordedCentre, str, str]:
    """Return a centre, a contact whose recording is kept and the agent who talked."""
    centre, contact_id, agent = recorded()
    centre.hang_up(contact_id)
    centre.carrier_tells(contact_id)
    centre.copy()
    return centre, contact_id, agent


# --------------------------------------------------------------------------- pausing


def test_what_is_said_while_paused_is_not_in_the_recording() -> None:
    centre, contact_id, agent = recorded()
    recorder = centre.world.recorder
    recorder.says(contact_id, "before")
    recording_desk.pause(centre.app, agent, contact_id, "api")
    assert recording_desk.shown(centre.app, centre.contact(contact_id)) == Shown("paused")
    recorder.says(contact_id, "secret")
    recording_desk.resume(centre.app, agent, contact_id, "api")
    assert recording_desk.shown(centre.app, centre.contact(contact_id)) == Shown("on")
    recorder.says(contact_id, "after")
    assert recorder.heard(contact_id) == ["before", "after"]


def test_repeating_changes_nothing_and_tells_nothing_again() -> None:
    centre, contact_id, agent = recorded()
    for _ in range(2):
        recording_desk.pause(centre.app, agent, contact_id, "api")
    for _ in range(2):
        recording_desk.resume(centre.app, agent, contact_id, "api")
    assert centre.told() == ["RecordingStarted", "RecordingPaused", "RecordingResumed"]


def test_a_pause_that_the_carrier_did_not_hear_is_an_error_and_is_made_good() -> None:
    centre, contact_id, agent = recorded()
    centre.world.faults.refuse("recorder.pause")
    with pytest.raises(TransientDependency):
        recording_desk.pause(centre.app, agent, contact_id, "api")
    centre.advance(recordings.LOOK_MS)
    centre.world.recorder.says(contact_id, "secret")
    assert centre.world.recorder.heard(contact_id) == []
    assert centre.states(contact_id) == {"1": "PAUSED"}


def test_a_resumption_that_the_carrier_did_not_hear_is_made_good() -> None:
    centre, contact_id, agent = recorded()
    recording_desk.pause(centre.app, agent, contact_id, "api")
    centre.world.faults.refuse("recorder.resume")
    with pytest.raises(TransientDependency):
        recording_desk.resume(centre.app, agent, contact_id, "api")
    centre.advance(recordings.LOOK_MS)
    centre.world.recorder.says(contact_id, "hello")
    assert centre.world.recorder.heard(contact_id) == ["hello"]


def test_a_pause_in_the_very_moment_of_a_resumption_wins() -> None:
    centre, contact_id, agent = recorded()
    recording_desk.pause(centre.app, agent, contact_id, "api")
    recorder, contact = centre.world.recorder, centre.contact(contact_id)
    resume = recorder.resume

    def late(of: object, name: str) -> None:
        recorder.resume = resume  # type: ignore[method-assign]
        recordings.pause(centre.app, contact, "another page")
        resume(contact, name)

    recorder.resume = late  # type: ignore[assignment,method-assign]
    recording_desk.resume(centre.app, agent, contact_id, "api")
    recorder.says(contact_id, "secret")
    assert recorder.heard(contact_id) == []
    assert centre.states(contact_id) == {"1": "PAUSED"}


def test_only_the_agent_who_talks_may() -> None:
    centre, contact_id, agent = recorded()
    other = centre.agent("eve", "all")
    with pytest.raises(NotFound):
        recording_desk.pause(centre.app, other, contact_id, "api")
    centre.hang_up(contact_id)
    for command in (recording_desk.pause, recording_desk.resume):
        with pytest.raises(RuleViolation) as refused:
            command(centre.app, agent, contact_id, "api")
        assert refused.value.code == "not_talking"


def test_there_is_nothing_to_pause_in_a_call_that_is_not_recorded() -> None:
    centre = RecordedCentre()
    contact_id = centre.talking(digits="2")
    agent = centre.contact(contact_id).agent or ""
    with pytest.raises(RuleViolation) as refused:
        recording_desk.pause(centre.app, agent, contact_id, "api")
    assert refused.value.code == "not_recording"


def test_a_call_that_is_over_shows_no_recording() -> None:
    centre, contact_id, _ = recorded()
    assert recording_desk.shown(centre.app, centre.contact(contact_id)) == Shown("on")
    centre.hang_up(contact_id)
    centre.advance(120_000)
    assert centre.contact(contact_id).ended
    assert recording_desk.shown(centre.app, centre.contact(contact_id)) == Shown("off")


def test_showing_a_contact_of_a_queue_that_never_records_reads_nothing() -> None:
    centre = RecordedCentre()
    contact = centre.contact(centre.talking(digits="2"))
    before = centre.world.meter.of().requests
    assert recording_desk.shown(centre.app, contact) == Shown()
    assert centre.world.meter.of().requests == before


# --------------------------------------------------------------------------- consents


def agree(centre: RecordedCentre, agent: str, contact_id: str, given: bool, token: str) -> int:
    """Put an answer on record for the agent; return how many there are."""
    found = recording_desk.agree(
        centre.app,
        agent,
        contact_id,
        "recording",
        given,
        text_version="2026-1",
        token=token,
        cause="api",
    )
    return len(found)


def test_a_withdrawal_in_mid_call_ends_the_recording_and_not_the_call() -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking(agree=True)
    agent = centre.contact(contact_id).agent or ""
    centre.world.clock.advance(1_000)
    assert agree(centre, agent, contact_id, False, "token-01") == 2
    centre.world.recorder.says(contact_id, "secret")
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.states(contact_id) == {"1": "STOPPED"}
    assert centre.world.recorder.heard(contact_id) == []


def test_who_agrees_again_is_recorded_again_in_another_take() -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking()
    agent = centre.contact(contact_id).agent or ""
    assert centre.states(contact_id) == {}
    for number, given in enumerate((True, False, True)):
        centre.world.clock.advance(1_000)
        agree(centre, agent, contact_id, given, f"token-0{number}")
    assert centre.states(contact_id) == {"1": "STOPPED", "1.2": "ON"}


def test_an_answer_sent_twice_is_one() -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking()
    agent = centre.contact(contact_id).agent or ""
    assert agree(centre, agent, contact_id, True, "token-01") == 1
    assert agree(centre, agent, contact_id, True, "token-01") == 1
    assert centre.told("ConsentGiven") == ["ConsentGiven"]


def test_a_withdrawal_takes_effect_though_the_process_died() -> None:
    centre = RecordedCentre("with_consent")
    contact_id = centre.talking(agree=True)
    agent = centre.contact(contact_id).agent or ""
    centre.world.clock.advance(1_000)
    centre.world.faults.refuse("recorder.stop")
    with pytest.raises(TransientDependency):
        agree(centre, agent, contact_id, False, "token-01")
    centre.advance(recordings.LOOK_MS)
    assert centre.states(contact_id) == {"1": "STOPPED"}


def test_only_the_agent_who_talks_sees_and_writes_consents() -> None:
    centre, contact_id, agent = recorded()
    other = centre.agent("eve", "all")
    with pytest.raises(NotFound):
        recording_desk.consents_of(centre.app, other, contact_id)
    with pytest.raises(NotFound):
        agree(centre, other, contact_id, True, "token-01")
    assert recording_desk.consents_of(centre.app, agent, contact_id) == []
    centre.hang_up(contact_id)
    with pytest.raises(RuleViolation):
        agree(centre, agent, contact_id, True, "token-01")


# --------------------------------------------------------------------------- listening


def test_a_supervisor_listens_for_a_minute_and_it_is_on_record() -> None:
    centre, contact_id, _ = stored()
    name = f"{contact_id}.1"
    (listed,) = recording_desk.recordings_of(centre.app, BOSS, contact_id)
    assert listed.name == name
    url = recording_desk.access(centre.app, BOSS, contact_id, name, "complaint 12", "api")
    assert url == f"memory://{listed.key}?seconds=60"
    (audit,) = centre.world.operations.list(f"access#{contact_id}")
    assert audit.attributes["reason"] == "complaint 12"
    assert audit.attributes["by"] == BOSS.agent
    assert audit.ttl is None
    centre.told()
    (event,) = (e for e in centre.world.bus.published if e.type == "RecordingAccessed")
    EVENTS[event.type][1].model_validate(event.data)
    assert dict(event.data) == {"contact": contact_id, "name": name, "by": BOSS.agent}


def test_a_supervisor_of_another_business_unit_does_not_listen() -> None:
    centre, contact_id, _ = stored()
    boss = Listener(BOSS.agent, Supervisor(BOSS.agent))
    agent = Agent(BOSS.agent, AgentState.OFFLINE, "other", "main", "sales")
    centre.world.store.save_agent(machine.register(agent, centre.world.clock.now(), "admin"))
    for work in (
        lambda: recording_desk.recordings_of(centre.app, boss, contact_id),
        lambda: recording_desk.recordings_of(
            centre.app, Listener("ag_none", Supervisor("ag_none")), contact_id
        ),
        lambda: recording_desk.access(
            centre.app, boss, contact_id, f"{contact_id}.1", "why", "api"
        ),
    ):
        with pytest.raises(Forbidden) as refused:
            work()
        assert refused.value.code == "another_business_unit"
    assert centre.world.operations.list(f"access#{contact_id}") == []


def test_every_access_is_a_record_of_its_own() -> None:
    centre, contact_id, _ = stored()
    for _ in range(2):
        recording_desk.access(centre.app, BOSS, contact_id, f"{contact_id}.1", "why", "api")
    assert len(centre.world.operations.list(f"access#{contact_id}")) == 2
    assert len(centre.told("RecordingAccessed")) == 2


def test_no_sound_is_given_of_which_nothing_could_be_put_on_record() -> None:
    centre, contact_id, _ = stored()
    centre.world.faults.refuse("operations.put_new")
    with pytest.raises(TransientDependency):
        recording_desk.access(centre.app, BOSS, contact_id, f"{contact_id}.1", "why", "api")


def test_the_agent_who_talked_does_not_listen() -> None:
    centre, contact_id, agent = stored()
    for work in (
        lambda: recording_desk.recordings_of(centre.app, Listener(agent), contact_id),
        lambda: recording_desk.access(
            centre.app, Listener(agent), contact_id, f"{contact_id}.1", "why", "api"
        ),
    ):
        with pytest.raises(Forbidden):
            work()
    assert centre.world.operations.list(f"access#{contact_id}") == []


def test_what_is_not_stored_or_no_more_cannot_be_heard() -> None:
    centre, contact_id, _ = recorded()
    name = f"{contact_id}.1"
    with pytest.raises(RuleViolation) as refused:
        recording_desk.access(centre.app, BOSS, contact_id, name, "why", "api")
    assert refused.value.code == "recording_not_stored"
    with pytest.raises(NotFound):
        recording_desk.access(centre.app, BOSS, contact_id, f"{contact_id}.9", "why", "api")
    centre.hang_up(contact_id)
    centre.carrier_tells(contact_id)
    centre.copy()
    centre.world.clock.advance(31 * 24 * 3600 * 1000)
    with pytest.raises(NotFound):
        recording_desk.access(centre.app, BOSS, contact_id, name, "why", "api")


def test_the_agent_of_a_message_hears_it_and_sees_its_deadline() -> None:
    centre = RecordedCentre()
    agent = centre.agent("ann", "all")
    caller = centre.contact(centre.ring())
    contact_id = centre.ring("CA2")
    centre.press(contact_id, "1")
    assert centre.contact(contact_id).agent == agent  # offered
    centre.world.recorder.left("RE7", b"call me")
    recordings.message_left(
        centre.app, caller, contact_id, "voicemail.2", "RE7", 12, 1_800_000_000_000
    )
    centre.copy()
    task = replace(centre.contact(contact_id), channel=Channel.TASK)
    centre.world.store._contacts.items[contact_id] = task
    assert recording_desk.shown(centre.app, task) == Shown("off", 1_800_000_000_000)
    url = recording_desk.access(
        centre.app, Listener(agent), contact_id, f"{contact_id}.0", "my task", "api"
    )
    assert url.endswith("seconds=60")
    stranger = centre.agent("eve", "support")
    with pytest.raises(NotFound):
        recording_desk.recordings_of(centre.app, Listener(stranger), contact_id)
    offers.decline(centre.app, agent, contact_id, task.rid or "", "busy", "api")
    with pytest.raises(NotFound):
        recording_desk.recordings_of(centre.app, Listener(agent), contact_id)
