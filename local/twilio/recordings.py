"""Recordings of calls and messages: made, paused, stopped, processed, listened to, deleted.

Decides what is in a recording and when its callback goes out. Never decides who may record.
"""

from __future__ import annotations

import asyncio
import math
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.twilio import errors
from local.twilio.model import Call, Subscription, new_sid, rfc2822

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

RATE = 8_000
TONE_HZ = 400
UNDER_WAY = frozenset({"in-progress", "paused"})
EVENTS = frozenset({"in-progress", "completed", "absent"})
#: How long a finished recording is processed before it can be listened to, in seconds.
PROCESSING_SECONDS = 1.0


@dataclass(eq=False)
class Recording:
    """One recording; ``spans`` are its seconds of sound (True) and of silence (False)."""

    call: Call
    source: str
    channels: int = 1
    track: str | None = None
    callback: Subscription | None = None
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "in-progress"
    error_code: int | None = None
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    spans: list[tuple[bool, float]] = field(default_factory=list)
    kept: bool = True
    since: float = field(default_factory=time.time)

    @property
    def seconds(self) -> int:
        """Whole seconds of it so far."""
        return round(sum(length for _, length in self.spans))

    def sound(self) -> Iterator[bytes]:
        """Yield it as WAV (16 bit, 8 kHz): a tone where something was recorded, else silence."""
        frame = 2 * self.channels
        spans = [(loud, round(length * RATE)) for loud, length in self.spans]
        size = sum(frames for _, frames in spans) * frame
        yield b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt "
        yield struct.pack("<IHHIIHH", 16, 1, self.channels, RATE, RATE * frame, frame, 16)
        yield b"data" + struct.pack("<I", size)
        tone = b"".join(
            struct.pack("<h", round(8_000 * math.sin(2 * math.pi * TONE_HZ * at / RATE)))
            * self.channels
            for at in range(RATE)
        )
        for loud, frames in spans:
            for begin in range(0, frames, RATE):
                size = min(frames - begin, RATE) * frame
                yield tone[:size] if loud else bytes(size)


class Recordings:
    """Every recording of the account that is not deleted."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._by_sid: dict[str, Recording] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Recording]:
        return iter(self._by_sid.values())

    def find(self, sid: str) -> Recording | None:
        return self._by_sid.get(sid)

    def of(self, call: Call) -> list[Recording]:
        """Give a call's recordings, oldest first."""
        return [one for one in self if one.call is call]

    def start(
        self, call: Call, channels: int, track: str, callback: Subscription | None
    ) -> Recording:
        """Begin to record a call.

        Raises
        ------
        RestError
            21220 when the call is not in progress.
        """
        if call.status != "in-progress":
            raise errors.not_eligible()
        recording = Recording(call, "StartCallRecordingAPI", channels, track, callback)
        self._by_sid[recording.sid] = recording
        call.note("recording", recording.sid)
        call.on_end.append(lambda _: self.stop(recording))
        self._tell(recording, "in-progress")
        return recording

    def pause(self, recording: Recording, behaviour: str) -> None:
        """Leave out what follows: nothing, or silence of its length, stands in its place."""
        self._cut(recording)
        recording.status = "paused"
        recording.kept = behaviour != "skip"

    def resume(self, recording: Recording) -> None:
        """Record again."""
        self._cut(recording)
        recording.status = "in-progress"

    def stop(self, recording: Recording) -> None:
        """End a recording, once; it is processed and then told."""
        if recording.status in UNDER_WAY:
            self._cut(recording)
            self._finish(recording)

    def message(self, call: Call, seconds: float) -> Recording:
        """Keep what a Record verb took down."""
        recording = Recording(call, "RecordVerb", 1, None)
        recording.spans.append((True, seconds))
        self._by_sid[recording.sid] = recording
        self._finish(recording)
        return recording

    def delete(self, recording: Recording) -> None:
        del self._by_sid[recording.sid]

    async def close(self) -> None:
        """Stop what is being processed, telling nobody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _cut(self, recording: Recording) -> None:
        """Book the time since the last change as sound or silence."""
        now = time.time()
        length = (now - recording.since) * self._exchange.timing.protocol_speed
        loud = recording.status == "in-progress"
        if loud or recording.kept:
            recording.spans.append((loud, length))
        recording.since = recording.updated_at = now

    def _finish(self, recording: Recording) -> None:
        recording.status = "processing"
        outcome = self._exchange.faults.for_recording()

        async def process() -> None:
            await self._exchange.timing.spend(PROCESSING_SECONDS)
            recording.status = "completed" if outcome == "completed" else "absent"
            if outcome == "failed":
                recording.error_code = 12400
            recording.updated_at = time.time()
            self._tell(recording, outcome)

        task = asyncio.create_task(process())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, recording: Recording, event: str) -> None:
        to = recording.callback
        # A failure is told to whoever wants to hear that there is no recording.
        if to is None or (event if event != "failed" else "absent") not in to.events:
            return
        account = self._exchange.settings.account_sid
        params = {
            "AccountSid": account,
            "CallSid": recording.call.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self._exchange.address(f"/Recordings/{recording.sid}"),
            "RecordingStatus": event,
            "RecordingChannels": str(recording.channels),
            "RecordingStartTime": rfc2822(recording.created_at) or "",
            "RecordingSource": recording.source,
            "RecordingTrack": recording.track or "both",
            "ErrorCode": str(recording.error_code or 0),
        }
        if event == "completed":
            params["RecordingDuration"] = str(recording.seconds)
        self._exchange.webhooks.notify("recording", event, recording.sid, to, tuple(params.items()))
