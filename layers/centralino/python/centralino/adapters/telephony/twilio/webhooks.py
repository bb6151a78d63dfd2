"""The carrier's webhooks, each turned into exactly one canonical command.

Decides what a message says. Never verifies who sent it (``signature`` does, before), never looks
anything up, and never lets a value of the message into an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from centralino.adapters.telephony.twilio.forms import (
    Fields,
    header,
    is_form,
    parse_body,
    parse_query,
)
from centralino.domain import ids
from centralino.domain.errors import InvalidRequest
from centralino.domain.telephony.commands import (
    CallArrived,
    CallProgressed,
    Command,
    HoldContinued,
    Ignored,
    InputGiven,
    LegJoined,
    LegLeft,
    PresentAsked,
    WaitContinued,
)

PROVIDER = "twilio"

_ANY = re.compile(r".*", re.DOTALL)
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_CALL = re.compile(r"CA[0-9a-f]{32}")
_CONFERENCE = re.compile(r"CF[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|client:[A-Za-z0-9_.@+-]{1,120}")
_STEP = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_DIGITS = re.compile(r"[0-9*#]+")
_LONGEST_DIGITS = 100
_LONGEST_SPEECH = 1_000
_SEQUENCE = re.compile(r"[0-9]{1,9}")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,60}")
_TOKEN = re.compile(r"[A-Za-z0-9-]{1,64}")

#: What stands in ``From`` for a caller who withholds the number: a word, or the word spelled on
#: a keypad (ANONYMOUS, UNAVAILABLE, RESTRICTED, UNKNOWN, BLOCKED, which look like numbers).
_WITHHELD = frozenset(
    {"", "anonymous", "unavailable", "restricted", "unknown", "blocked", "private"}
    | {"+266696687", "+86282452253", "+7378742833", "+8656696", "+2562533"}
)
_STATUSES = {
    "queued": "queued",
    "initiated": "initiated",
    "ringing": "ringing",
    "in-progress": "in_progress",
    "completed": "completed",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "no_answer",
    "canceled": "canceled",
}
_ENDED = frozenset({"completed", "busy", "failed", "no_answer", "canceled"})
_UNREACHED = _ENDED - {"completed"}
_LEAVING = {
    "participant_hung_up": "hung_up",
    "participant_updated_via_api": "moved",
    "moderator_ended_conference": "conversation_ended",
    "conference_ended_via_api": "conversation_ended",
    "participant_add_failed": "failed",
}


@dataclass(frozen=True, slots=True)
class _Message:
    """One webhook: its fields, our own parameters from the query, and its id if it has one."""

    fields: Fields
    own: Fields
    token: str | None

    @property
    def call(self) -> str:
        return self.fields.need("CallSid", _CALL)

    @property
    def contact(self) -> str:
        return _contact(self.own.need("c", _ANY))

    @property
    def status(self) -> str | None:
        """The canonical word for CallStatus, ``None`` for one we do not know."""
        return _STATUSES.get(self.fields.need("CallStatus", _WORD))

    def id(self, of: str) -> str | None:
        """Return what identifies this message among those about one call or conference."""
        number = self.fields.optional("SequenceNumber", _SEQUENCE)
        return f"{of}:{number}" if number is not None else self.token


def read(
    step: str, query: str, body: bytes, headers: Mapping[str, str], *, account: str
) -> Command:
    """Turn a verified webhook into a command.

    Parameters
    ----------
    step : str
        The last part of the path: ``voice``, ``menu``, ``wait``, ``hold``, ``left``,
        ``present``, ``status`` or ``conference``.
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
    return reader(_Message(fields, parse_query(query), token))


def _voice(message: _Message) -> Command:
    call, fields = message.call, message.fields
    caller = fields.get("From", "").strip()
    caller = "" if caller.lower() in _WITHHELD else fields.need("From", _NUMBER)
    called = fields.need("To", _NUMBER)
    return CallArrived(PROVIDER, call, caller, called, message.id(call))


