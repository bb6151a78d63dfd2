"""Writes calls, conferences, participants and queues as the carrier's JSON; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from local.twilio.conferences import Conference, Participant
from local.twilio.model import Call, rfc2822
from local.twilio.queues import Member, Queue
from local.twilio.recordings import UNDER_WAY, Recording

API_VERSION = "2010-04-01"
Json = dict[str, object]


class Resources:
    """Writer of one account's resources."""

    def __init__(self, account_sid: str) -> None:
        self._account = account_sid
        self.root = f"/{API_VERSION}/Accounts/{account_sid}"

    def call(self, call: Call) -> Json:
        uri = f"{self.root}/Calls/{call.sid}"
        subresources = ("Notifications", "Recordings", "Payments", "Events", "Siprec", "Streams")
        return {
            "sid": call.sid,
            "account_sid": self._account,
            "api_version": API_VERSION,
            "parent_call_sid": call.parent_sid,
            "to": call.to,
            "to_formatted": call.to,
            "from": call.from_,
            "from_formatted": call.from_,
            "phone_number_sid": None,
            "status": call.status,
            "direction": call.direction,
            "start_time": rfc2822(call.started_at),
            "end_time": rfc2822(call.ended_at),
            "duration": str(call.talk_seconds) if call.done else None,
            "price": None,
            "price_unit": "USD",
            "answered_by": call.answered_by,
            "forwarded_from": call.extra.get("ForwardedFrom"),
            "group_sid": None,
            "caller_name": call.extra.get("CallerName"),
            "queue_time": str(call.queue_ms),
            "trunk_sid": None,
            "date_created": rfc2822(call.created_at),
            "date_updated": rfc2822(call.updated_at),
            "uri": f"{uri}.json",
            "subresource_uris": {name.lower(): f"{uri}/{name}.json" for name in subresources},
        }

    def conference(self, conference: Conference) -> Json:
        uri = f"{self.root}/Conferences/{conference.sid}"
        body: Json = {
            "sid": conference.sid,
            "account_sid": self._account,
            "api_version": API_VERSION,
            "friendly_name": conference.name,
            "region": "us1",
            "status": conference.status,
            "date_created": rfc2822(conference.created_at),
            "date_updated": rfc2822(conference.updated_at),
            "call_sid_ending_conference": conference.ended_by.call.sid
            if conference.ended_by is not None
            else None,
            "uri": f"{uri}.json",
            "subresource_uris": {
                "participants": f"{uri}/Participants.json",
                "recordings": f"{uri}/Recordings.json",
            },
        }
        # The document does not allow null here, so it is left out until there is a reason.
        if conference.reason_ended is not None:
            body["reason_conference_ended"] = conference.reason_ended
        return body

    def participant(self, participant: Participant) -> Json:
        options = participant.options
        call, conference = participant.call, participant.conference
        status = participant.status
        if not participant.joined and call.status in ("ringing", "in-progress"):
            status = "ringing" if call.status == "ringing" else "connecting"
        return {
            "account_sid": self._account,
            "call_sid": call.sid,
            "label": options.label,
            "call_sid_to_coach": options.coach,
            "coaching": options.coaching,
            "conference_sid": conference.sid,
            "date_created": rfc2822(participant.created_at),
            "date_updated": rfc2822(participant.updated_at),
            "end_conference_on_exit": options.end_on_exit,
            "muted": options.muted,
            "hold": participant.hold,
            "start_conference_on_enter": options.start_on_enter,
            "status": status,
            "queue_time": str(call.queue_ms),
            "uri": f"{self.root}/Conferences/{conference.sid}/Participants/{call.sid}.json",
        }

    def queue(self, queue: Queue) -> Json:
        return {
            "sid": queue.sid,
            "account_sid": self._account,
            "friendly_name": queue.name,
            "current_size": len(queue.members),
            "max_size": queue.max_size,
            "average_wait_time": queue.average_wait,
            "date_created": rfc2822(queue.created_at),
            "date_updated": rfc2822(queue.updated_at),
            "uri": f"{self.root}/Queues/{queue.sid}.json",
        }

    def member(self, member: Member) -> Json:
        queue, call = member.queue, member.call
        return {
            "call_sid": call.sid,
            "date_enqueued": rfc2822(member.since),
            "position": member.position,
            "wait_time": member.waited,
            "queue_sid": queue.sid,
            "uri": f"{self.root}/Queues/{queue.sid}/Members/{call.sid}.json",
        }

    def call_recording(self, recording: Recording) -> Json:
        """Write a recording as it is shown below its call."""
        call = recording.call.sid
        return {
            **self._recording(recording),
            "track": recording.track,
            "uri": f"{self.root}/Calls/{call}/Recordings/{recording.sid}.json",
        }

    def recording(self, recording: Recording) -> Json:
        """Write a recording as the account has it."""
        uri = f"{self.root}/Recordings/{recording.sid}"
        return {
            **self._recording(recording),
            "uri": f"{uri}.json",
            "subresource_uris": {"transcriptions": f"{uri}/Transcriptions.json"},
            "media_url": f"https://api.twilio.com{uri}",
        }

    def _recording(self, recording: Recording) -> Json:
        return {
            "sid": recording.sid,
            "account_sid": self._account,
            "api_version": API_VERSION,
            "call_sid": recording.call.sid,
            "conference_sid": None,
            "date_created": rfc2822(recording.created_at),
            "date_updated": rfc2822(recording.updated_at),
            "start_time": rfc2822(recording.created_at),
            "duration": None if recording.status in UNDER_WAY else str(recording.seconds),
            "price": None,
            "price_unit": "USD",
            "status": recording.status,
            "channels": recording.channels,
            "source": recording.source,
            "error_code": recording.error_code,
            "encryption_details": None,
        }

    def page(
        self, name: str, items: Sequence[Json], path: str, query: Sequence[tuple[str, str]]
    ) -> Json:
        """Write one page of a list, with the addresses of its neighbours.

        ``items`` is the whole list, newest first; ``query`` holds PageSize (50 unless told) and
        Page (from 0) among the filters, which go into the neighbours' addresses.
        """
        told = dict(query)
        size, page = int(told.get("PageSize", 50)), int(told.get("Page", 0))
        filters = [pair for pair in query if pair[0] not in ("PageSize", "Page", "PageToken")]

        def address(number: int) -> str:
            return f"{path}?{urlencode([*filters, ('PageSize', size), ('Page', number)])}"

        chosen = items[page * size : (page + 1) * size]
        more = (page + 1) * size < len(items)
        return {
            "first_page_uri": address(0),
            "next_page_uri": address(page + 1) if more else None,
            "previous_page_uri": address(page - 1) if page else None,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(0, len(chosen) - 1),
            "uri": address(page),
            name: list(chosen),
        }
