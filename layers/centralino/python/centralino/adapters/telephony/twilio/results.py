"""Webhooks that tell how something ended: a message, a payment, a dialled number, a recording.

Decides the canonical word for the carrier's. Of a payment nothing is read but its result and the
gateway's confirmation: card numbers, dates and codes that the carrier may send, masked or not, are
never looked at.
"""

from __future__ import annotations

import re

from centralino.adapters.telephony.twilio.received import ANY, STATUSES, WORD, Received
from centralino.domain.telephony.commands import (
    AnswerDetected,
    AttemptProgressed,
    Command,
    DialEnded,
    Ignored,
    MessageRecorded,
    PaymentEnded,
    RecordingEnded,
)

_RECORDING = re.compile(r"RE[0-9a-fA-F]{32}")
_ADDRESS = re.compile(r"\S{1,500}?/(RE[0-9a-fA-F]{32})(?:\.[a-z0-9]{3})?")
_SECONDS = re.compile(r"-?[0-9]{1,7}")
NAME = re.compile(r"[A-Za-z0-9_.:#!-]{1,120}")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_LONGEST_CONFIRMATION = 120

_PAID = {
    "success": "paid",
    "caller-interrupted-with-star": "cancelled",
    "caller-hung-up": "cancelled",
    "too-many-failed-attempts": "invalid_input",
    "validation-error": "failed",
}
_NOT_CHARGED = "payment-connector-error"
_DIALLED = {
    "completed": "answered",
    "answered": "answered",
    "busy": "busy",
    "no-answer": "no_answer",
    "canceled": "canceled",
}
_ATTEMPT = {
    "ringing": "ringing",
    "in_progress": "answered",
    "completed": "ended",
    "busy": "busy",
    "no_answer": "no_answer",
    "failed": "failed",
    "canceled": "canceled",
}


def message_recorded(message: Received) -> Command:
    """Read the end of a message; one that was not recorded comes without a recording."""
    reference = message.fields.optional("RecordingSid", _RECORDING)
    if reference is None and message.fields.get("RecordingUrl"):
        # The address is documented for this message, the SID only seen in it.
        address = message.fields.need("RecordingUrl", _ADDRESS)
        reference = address.rpartition("/")[2].partition(".")[0]
    seconds = _seconds(message) if reference is not None else 0
    call = message.call
    return MessageRecorded(
        message.contact, call, message.step, reference, seconds, message.id(call)
    )


def payment_ended(message: Received) -> Command:
    """Read how a payment ended; what counts as paid is confirmed by the gateway."""
    told = message.fields.need("Result", WORD)
    result, reason = _PAID.get(told, "failed"), told.replace("-", "_")
    if told == _NOT_CHARGED and "declined" in (message.fields.get("PaymentError") or "").lower():
        # Any other trouble with the gateway may have charged the card: nobody is asked again.
        result = "declined"
    confirmation = message.fields.optional("PaymentConfirmationCode", ANY) or ""
    reference = _UNPRINTABLE.sub("", confirmation)[:_LONGEST_CONFIRMATION] or None
    if result == "paid" and reference is None:
        # Nobody may be told that they have paid without a proof of it.
        result, reason = "failed", "unconfirmed"
    call = message.call
    return PaymentEnded(
        message.contact,
        call,
        message.step,
        result,
        reference if result == "paid" else None,
        None if result == "paid" else reason,
        message.id(call),
    )


def dial_ended(message: Received) -> Command:
    """Read how putting the caller through ended."""
    outcome = _DIALLED.get(message.fields.need("DialCallStatus", WORD), "failed")
    call = message.call
    return DialEnded(message.contact, call, message.step, outcome, message.id(call))


def recording_ended(message: Received) -> Command:
    """Read the end of a recording; a start changes nothing."""
    name = message.own.need("name", NAME)
    status = message.fields.need("RecordingStatus", WORD)
    sid = message.fields.need("RecordingSid", _RECORDING)
    if status in ("in-progress", "paused", "stopped", "processing"):
        return Ignored("a recording that is under way")
    reference = sid if status == "completed" else None
    seconds = _seconds(message) if reference is not None else 0
    return RecordingEnded(message.contact, name, reference, seconds, message.id(sid))


def attempt_progressed(message: Received) -> Command:
    """Read how a call that we make gets on."""
    attempt = message.own.need("attempt", NAME)
    outcome = _ATTEMPT.get(STATUSES.get(message.fields.need("CallStatus", WORD)) or "")
    call = message.call
    if outcome is None:
        return Ignored("a call of ours on its way")
    return AttemptProgressed(message.contact, attempt, call, outcome, message.id(call))


def answer_detected(message: Received) -> Command:
    """Read who answered a call that we made."""
    attempt = message.own.need("attempt", NAME)
    told = message.fields.need("AnsweredBy", WORD)
    who = "machine" if told.startswith("machine") else told
    answered_by = who if who in ("human", "machine", "fax") else "unknown"
    call = message.call
    return AnswerDetected(message.contact, attempt, call, answered_by, message.id(call))


def _seconds(message: Received) -> int:
    told = message.fields.optional("RecordingDuration", _SECONDS)
    return max(0, int(told)) if told is not None else 0
