"""Kept messages about how something ended, and the command each of them becomes."""

from __future__ import annotations

from centralino.domain.telephony.commands import (
    AnswerDetected,
    AttemptProgressed,
    CallProgressed,
    Command,
    DialEnded,
    Ignored,
    MessageRecorded,
    PaymentEnded,
    RecordingEnded,
)
from tests.unit.adapters.telephony.samples import CALL, CONTACT, QUERY

MENU = f"{QUERY}&s=main.0"
ATTEMPT = "cb_0123456789ABCDEFGHJKMNPQRS#2"
NAMED = f"{QUERY}&name=call.1"
TRIED = f"{QUERY}&attempt={ATTEMPT.replace('#', '%23')}"
OUTBOUND = "CA00000000000000000000000000000003"
RECORDING = "RE00000000000000000000000000000001"


def unpaid(result: str, reason: str) -> PaymentEnded:
    return PaymentEnded(CONTACT, CALL, "main.0", result, None, reason)


def progressed(outcome: str, number: int) -> AttemptProgressed:
    return AttemptProgressed(CONTACT, ATTEMPT, OUTBOUND, outcome, f"{OUTBOUND}:{number}")


#: Step, query, name of the kept message, command.
OUTCOMES: list[tuple[str, str, str, Command]] = [
    ("message", MENU, "message_key", MessageRecorded(CONTACT, CALL, "main.0", RECORDING, 12)),
    # Who hangs up after speaking has left the message; the call is over by then.
    ("message", MENU, "message_hung_up", MessageRecorded(CONTACT, CALL, "main.0", RECORDING, 7)),
    ("message", MENU, "message_empty", MessageRecorded(CONTACT, CALL, "main.0", None)),
    ("paid", MENU, "paid_success", PaymentEnded(CONTACT, CALL, "main.0", "paid", "ch_3Nabc")),
    ("paid", MENU, "paid_hung_up_after",
     PaymentEnded(CONTACT, CALL, "main.0", "paid", "ch_3Nabc")),
    ("paid", MENU, "paid_unconfirmed", unpaid("failed", "unconfirmed")),
    ("paid", MENU, "paid_declined", unpaid("declined", "payment_connector_error")),
    ("paid", MENU, "paid_unclear", unpaid("failed", "payment_connector_error")),
    ("paid", MENU, "paid_star", unpaid("cancelled", "caller_interrupted_with_star")),
    ("paid", MENU, "paid_hang_up", unpaid("cancelled", "caller_hung_up")),
    ("paid", MENU, "paid_too_many", unpaid("invalid_input", "too_many_failed_attempts")),
    ("paid", MENU, "paid_invalid", unpaid("failed", "validation_error")),
    ("paid", MENU, "paid_strange", unpaid("failed", "internal_error")),
    ("dialled", MENU, "dialled_completed", DialEnded(CONTACT, CALL, "main.0", "answered")),
    ("dialled", MENU, "dialled_busy", DialEnded(CONTACT, CALL, "main.0", "busy")),
    ("dialled", MENU, "dialled_no_answer", DialEnded(CONTACT, CALL, "main.0", "no_answer")),
    ("dialled", MENU, "dialled_failed", DialEnded(CONTACT, CALL, "main.0", "failed")),
    ("dialled", MENU, "dialled_canceled", DialEnded(CONTACT, CALL, "main.0", "canceled")),
    ("dialled", MENU, "dialled_caller_gone",
     CallProgressed("twilio", CALL, "completed", True, CONTACT)),
    ("recording", NAMED, "recording_completed",
     RecordingEnded(CONTACT, "call.1", RECORDING, 61)),
    ("recording", NAMED, "recording_absent", RecordingEnded(CONTACT, "call.1", None)),
    ("recording", NAMED, "recording_failed", RecordingEnded(CONTACT, "call.1", None)),
    ("recording", NAMED, "recording_in_progress", Ignored("a recording that is under way")),
    ("attempt", TRIED, "attempt_initiated", Ignored("a call of ours on its way")),
    ("attempt", TRIED, "attempt_ringing", progressed("ringing", 1)),
    ("attempt", TRIED, "attempt_answered", progressed("answered", 2)),
    ("attempt", TRIED, "attempt_ended", progressed("ended", 3)),
    ("attempt", TRIED, "attempt_busy", progressed("busy", 3)),
    ("attempt", TRIED, "attempt_no_answer", progressed("no_answer", 3)),
    ("attempt", TRIED, "attempt_failed", progressed("failed", 3)),
    ("attempt", TRIED, "attempt_canceled", progressed("canceled", 3)),
    ("detected", TRIED, "detected_human", AnswerDetected(CONTACT, ATTEMPT, OUTBOUND, "human")),
    ("detected", TRIED, "detected_machine", AnswerDetected(CONTACT, ATTEMPT, OUTBOUND, "machine")),
    ("detected", TRIED, "detected_fax", AnswerDetected(CONTACT, ATTEMPT, OUTBOUND, "fax")),
    ("detected", TRIED, "detected_unknown", AnswerDetected(CONTACT, ATTEMPT, OUTBOUND, "unknown")),
]  # fmt: skip
