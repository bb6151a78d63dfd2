"""Recordings of a call over the fake carrier: begun once, paused, told, listened to, deleted."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Iterator

import pytest

from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound, TransientDependency
from centralino.domain.telephony.commands import RecordingEnded
from tests.contract.telephony.desk import ACCOUNT, CONTACT
from tests.contract.telephony.studio import Studio, open_studio

NAME = "call.1"
CREATE = "/Recordings.json"


@pytest.fixture
def studio() -> Iterator[Studio]:
    with open_studio() as opened:
        yield opened


def ended(studio: Studio, count: int = 1) -> list[RecordingEnded]:
    studio.desk.until(lambda c: isinstance(c, RecordingEnded), count)
    return [c for c in studio.desk.commands if isinstance(c, RecordingEnded)]


def reference(studio: Studio) -> str:
    (told,) = ended(studio)
    assert told.reference is not None
    return told.reference


def samples(sound: bytes) -> list[int]:
    with wave.open(io.BytesIO(sound)) as read:
        assert (read.getnchannels(), read.getframerate()) == (2, 8_000)
        raw = read.readframes(read.getnframes())
    return list(struct.unpack(f"<{len(raw) // 2}h", raw))


def test_a_recording_begun_in_the_queue_goes_on_in_the_conversation_and_is_told(
    studio: Studio,
) -> None:
    caller = studio.call()
    studio.wait(caller.call, lambda: caller.status == "in-progress")
    studio.recorder.start(studio.contact, NAME)
    assert studio.carrier.carrier.violations == []
    studio.carrier.apply(lambda c: caller.hang_up())
    (told,) = ended(studio)
    assert (told.contact, told.name) == (CONTACT, NAME)
    assert told.reference is not None
    assert told.message is None


def test_asking_twice_makes_one_recording(studio: Studio) -> None:
    studio.talk()
    studio.recorder.start(studio.contact, NAME)
    studio.recorder.start(studio.contact, NAME)
    assert studio.posts(CREATE) == 1


def test_a_recording_whose_answer_never_came_is_found_and_not_begun_again(
    studio: Studio,
) -> None:
    studio.talk()
    match = f"POST {studio_path(studio)}"
    studio.carrier.apply(lambda c: c.faults.rest_timeout(match, seconds=1.0))
    studio.recorder.start(studio.contact, NAME)
    assert studio.posts(CREATE) == 1


def test_a_recording_that_was_not_begun_is_begun_after_looking(studio: Studio) -> None:
    studio.talk()
    match = f"POST {studio_path(studio)}"
    studio.carrier.apply(lambda c: c.faults.rest_timeout(match, seconds=1.0, done=False))
    studio.recorder.start(studio.contact, NAME)
    assert studio.posts(CREATE) == 2
    assert studio.carrier.apply(lambda c: len(list(c.exchange.recordings))) == 1


def test_a_carrier_that_asks_to_slow_down_is_asked_again_later(studio: Studio) -> None:
    studio.talk()
    studio.carrier.apply(lambda c: c.faults.too_many(f"POST {studio_path(studio)}"))
    with pytest.raises(TransientDependency):
        studio.recorder.start(studio.contact, NAME)
    assert studio.carrier.apply(lambda c: len(list(c.exchange.recordings))) == 0


def test_a_call_that_is_over_is_not_recorded(studio: Studio) -> None:
    caller = studio.talk()
    studio.carrier.apply(lambda c: caller.hang_up())
    studio.recorder.start(studio.contact, NAME)
    studio.recorder.pause(studio.contact, NAME)
    studio.recorder.start(Contact(CONTACT, ContactState.WAITING, "demo"), NAME)
    assert studio.carrier.apply(lambda c: len(list(c.exchange.recordings))) == 0


def test_what_is_said_during_a_pause_is_silence(studio: Studio) -> None:
    caller = studio.talk()
    studio.recorder.start(studio.contact, NAME)
    studio.carrier.run(caller.pause(2))
    studio.recorder.pause(studio.contact, NAME)
    studio.recorder.pause(studio.contact, NAME)
    studio.carrier.run(caller.pause(2))
    studio.recorder.resume(studio.contact, NAME)
    studio.recorder.resume(studio.contact, NAME)
    studio.carrier.run(caller.pause(2))
    studio.recorder.stop(studio.contact, NAME)
    studio.recorder.stop(studio.contact, NAME)
    spans = studio.carrier.apply(lambda c: list(next(iter(c.exchange.recordings)).spans))
    assert [loud for loud, _ in spans] == [True, False, True]
    sound = samples(b"".join(studio.recorder.fetch(reference(studio))))
    at = 0.0
    for loud, length in spans:
        # Two channels; a quarter of a second around the middle of the span.
        middle = round((at + length / 2) * 16_000)
        assert any(sound[middle - 2_000 : middle + 2_000]) is loud
        at += length
    assert caller.status == "in-progress"


def test_a_pause_reaches_a_recording_that_is_not_listed_yet(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.talk()
    studio.recorder.start(studio.contact, NAME)
    recordings = studio.carrier.carrier.exchange.recordings
    listed = recordings.of
    late = iter([[]])
    monkeypatch.setattr(recordings, "of", lambda call: next(late, None) or listed(call))
    studio.recorder.pause(studio.contact, NAME)
    assert next(iter(recordings)).status == "paused"


@pytest.mark.parametrize("outcome", ["absent", "failed"])
def test_a_recording_without_a_sound_is_told_as_such(studio: Studio, outcome: str) -> None:
    studio.talk()
    studio.carrier.apply(lambda c: c.faults.recording(outcome))
    studio.recorder.start(studio.contact, NAME)
    studio.recorder.stop(studio.contact, NAME)
    (told,) = ended(studio)
    assert (told.reference, told.seconds) == (None, 0)
    sid = studio.carrier.apply(lambda c: next(iter(c.exchange.recordings)).sid)
    with pytest.raises(NotFound):
        list(studio.recorder.fetch(sid))


def test_a_recording_that_is_not_ready_may_be_asked_for_again(studio: Studio) -> None:
    studio.talk()
    studio.recorder.start(studio.contact, NAME)
    sid = studio.carrier.apply(lambda c: next(iter(c.exchange.recordings)).sid)
    with pytest.raises(TransientDependency) as caught:
        next(studio.recorder.fetch(sid))
    assert caught.value.code == "not_ready"


def test_a_download_that_breaks_off_is_no_whole_recording(studio: Studio) -> None:
    studio.talk()
    studio.recorder.start(studio.contact, NAME)
    studio.recorder.stop(studio.contact, NAME)
    sid = reference(studio)
    studio.carrier.apply(lambda c: c.faults.media_cut())
    with pytest.raises(TransientDependency):
        list(studio.recorder.fetch(sid))
    assert b"".join(studio.recorder.fetch(sid)).startswith(b"RIFF")


def test_a_download_comes_in_pieces(studio: Studio) -> None:
    caller = studio.talk()
    studio.recorder.start(studio.contact, NAME)
    studio.carrier.run(caller.pause(20))
    studio.recorder.stop(studio.contact, NAME)
    pieces = [len(piece) for piece in studio.recorder.fetch(reference(studio))]
    assert len(pieces) > 1
    assert max(pieces) <= 64 * 1024


def test_a_deleted_recording_is_gone_and_deleting_it_again_is_done(studio: Studio) -> None:
    studio.talk()
    studio.recorder.start(studio.contact, NAME)
    studio.recorder.stop(studio.contact, NAME)
    sid = reference(studio)
    studio.recorder.erase(sid)
    studio.recorder.erase(sid)
    with pytest.raises(NotFound) as caught:
        list(studio.recorder.fetch(sid))
    assert caught.value.code == "unknown_recording"


@pytest.mark.parametrize("odd", ["", "RE1", "../Calls", "RE" + "0" * 31 + "/"])
def test_a_reference_that_is_none_reaches_no_address(studio: Studio, odd: str) -> None:
    before = len(studio.carrier.carrier.journal.rest)
    with pytest.raises(NotFound):
        list(studio.recorder.fetch(odd))
    with pytest.raises(NotFound):
        studio.recorder.erase(odd)
    assert len(studio.carrier.carrier.journal.rest) == before


def studio_path(studio: Studio) -> str:
    return f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{studio.contact.call}/Rec"
