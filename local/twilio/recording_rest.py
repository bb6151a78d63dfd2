"""The REST operations on recordings. Never touches HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from local.twilio import errors
from local.twilio.model import Call, Subscription
from local.twilio.recordings import EVENTS, UNDER_WAY, Recording
from local.twilio.resources import Resources
from local.twilio.rest import Reply, Request, within

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

#: The one address the OpenAPI document does not describe: the sound itself.
MEDIA = "/Recordings/{Sid}.wav"
_CURRENT = "Twilio.CURRENT"


class RecordingOperations:
    """Operations on what was or is being recorded."""

    def __init__(self, exchange: Exchange, write: Resources) -> None:
        self._exchange = exchange
        self._write = write
        of_call = "/Calls/{CallSid}/Recordings"
        self.operations: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {
            ("POST", f"{of_call}.json"): self.create,
            ("GET", f"{of_call}.json"): self.list_of_call,
            ("GET", f"{of_call}/{{Sid}}.json"): self.fetch_of_call,
            ("POST", f"{of_call}/{{Sid}}.json"): self.update,
            ("DELETE", f"{of_call}/{{Sid}}.json"): self.delete,
            ("GET", "/Recordings/{Sid}.json"): self.fetch,
            ("DELETE", "/Recordings/{Sid}.json"): self.delete,
            ("GET", MEDIA): self.listen,
        }

    async def create(self, request: Request) -> Reply:
        channels = request.text("RecordingChannels", "mono")
        track = request.text("RecordingTrack", "both")
        if channels not in ("mono", "dual") or track not in ("inbound", "outbound", "both"):
            raise errors.invalid("RecordingChannels or RecordingTrack is not one of its words")
        recording = self._exchange.recordings.start(
            self._call(request), 2 if channels == "dual" else 1, track, _callback(request)
        )
        return 201, self._write.call_recording(recording)

    async def list_of_call(self, request: Request) -> Reply:
        chosen = [
            one
            for one in self._exchange.recordings.of(self._call(request))
            if within(request, "DateCreated", one.created_at)
        ]
        items = [self._write.call_recording(one) for one in reversed(chosen)]
        return 200, self._write.page("recordings", items, request.path, request.query)

    async def fetch_of_call(self, request: Request) -> Reply:
        return 200, self._write.call_recording(self._recording(request))

    async def fetch(self, request: Request) -> Reply:
        return 200, self._write.recording(self._recording(request))

    async def update(self, request: Request) -> Reply:
        recording = self._recording(request)
        if recording.status not in UNDER_WAY:
            raise errors.not_eligible()
        recordings = self._exchange.recordings
        status = request.text("Status")
        if status == "paused":
            recordings.pause(recording, request.text("PauseBehavior", "silence"))
        elif status == "in-progress":
            recordings.resume(recording)
        elif status == "stopped":
            recordings.stop(recording)
        else:
            raise errors.invalid(f"a recording cannot be made {status}")
        return 200, self._write.call_recording(recording)

    async def delete(self, request: Request) -> Reply:
        recording = self._recording(request)
        if recording.status in UNDER_WAY:
            raise errors.not_eligible()
        self._exchange.recordings.delete(recording)
        return 204, None

    async def listen(self, request: Request) -> Reply:
        recording = self._recording(request)
        if recording.status != "completed":
            raise errors.not_found(request.path)
        return 200, recording.sound()

    def _call(self, request: Request) -> Call:
        call = self._exchange.calls.find(request.names["CallSid"])
        if call is None:
            raise errors.not_found(request.path)
        return call

    def _recording(self, request: Request) -> Recording:
        sid = request.names["Sid"]
        if "CallSid" in request.names:
            own = self._exchange.recordings.of(self._call(request))
            wanted = (one for one in own if one.sid == sid)
            if sid == _CURRENT:
                wanted = (one for one in own if one.status in UNDER_WAY)
            found = next(wanted, None)
        else:
            found = self._exchange.recordings.find(sid)
        if found is None:
            raise errors.not_found(request.path)
        return found


def _callback(request: Request) -> Subscription | None:
    url = request.text("RecordingStatusCallback")
    if not url:
        return None
    events = frozenset(request.many("RecordingStatusCallbackEvent")) or frozenset({"completed"})
    for event in sorted(events - EVENTS):
        raise errors.invalid_callback_event(event)
    method = request.text("RecordingStatusCallbackMethod", "POST").upper()
    return Subscription(url, method, events)