def _menu(message: _Message) -> Command:
    step = message.own.need("s", _STEP)
    # Silence comes back without the fields, or with empty ones. Somebody who leans on the keypad
    # has given no answer: what is cut here is longer than any.
    digits = message.fields.optional("Digits", _DIGITS) or ""
    speech = message.fields.optional("SpeechResult", _ANY) or ""
    call = message.call
    return InputGiven(
        contact=message.contact,
        call=call,
        step=step,
        digits=digits[:_LONGEST_DIGITS],
        message=message.id(call),
        speech=speech[:_LONGEST_SPEECH],
    )


def _wait(message: _Message) -> Command:
    return WaitContinued(message.contact, message.call, message.id(message.call))


def _hold(message: _Message) -> Command:
    return HoldContinued(message.contact, message.call, message.id(message.call))


def _present(message: _Message) -> Command:
    return PresentAsked(message.contact, message.call, message.id(message.call))


def _left(message: _Message) -> Command:
    if message.fields.optional("QueueResult", _WORD) == "hangup":
        return _progressed(message, "completed", message.contact)
    return _present(message)


def _status(message: _Message) -> Command:
    status = message.status
    contact = message.contact if message.own.get("c") else None
    if status is None:
        return Ignored("a call status we do not know")
    return _progressed(message, status, contact)


def _conference(message: _Message) -> Command:
    """Read what a conference, or the agent's leg on its way into it, reports.

    The conference keeps the callback address of whoever entered it first, so the ``rid`` in the
    query may be that of an earlier offer: which leg came or went is told by its label alone.
    """
    contact = message.contact
    event = message.fields.optional("StatusCallbackEvent", _WORD)
    if event is None:
        return _agent_leg(message, contact)
    if event not in ("participant-join", "participant-leave"):
        return Ignored("a conference event that changes nothing")
    call = message.call
    label = message.fields.optional("ParticipantLabel", _ANY)
    rid = _offer(label, "ParticipantLabel") if label else None
    identity = message.id(message.fields.need("ConferenceSid", _CONFERENCE))
    if event == "participant-join":
        return LegJoined(contact, call, rid, identity)
    return LegLeft(contact, call, rid, _leaving(message.fields), identity)


def _agent_leg(message: _Message, contact: str) -> Command:
    rid = _offer(message.own.need("rid", _ANY), "rid")
    call, status = message.call, message.status
    if status not in _ENDED:
        return Ignored("an agent's leg on its way")
    # A leg that was answered and ended may never have entered the conference; then this is all
    # we hear of it. Who ended it is told by the conference alone.
    reason = status if status in _UNREACHED else "ended"
    return LegLeft(contact, call, rid, reason, message.id(call))


def _leaving(fields: Fields) -> str:
    status = _STATUSES.get(fields.optional("ParticipantCallStatus", _WORD) or "")
    if status in _UNREACHED:
        return status
    return _LEAVING.get(fields.optional("ReasonParticipantLeft", _WORD) or "", "left")


def _of_live_call(reader: Callable[[_Message], Command]) -> Callable[[_Message], Command]:
    """Wrap a reader: a request about a call that is over says just that, whatever it asks."""

    def read_live(message: _Message) -> Command:
        status = message.status
        if status in _ENDED:
            return _progressed(message, status, message.contact)
        return reader(message)

    return read_live


def _progressed(message: _Message, status: str, contact: str | None) -> CallProgressed:
    call = message.call
    return CallProgressed(PROVIDER, call, status, status in _ENDED, contact, message.id(call))


def _contact(value: str) -> str:
    if not ids.is_id(ids.CONTACT, value):
        raise InvalidRequest("the parameter c is no contact id", code="malformed_field")
    return value


def _offer(value: str, name: str) -> str:
    # A third party's leg bears an offer of its own contact, in the conversation of the parent.
    of, mark, version = value.partition("#")
    if not ids.is_id(ids.CONTACT, of) or not mark or _SEQUENCE.fullmatch(version) is None:
        raise InvalidRequest(f"{name} is no offer", code="malformed_field")
    return value


_READERS: dict[str, Callable[[_Message], Command]] = {
    "voice": _voice,
    "menu": _of_live_call(_menu),
    "wait": _of_live_call(_wait),
    "hold": _of_live_call(_hold),
    "left": _of_live_call(_left),
    "present": _of_live_call(_present),
    "status": _status,
    "conference": _conference,
}
STEPS = frozenset(_READERS)
