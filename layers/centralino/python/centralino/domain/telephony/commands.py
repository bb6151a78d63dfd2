"""What a carrier can tell us, in canonical words.

An adapter turns each of its provider's messages into exactly one of these, after it has verified
them. ``message`` identifies the provider's message where it has an id, for causation only: no
rule depends on it, because providers repeat and reorder.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A customer's call reached one of our numbers. Numbers are E.164 or ``client:``
    names; ``caller`` is empty where the number is withheld.

    ``contact`` and ``language`` are known where the call was placed with us beforehand; otherwise
    the one follows from the call, the other from the line.
    """

    provider: str
    call: str
    caller: str
    called: str
    message: str | None = None
    contact: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class InputGiven:
    """The caller answered what was asked at ``step``, with keys or words, or did not (both empty).

    An answer may be sensitive, so it is never shown.
    """

    contact: str
    call: str
    step: str
    digits: str = field(default="", repr=False)
    message: str | None = None
    speech: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MessageRecorded:
    """The caller left a spoken message at ``step``, or said nothing (no ``reference``).

    ``reference`` is the carrier's name of the sound, ``seconds`` its length.
    """

    contact: str
    call: str
    step: str
    reference: str | None
    seconds: int = 0
    message: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentEnded:
    """A payment at ``step`` ended. Nothing here is card data.

    ``result`` is ``paid``, ``declined``, ``cancelled``, ``invalid_input`` or ``failed``;
    ``reference`` is the payment gateway's confirmation, the proof.
    """

    contact: str
    call: str
    step: str
    result: str
    reference: str | None = None
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class DialEnded:
    """A caller put through to an outside number at ``step`` is back, or was not put through.

    ``outcome`` is ``answered``, ``busy``, ``no_answer``, ``failed`` or ``canceled``.
    """

    contact: str
    call: str
    step: str
    outcome: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """A recording of a contact's call is complete, or failed (no ``reference``)."""

    contact: str
    name: str
    reference: str | None
    seconds: int = 0
    message: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptProgressed:
    """A call that we made to a customer got on.

    ``outcome`` is ``ringing``, ``answered``, ``busy``, ``no_answer``, ``failed``, ``canceled`` or
    ``ended``; an answered one may be told apart later by :class:`AnswerDetected`.
    """

    contact: str
    attempt: str
    call: str
    outcome: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerDetected:
    """Who answered a call that we made: ``human``, ``machine``, ``fax`` or ``unknown``."""

    contact: str
    attempt: str
    call: str
    answered_by: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class WaitContinued:
    """The carrier asks what a queued caller should hear now."""

    contact: str
    call: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class HoldContinued:
    """The carrier asks what a caller on hold should hear now."""

    contact: str
    call: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class AnnouncementAsked:
    """The carrier asks what a caller in a conversation should hear in between."""

    contact: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class DigitsAsked:
    """The carrier asks for the keys that a leg is to hear, kept under ``name``."""

    contact: str
    name: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class PresentAsked:
    """The carrier asks what this call should do now: after a redirect, or when something ended.

    ``attempt`` names the attempt where a customer whom we called has just answered.
    """

    contact: str
    call: str
    message: str | None = None
    attempt: str | None = None


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """The carrier's call status changed. ``ended`` is terminal; ``status`` the canonical word.

    ``contact`` is known where our own URL carried it; otherwise it follows from the call.
    """

    provider: str
    call: str
    status: str
    ended: bool
    contact: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class LegJoined:
    """A leg entered the contact's conference. ``rid`` is set for any leg but the caller's.

    It may be an offer of a child contact: a third party joins the parent's conversation.
    """

    contact: str
    call: str
    rid: str | None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class LegLeft:
    """A leg left the contact's conference, or could not be reached; ``rid`` as in joining."""

    contact: str
    call: str
    rid: str | None
    reason: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that changes nothing here (a conference started, a mute told back)."""

    what: str


Command = (
    CallArrived
    | InputGiven
    | MessageRecorded
    | PaymentEnded
    | DialEnded
    | RecordingEnded
    | AttemptProgressed
    | AnswerDetected
    | WaitContinued
    | HoldContinued
    | AnnouncementAsked
    | DigitsAsked
    | PresentAsked
    | CallProgressed
    | LegJoined
    | LegLeft
    | Ignored
)
