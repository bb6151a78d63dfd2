"""The carrier's webhooks, each turned into exactly one canonical command.

Decides what a message says. Never verifies who sent it (``signature`` does, before), never looks
anything up, and never lets a value of the message into an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from centralino.adapters.telephony.twilio import results
from centralino.adapters.telephony.twilio.forms import (
    Fields,
    header,
    is_form,
    parse_body,
    parse_query,
)
from centralino.adapters.telephony.twilio.received import (
    ANY,
    ENDED,
    PROVIDER,
    STATUSES,
    UNREACHED,
    WORD,
    Received,
)
from centralino.domain.errors import InvalidRequest
from centralino.domain.telephony.commands import (
    AnnouncementAsked,
    CallArrived,
    CallProgressed,
    Command,
    DigitsAsked,
    HoldContinued,
    Ignored,
    InputGiven,
    LegJoined,
    LegLeft,
    PresentAsked,
    WaitContinued,
)

__all__ = ["PROVIDER", "STEPS", "queued", "read"]

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_CONFERENCE = re.compile(r"CF[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|client:[A-Za-z0-9_.@+-]{1,120}")
_DIGITS = re.compile(r"[0-9*#]+")
#: An offer, a third party's in the conversation of the parent, an attempt to call a customer back,
#: or a supervisor's leg.
_LEG = re.compile(r"[a-z]{2}_[0-9A-HJKMNP-TV-Z]{26}(#[0-9]{1,9}|![0-9A-Za-z]{1,40})")
_LONGEST_DIGITS = 100
_LONGEST_SPEECH = 1_000
_TOKEN = re.compile(r"[A-Za-z0-9-]{1,64}")

#: What stands in ``From`` for a caller who withholds the number: a word, or the word spelled on
#: a keypad (ANONYMOUS, UNAVAILABLE, RESTRICTED, UNKNOWN, BLOCKED, which look like numbers).
_WITHHELD = frozenset(
    {"", "anonymous", "unavailable", "restricted", "unknown", "blocked", "private"}
    | {"+266696687", "+86282452253", "+7378742833", "+8656696", "+2562533"}
)
_LEAVING = {
    "participant_hung_up": "hung_up",
    "participant_updated_via_api": "moved",
    "moderator_ended_conference": "conversation_ended",
    "conference_ended_via_api": "conversation_ended",
    "participant_add_failed": "failed",
}


def read(
    step: str, query: str, body: bytes, headers: Mapping[str, str], *, account: str
) -> Command:
    """Turn a verified webhook into a command.

    Parameters
    ----------
    step : str
        The last part of the path, one of :data:`STEPS`.
    query : str
        The raw query string, still percent-encoded.
    body : bytes
        The form, base64 of the gateway undone.
    headers
        In any case.
    account : str
        Our account's SID; a message about another one is refused.

    Raises
    ------
    InvalidRequest
        Anything about it is malformed. Nothing else is ever raised.
    """
    reader = _READERS.get(step)
    if reader is None:
        raise InvalidRequest("there is no such webhook", code="unknown_step")
    if not is_form(headers):
        raise InvalidRequest("the body is not declared as a form", code="malformed_body")
    fields = parse_body(body)
    if fields.need("AccountSid", _ACCOUNT) != account:
        raise InvalidRequest("the message is about another account", code="wrong_account")
    token = header(headers, "I-Twilio-Idempotency-Token")
    if token is not None and _TOKEN.fullmatch(token) is None:
        token = None
    return reader(Received(fields, parse_query(query), token))


def queued(step: str, raw_query: str) -> bool:
    """Tell whether a webhook is about a call that stands in the carrier's queue.

    What answers it is then played there; see :func:`.twiml.render`.
    """
    return step == "wait" or (step == "menu" and parse_query(raw_query).get("q") == "1")


def _voice(message: Received) -> Command:
    call, fields = message.call, message.fields
    caller = fields.get("From", "").strip()
    caller = "" if caller.lower() in _WITHHELD else fields.need("From", _NUMBER)
    called = fields.need("To", _NUMBER)
    return CallArrived(PROVIDER, call, caller, called, message.id(call))


def _menu(message: Received) -> Command:
    step = message.step
    # Silence comes back without the fields, or with empty ones. Somebody who leans on the keypad
    # has given no answer: what is cut here is longer than any.
    digits = message.fields.optional("Digits", _DIGITS) or ""
    speech = message.fields.optional("SpeechResult", ANY) or ""
    call = message.call
    return InputGiven(
        contact=message.contact,
        call=call,
        step=step,
        digits=digits[:_LONGEST_DIGITS],
        message=message.id(call),
        speech=speech[:_LONGEST_SPEECH],
    )


def _wait(message: Received) -> Command:
    return WaitContinued(message.contact, message.call, message.id(message.call))


def _hold(message: Received) -> Command:
    return HoldContinued(message.contact, message.call, message.id(message.call))


def _announce(message: Received) -> Command:
    # Asked by the conference rather than by a call, so no call is required of it.
    return AnnouncementAsked(message.contact, message.id(message.contact))


def _digits(message: Received) -> Command:
    name = message.own.need("name", results.NAME)
    return DigitsAsked(message.contact, name, message.id(message.contact))


def _present(message: Received) -> Command:
    attempt = message.own.optional("attempt", results.NAME)
    return PresentAsked(message.contact, message.call, message.id(message.call), attempt)


def _left(message: Received) -> Command:
    if message.fields.optional("QueueResult", WORD) == "hangup":
        return _progressed(message, "completed", message.contact)
    return _present(message)


def _status(message: Received) -> Command:
    status = message.status
    contact = message.contact if message.own.get("c") else None
    if status is None:
        return Ignored("a call status we do not know")
    return _progressed(message, status, contact)


def _conference(message: Received) -> Command:
    """Read what a conference, or the agent's leg on its way into it, reports.

    The conference keeps the callback address of whoever entered it first, so the ``rid`` in the
    query may be that of an earlier offer: which leg came or went is told by its label alone.
    """
    contact = message.contact
    event = message.fields.optional("StatusCallbackEvent", WORD)
    if event is None:
        return _agent_leg(message, contact)
    if event not in ("participant-join", "participant-leave"):
        return Ignored("a conference event that changes nothing")
    call = message.call
    label = message.fields.optional("ParticipantLabel", ANY)
    rid = _leg(label, "ParticipantLabel") if label else None
    identity = message.id(message.fields.need("ConferenceSid", _CONFERENCE))
    if event == "participant-join":
        return LegJoined(contact, call, rid, identity)
    return LegLeft(contact, call, rid, _leaving(message.fields), identity)


def _agent_leg(message: Received, contact: str) -> Command:
    rid = _leg(message.own.need("rid", ANY), "rid")
    call, status = message.call, message.status
    if status not in ENDED:
        return Ignored("an agent's leg on its way")
    # A leg that was answered and ended may never have entered the conference; then this is all
    # we hear of it. Who ended it is told by the conference alone.
    reason = status if status in UNREACHED else "ended"
    return LegLeft(contact, call, rid, reason, message.id(call))


def _leaving(fields: Fields) -> str:
    status = STATUSES.get(fields.optional("ParticipantCallStatus", WORD) or "")
    if status in UNREACHED:
        return status
    return _LEAVING.get(fields.optional("ReasonParticipantLeft", WORD) or "", "left")


def _of_live_call(reader: Callable[[Received], Command]) -> Callable[[Received], Command]:
    """Wrap a reader: a request about a call that is over says just that, whatever it asks."""

    def read_live(message: Received) -> Command:
        status = message.status
        if status in ENDED:
            return _progressed(message, status, message.contact)
        return reader(message)

    return read_live


def _progressed(message: Received, status: str, contact: str | None) -> CallProgressed:
    call = message.call
    return CallProgressed(PROVIDER, call, status, status in ENDED, contact, message.id(call))


def _leg(value: str, name: str) -> str:
    if _LEG.fullmatch(value) is None:
        raise InvalidRequest(f"{name} names no leg", code="malformed_field")
    return value


_READERS: dict[str, Callable[[Received], Command]] = {
    "voice": _voice,
    "menu": _of_live_call(_menu),
    "wait": _of_live_call(_wait),
    "hold": _of_live_call(_hold),
    "announce": _announce,
    "digits": _digits,
    "left": _of_live_call(_left),
    "present": _of_live_call(_present),
    "status": _status,
    "conference": _conference,
    # Told even about a call that is over: a caller who hangs up has left the message, and has
    # paid, all the same.
    "message": results.message_recorded,
    "paid": results.payment_ended,
    "dialled": _of_live_call(results.dial_ended),
    "recording": results.recording_ended,
    "attempt": results.attempt_progressed,
    "detected": results.answer_detected,
}
STEPS = frozenset(_READERS)
