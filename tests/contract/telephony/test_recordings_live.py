"""Recordings from the talk at the carrier to the sound kept here, with the carrier's copy gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centralino.application import agents, copying, recordings
from centralino.application import recording_records as records
from local.twilio import Person
from tests.contract.telephony.conformance.sound import loud
from tests.contract.telephony.live import Live, open_line
from tests.support.recorded import recording_rules


@pytest.fixture
def live() -> Iterator[Live]:
    with open_line(recording_rules()) as opened:
        yield opened


def talking(live: Live) -> tuple[Person, str, str]:
    ann = live.agent("ann", "sales")
    caller, contact_id = live.call()
    live.talk(contact_id, ann)
    live.until(
        lambda: live.found(contact_id, "CONNECTED") if states(live, contact_id) == ["ON"] else None
    )
    return caller, contact_id, ann


def states(live: Live, contact_id: str) -> list[str]:
    return [str(one.state) for one in records.of(live.app, contact_id)]


def kept(live: Live) -> bytes:
    """Do what the function of recordings does with the orders that came of it; return the sound."""
    live.until(lambda: live.contacts()[0] if live.centre.world.copies.waiting else None, within=15)
    app = live.app
    keeper = copying.Keeper(app.operations, lambda _: app.recorder, app.archive, app.clock, app.log)
    copying.copy(keeper, live.centre.world.copies.waiting.popleft(), "copy")
    (sound,) = live.centre.world.archive.kept.values()
    return sound


@pytest.mark.parametrize("end", ["agent", "caller"])
def test_a_talk_is_recorded_to_its_end_and_kept_here_alone(live: Live, end: str) -> None:
    caller, contact_id, ann = talking(live)
    live.line.run(caller.pause(2))
    if end == "agent":
        agents.hang_up(live.app, ann, contact_id, "api")
    else:
        live.line.apply(lambda _: caller.hang_up())
    assert all(loud(kept(live), 2))
    assert states(live, contact_id) == ["STORED"]
    assert live.line.apply(lambda c: list(c.exchange.recordings)) == []


def test_what_an_agent_pauses_is_silence_in_what_is_kept(live: Live) -> None:
    caller, contact_id, ann = talking(live)
    live.line.run(caller.pause(2))
    contact = live.centre.contact(contact_id)
    assert recordings.pause(live.app, contact, "api")
    live.line.run(caller.pause(8))
    assert states(live, contact_id) == ["PAUSED"]
    agents.hang_up(live.app, ann, contact_id, "api")
    parts = loud(kept(live))
    assert parts[0]
    assert not parts[-1]
