"""The account and its telephone numbers: what calls each number makes on us, read and set.

Decides which settings of a number are ours, and what of them differs. Never touches another
setting, such as those of messages, and never buys or releases a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from centralino.adapters.telephony.twilio.api import Json, TwilioApi
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.errors import TransientDependency

PAGE_SIZE = 1_000
#: A list that goes on for longer than this leads in a circle.
MOST_PAGES = 100
#: What is set by us: parameter of the update -> field of the answer. The last two send calls
#: elsewhere and make the carrier pass over every address above them.
SETTINGS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
}
OVERRIDES = ("VoiceApplicationSid", "TrunkSid")


@dataclass(frozen=True, slots=True)
class Account:
    """The account: ``active``, ``suspended`` or ``closed``; ``Trial`` or ``Full``."""

    status: str
    type: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account; ``settings`` are those of :data:`SETTINGS`, empty where none."""

    sid: str
    number: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is not what it should be."""

    setting: str
    was: str
    now: str


def account(api: TwilioApi) -> Account:
    """Ask whether the account takes part in telephony at all.

    Raises
    ------
    Refused
        SID and token do not belong together.
    """
    body = api.operation().get(".json")
    return Account(str(body.get("status") or ""), str(body.get("type") or ""))


def owned(api: TwilioApi) -> list[Number]:
    """Return every number of the account.

    Raises
    ------
    TransientDependency
        The carrier cannot be asked, or its list does not end.
    """
    return [_number(row) for page in _pages(api) for row in page["incoming_phone_numbers"]]


def wanted(urls: Urls, fallback: str) -> dict[str, str]:
    """Return the settings of a number whose calls we answer.

    Parameters
    ----------
    fallback : str
        Address of the document that is played when no webhook can be had. It is asked for by GET,
        which is all that a static file answers.
    """
    return {
        "VoiceUrl": urls.requested("voice", ""),
        "VoiceMethod": "POST",
        "VoiceFallbackUrl": fallback,
        "VoiceFallbackMethod": "GET",
        "StatusCallback": urls.requested("status", ""),
        "StatusCallbackMethod": "POST",
        "VoiceApplicationSid": "",
        "TrunkSid": "",
    }


def changes(number: Number, settings: Mapping[str, str]) -> tuple[Change, ...]:
    """Return what of a number is not as it should be."""
    return tuple(
        Change(name, number.settings[name], value)
        for name, value in settings.items()
        if number.settings[name] != value
    )


def put(api: TwilioApi, number: Number, of: Sequence[Change]) -> Number:
    """Set what differs, and return the number as it is now.

    An empty value takes an application or a trunk away.
    """
    form = [(change.setting, change.now) for change in of]
    path = f"/IncomingPhoneNumbers/{number.sid}.json"
    return _number(api.operation().repeatable_post(path, form))


def _pages(api: TwilioApi) -> Iterator[Json]:
    query = {"PageSize": str(PAGE_SIZE)}
    for _ in range(MOST_PAGES):
        page = api.operation().get("/IncomingPhoneNumbers.json", query)
        yield page
        following = page.get("next_page_uri")
        if not following:
            return
        query = dict(parse_qsl(urlsplit(str(following)).query))
    raise TransientDependency("the carrier's list of numbers does not end")


def _number(row: Json) -> Number:
    settings = {name: str(row.get(field) or "") for name, field in SETTINGS.items()}
    return Number(str(row["sid"]), str(row["phone_number"]), settings)
