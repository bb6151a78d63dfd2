"""The ``Recorder`` port over Twilio's REST API: a recording of the caller's own call.

It begins anywhere in a call and goes on through queue, conversation and transfers: caller and
everybody the caller hears, each on a channel. Twilio keeps no name of ours with a recording. The
name is in the address that its end is told to, and a call has at most one recording of ours under
way: that one is what every operation is about, whatever name it began with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from centralino.adapters.telephony.twilio.api import Gone, Json, Operation, TwilioApi
from centralino.adapters.telephony.twilio.conversations import PAGE_SIZE, rows, unless
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, TransientDependency

EVENTS = ("completed", "absent")
_UNDER_WAY = frozenset({"in-progress", "paused"})
_STILL_COMING = _UNDER_WAY | {"stopped", "processing"}
#: What was begun through this API; a message that a caller leaves is not.
_OURS = "StartCallRecordingAPI"
#: Twilio's own name for whatever is being recorded of a call.
_CURRENT = "Twilio.CURRENT"
_REFERENCE = re.compile(r"RE[0-9a-fA-F]{32}")


class TwilioRecorder:
    """The ``Recorder`` port over Twilio's REST API.

    Parameters
    ----------
    api : TwilioApi
    urls : Urls
        Where the carrier reaches us.
    """

    def __init__(self, api: TwilioApi, urls: Urls) -> None:
        self._api = api
        self._urls = urls

    def start(self, contact: Contact, name: str) -> None:
        """Start recording, unless a recording of this call is under way.

        A call that is over is not recorded, and nothing is told.
        """
        operation = self._api.operation()
        form = [
            ("RecordingChannels", "dual"),
            ("RecordingTrack", "both"),
            ("RecordingStatusCallback", self._urls.recording(contact.id, name)),
            ("RecordingStatusCallbackMethod", "POST"),
            *(("RecordingStatusCallbackEvent", event) for event in EVENTS),
        ]

        def start() -> None:
            operation.post_once(f"/Calls/{contact.call}/Recordings.json", form)

        if contact.call is not None:
            with suppress(Gone):
                unless(operation, lambda: _under_way(operation, contact) is not None, start)

    def pause(self, contact: Contact, name: str) -> None:  # noqa: ARG002 - see the module
        """Leave out what follows, silence of its length in its place."""
        self._change(contact, [("Status", "paused"), ("PauseBehavior", "silence")], "paused")

    def resume(self, contact: Contact, name: str) -> None:  # noqa: ARG002 - see the module
        """Record again."""
        self._change(contact, [("Status", "in-progress")], "in-progress")

    def stop(self, contact: Contact, name: str) -> None:  # noqa: ARG002 - see the module
        """End the recording; the call goes on."""
        self._change(contact, [("Status", "stopped")], "stopped")

    def fetch(self, reference: str) -> Iterator[bytes]:
        """Yield the sound as WAV, piece by piece.

        Raises
        ------
        NotFound
            The carrier has it no more, or never had a sound (``unknown_recording``).
        TransientDependency
            It is not ready yet, cannot be had now, or broke off: what was yielded is not the whole.
        """
        _check(reference)
        try:
            status = self._api.operation().get(f"/Recordings/{reference}.json").get("status")
            if status in _STILL_COMING:
                raise TransientDependency("the recording is not ready", code="not_ready")
            if status == "completed":
                yield from self._api.stream(f"/Recordings/{reference}.wav")
                return
        except Gone:
            pass
        raise _unknown()

    def erase(self, reference: str) -> None:
        """Delete a recording; one that is gone already is done."""
        _check(reference)
        with suppress(Gone):
            self._api.operation().delete(f"/Recordings/{reference}.json")

    def _change(self, contact: Contact, form: list[tuple[str, str]], status: str) -> None:
        operation = self._api.operation()
        found = _under_way(operation, contact)
        if contact.call is None or (found is not None and found.get("status") == status):
            return
        # One that has just begun may not be listed yet, and a pause must not miss it.
        sid = found["sid"] if found is not None else _CURRENT
        path = f"/Calls/{contact.call}/Recordings/{sid}.json"
        # To a state, so it may be repeated; one that ended with the call needs nothing.
        with suppress(Gone):
            operation.repeatable_post(path, form)


def _under_way(operation: Operation, contact: Contact) -> Json | None:
    if contact.call is None:
        return None
    path = f"/Calls/{contact.call}/Recordings.json"
    try:
        page = operation.get(path, {"PageSize": PAGE_SIZE})
    except Gone:
        return None
    ours = (row for row in rows(page, "recordings") if row.get("source") == _OURS)
    return next((row for row in ours if row.get("status") in _UNDER_WAY), None)


def _check(reference: str) -> None:
    # It becomes part of an address.
    if _REFERENCE.fullmatch(reference) is None:
        raise _unknown()


def _unknown() -> NotFound:
    return NotFound("the carrier has no such recording", code="unknown_recording")
