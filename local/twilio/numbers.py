"""The account and the numbers it owns: which webhooks each number has, over REST and for calls.

Decides where a call to a number goes. Never rings anybody, and sells no numbers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from local.twilio import errors
from local.twilio.model import Number, Source, Subscription, new_sid, rfc2822
from local.twilio.resources import API_VERSION, Json, Resources
from local.twilio.rest import Reply, Request

#: Where a number that was just bought sends its calls.
WELCOME = "https://demo.twilio.com/welcome/voice/"
FRESH = {
    "VoiceUrl": WELCOME,
    "VoiceMethod": "POST",
    "VoiceFallbackUrl": "",
    "VoiceFallbackMethod": "POST",
    "StatusCallback": "",
    "StatusCallbackMethod": "POST",
    "VoiceApplicationSid": "",
    "TrunkSid": "",
    "SmsUrl": "",
    "SmsMethod": "POST",
    "SmsFallbackUrl": "",
    "SmsFallbackMethod": "POST",
    "SmsApplicationSid": "",
}
_SIDS = frozenset({"VoiceApplicationSid", "TrunkSid", "SmsApplicationSid"})
#: Each of the two takes the other's place.
_EITHER = {"VoiceApplicationSid": "TrunkSid", "TrunkSid": "VoiceApplicationSid"}
# Calls that are sent to an application or a trunk, or nowhere, reach nobody here.
_ELSEWHERE = Source(twiml="<Response><Reject/></Response>")


@dataclass(eq=False)
class OwnNumber:
    """A number of the account, its settings under the names of the REST parameters."""

    number: str
    friendly_name: str
    settings: dict[str, str]
    sid: str = field(default_factory=lambda: new_sid("PN"))
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)

    def webhooks(self) -> Number:
        """Give what a call to this number asks."""
        told = self.settings
        if told["VoiceApplicationSid"] or told["TrunkSid"] or not told["VoiceUrl"]:
            return Number(_ELSEWHERE)
        fallback, status = told["VoiceFallbackUrl"], told["StatusCallback"]
        return Number(
            Source(told["VoiceUrl"], told["VoiceMethod"]),
            Source(fallback, told["VoiceFallbackMethod"]) if fallback else None,
            Subscription(status, told["StatusCallbackMethod"], frozenset({"completed"}))
            if status
            else None,
        )


class Numbers:
    """The numbers of the account, and the account's own state."""

    def __init__(self) -> None:
        self.account_status = "active"
        self.account_type = "Full"
        self._own: dict[str, OwnNumber] = {}

    def own(self, number: str, friendly_name: str = "", **settings: str) -> OwnNumber:
        """Put a number into the account: as bought, but for these settings."""
        found = OwnNumber(number, friendly_name or number, {**FRESH, **settings})
        self._own[number] = found
        return found

    def get(self, number: str) -> OwnNumber | None:
        return self._own.get(number)

    @property
    def all(self) -> list[OwnNumber]:
        """Every number, the one bought last first, as the carrier lists them."""
        return list(reversed(self._own.values()))


class NumberOperations:
    """The REST operations on the account and its numbers."""

    def __init__(self, numbers: Numbers, write: Resources, account_sid: str) -> None:
        self._numbers = numbers
        self._write = write
        self._account = account_sid
        #: By method and path below the account; the account itself has an empty path.
        self.operations: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {
            ("GET", "/IncomingPhoneNumbers.json"): self.list_numbers,
            ("GET", "/IncomingPhoneNumbers/{Sid}.json"): self.fetch_number,
            ("POST", "/IncomingPhoneNumbers/{Sid}.json"): self.update_number,
        }

    async def fetch_account(self, request: Request) -> Reply:  # noqa: ARG002 - an operation
        uri = self._write.root
        return 200, {
            "sid": self._account,
            "friendly_name": "centre",
            "status": self._numbers.account_status,
            "type": self._numbers.account_type,
            "auth_token": None,
            "owner_account_sid": self._account,
            "date_created": None,
            "date_updated": None,
            "subresource_uris": {"incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json"},
            "uri": f"{uri}.json",
        }

    async def list_numbers(self, request: Request) -> Reply:
        name, number = request.text("FriendlyName"), request.text("PhoneNumber")
        # A part of a number finds it, and a star stands for any digit.
        part = re.compile(re.escape(number).replace(r"\*", r"\d"))
        chosen = [
            one
            for one in self._numbers.all
            if (not name or one.friendly_name == name)
            and part.search(one.number)
            # All of them were bought here.
            and request.text("Origin", "twilio") == "twilio"
        ]
        items = [self._resource(one) for one in chosen]
        return 200, self._write.page("incoming_phone_numbers", items, request.path, request.query)

    async def fetch_number(self, request: Request) -> Reply:
        return 200, self._resource(self._find(request))

    async def update_number(self, request: Request) -> Reply:
        found = self._find(request)
        for name, value in request.form:
            if name == "FriendlyName":
                found.friendly_name = value
            elif name in found.settings:
                found.settings[name] = value.upper() if name.endswith("Method") else value
                if value and name in _EITHER:
                    found.settings[_EITHER[name]] = ""
            else:
                raise errors.invalid(f"{name} cannot be changed here")
        found.updated_at = time.time()
        return 200, self._resource(found)

    def _find(self, request: Request) -> OwnNumber:
        for one in self._numbers.all:
            if one.sid == request.names["Sid"]:
                return one
        raise errors.not_found(request.path)

    def _resource(self, one: OwnNumber) -> Json:
        told = {
            re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): (value or None)
            if name in _SIDS
            else value
            for name, value in one.settings.items()
        }
        return {
            "sid": one.sid,
            "account_sid": self._account,
            "friendly_name": one.friendly_name,
            "phone_number": one.number,
            "api_version": API_VERSION,
            "origin": "twilio",
            "beta": False,
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            "address_requirements": "none",
            "voice_receive_mode": "voice",
            "voice_caller_id_lookup": False,
            "status": "in-use",
            "date_created": rfc2822(one.created_at),
            "date_updated": rfc2822(one.updated_at),
            "uri": f"{self._write.root}/IncomingPhoneNumbers/{one.sid}.json",
            **told,
        }
