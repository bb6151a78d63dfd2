"""Every message of the carrier becomes exactly one command, or a refusal that names no value."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.adapters.telephony.twilio.webhooks import STEPS, queued, read
from centralino.domain.errors import InvalidRequest
from centralino.domain.flows.inputs import Given
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
from tests.unit.adapters.telephony.outcomes import ATTEMPT, OUTBOUND, OUTCOMES
from tests.unit.adapters.telephony.samples import (
    ACCOUNT,
    AGENT_CALL,
    CALL,
    CONFERENCE,
    CONTACT,
    FORM_HEADERS,
    NAMES,
    OFFER_QUERY,
    QUERY,
    RID,
    body,
)

MENU = f"{QUERY}&s=main.0"
OLD_OFFER = OFFER_QUERY.replace("%234", "%232")
LEG = f"{AGENT_CALL}:3"
SUPERVISOR_CALL = "CA00000000000000000000000000000005"
SUPERVISOR = f"{CONTACT}!01J0SUPERVISOR"


def tell(
    step: str, query: str, payload: bytes, headers: Mapping[str, str] = FORM_HEADERS
) -> Command:
    return read(step, query, payload, headers, account=ACCOUNT)


def changed(name: str, drop: str = "", **fields: str) -> bytes:
    pairs = [
        (key, fields.pop(key, value))
        for key, value in parse_qsl(body(name).decode(), keep_blank_values=True)
        if key != drop
    ]
    return urlencode([*pairs, *fields.items()]).encode()


def left(reason: str, message: str) -> LegLeft:
    return LegLeft(CONTACT, AGENT_CALL, RID, reason, message)


CASES: list[tuple[str, str, str, Command]] = [
    ("voice", "", "voice", CallArrived("twilio", CALL, "+393330000001", "+390200000001")),
    ("voice", "", "voice_full", CallArrived("twilio", CALL, "+393330000001", "+390200000001")),
    ("voice", "", "voice_browser",
     CallArrived("twilio", CALL, "client:ada.lovelace", "+390200000001")),
    ("voice", "", "voice_withheld_word", CallArrived("twilio", CALL, "", "+390200000001")),
    ("voice", "", "voice_withheld_keypad", CallArrived("twilio", CALL, "", "+390200000001")),
    ("menu", MENU, "menu_digits", InputGiven(CONTACT, CALL, "main.0", "1")),
    ("menu", MENU, "menu_silence", InputGiven(CONTACT, CALL, "main.0", "")),
    ("menu", MENU, "menu_speech",
     InputGiven(CONTACT, CALL, "main.0", speech="vorrei parlare con le vendite")),
    ("wait", QUERY, "wait", WaitContinued(CONTACT, CALL)),
    ("hold", QUERY, "hold", HoldContinued(CONTACT, CALL)),
    ("announce", QUERY, "announce", AnnouncementAsked(CONTACT)),
    ("digits", f"{QUERY}&name=press-01", "announce", DigitsAsked(CONTACT, "press-01")),
    ("left", QUERY, "left_redirected", PresentAsked(CONTACT, CALL)),
    ("left", QUERY, "left_full", PresentAsked(CONTACT, CALL)),
    ("left", QUERY, "left_hangup",
     CallProgressed("twilio", CALL, "completed", True, CONTACT)),
    ("present", QUERY, "present", PresentAsked(CONTACT, CALL)),
    ("present", QUERY, "present_dial_ended", PresentAsked(CONTACT, CALL)),
    ("present", QUERY, "present_ended",
     CallProgressed("twilio", CALL, "completed", True, CONTACT)),
    ("status", "", "status_ringing",
     CallProgressed("twilio", CALL, "ringing", False, None, f"{CALL}:1")),
    ("status", "", "status_completed",
     CallProgressed("twilio", CALL, "completed", True, None, f"{CALL}:3")),
    ("status", QUERY, "status_completed",
     CallProgressed("twilio", CALL, "completed", True, CONTACT, f"{CALL}:3")),
    ("conference", OFFER_QUERY, "leg_ringing", Ignored("an agent's leg on its way")),
    ("conference", OFFER_QUERY, "leg_completed", left("ended", LEG)),
    ("conference", OFFER_QUERY, "leg_no_answer", left("no_answer", LEG)),
    ("conference", OFFER_QUERY, "leg_busy", left("busy", LEG)),
    ("conference", OFFER_QUERY, "leg_failed", left("failed", LEG)),
    ("conference", OFFER_QUERY, "leg_canceled", left("canceled", LEG)),
    ("conference", OFFER_QUERY, "conference_start",
     Ignored("a conference event that changes nothing")),
    ("conference", QUERY, "conference_end",
     Ignored("a conference event that changes nothing")),
    ("conference", OFFER_QUERY, "conference_agent_joined",
     LegJoined(CONTACT, AGENT_CALL, RID, f"{CONFERENCE}:1")),
    # The conference still reports to the address of an earlier offer: the label tells whose.
    ("conference", OLD_OFFER, "conference_agent_joined",
     LegJoined(CONTACT, AGENT_CALL, RID, f"{CONFERENCE}:1")),
    ("conference", QUERY, "conference_agent_joined",
     LegJoined(CONTACT, AGENT_CALL, RID, f"{CONFERENCE}:1")),
    ("conference", OFFER_QUERY, "conference_caller_joined",
     LegJoined(CONTACT, CALL, None, f"{CONFERENCE}:2")),
    ("conference", OFFER_QUERY, "conference_agent_left",
     left("hung_up", f"{CONFERENCE}:4")),
    ("conference", OFFER_QUERY, "conference_agent_released",
     left("conversation_ended", f"{CONFERENCE}:5")),
    ("conference", OFFER_QUERY, "conference_agent_never_came",
     left("no_answer", f"{CONFERENCE}:1")),
    ("conference", OFFER_QUERY, "conference_caller_left",
     LegLeft(CONTACT, CALL, None, "moved", f"{CONFERENCE}:4")),
    ("conference", OFFER_QUERY, "conference_supervisor_joined",
     LegJoined(CONTACT, SUPERVISOR_CALL, SUPERVISOR, f"{CONFERENCE}:3")),
    ("conference", OFFER_QUERY, "conference_supervisor_left",
     LegLeft(CONTACT, SUPERVISOR_CALL, SUPERVISOR, "hung_up", f"{CONFERENCE}:5")),
    ("conference", OFFER_QUERY, "conference_customer_joined",
     LegJoined(CONTACT, OUTBOUND, ATTEMPT, f"{CONFERENCE}:2")),
    *OUTCOMES,
]  # fmt: skip


@pytest.mark.parametrize(("step", "query", "name", "command"), CASES)
def test_a_message_becomes_its_command(step: str, query: str, name: str, command: Command) -> None:
    assert tell(step, query, body(name)) == command


def test_every_kept_message_and_every_step_is_read_above() -> None:
    assert {case[2] for case in CASES} == set(NAMES)
    assert {case[0] for case in CASES} == STEPS


def test_an_answer_is_played_in_the_queue_where_the_caller_stands_there() -> None:
    assert queued("wait", QUERY)
    assert queued("menu", f"{MENU}&q=1")
    assert not queued("menu", MENU)
    assert not queued("present", f"{QUERY}&q=1")
    assert not queued("left", QUERY)


def test_the_carriers_token_names_a_message_without_a_sequence() -> None:
    token = "8f0c2b1e-6d5e-4c1c-9f3b-8f6f1c0f9f11"
    headers = {**FORM_HEADERS, "i-twilio-idempotency-token": token}
    assert tell("voice", "", body("voice"), headers).message == token  # type: ignore[union-attr]
    odd = {**headers, "i-twilio-idempotency-token": "a b\n" * 9}
    assert tell("voice", "", body("voice"), odd).message is None  # type: ignore[union-attr]


def test_a_third_party_s_leg_bears_an_offer_of_its_own_contact() -> None:
    theirs = "ct_ZZZZZZZZZZZZZZZZZZZZZZZZZZ#1"
    joined = tell("conference", QUERY, changed("conference_agent_joined", ParticipantLabel=theirs))
    assert joined == LegJoined(CONTACT, AGENT_CALL, theirs, f"{CONFERENCE}:1")
    query = f"{QUERY}&rid={theirs.replace('#', '%23')}"
    assert tell("conference", query, body("leg_busy")) == LegLeft(
        CONTACT, AGENT_CALL, theirs, "busy", LEG
    )


def test_a_leg_that_left_for_an_unknown_reason_still_left() -> None:
    payload = changed("conference_agent_left", ReasonParticipantLeft="participant_abducted")
    assert tell("conference", OFFER_QUERY, payload) == left("left", f"{CONFERENCE}:4")


@pytest.mark.parametrize("step", ["menu", "wait", "hold", "left", "present"])
@pytest.mark.parametrize("word", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_call_that_is_over_asks_for_nothing(step: str, word: str) -> None:
    command = tell(step, MENU, changed("present", CallStatus=word))
    ended = CallProgressed("twilio", CALL, word.replace("-", "_"), True, CONTACT)
    assert command == ended


def test_a_status_word_we_do_not_know_changes_nothing() -> None:
    assert isinstance(tell("status", "", changed("status_completed", CallStatus="paused")), Ignored)


MALFORMED: list[tuple[str, str, bytes, str]] = [
    ("nowhere", "", body("voice"), "unknown_step"),
    ("voice", "", b"\xff", "malformed_body"),
    ("voice", "", b"a=%e9", "malformed_body"),
    ("voice", "", b"&".join(b"f%d=1" % n for n in range(201)), "malformed_body"),
    ("voice", "", b"a" * (64 * 1024 + 1), "body_too_large"),
    ("voice", "", b"", "missing_field"),
    ("voice", "", changed("voice", AccountSid="AC" + "9" * 32), "wrong_account"),
    ("voice", "", changed("voice", AccountSid="AC1"), "malformed_field"),
    ("voice", "", changed("voice", drop="CallSid"), "missing_field"),
    ("voice", "", changed("voice", CallSid=CALL + "0"), "malformed_field"),
    ("voice", "", changed("voice", CallSid=CALL + "\n"), "malformed_field"),
    ("voice", "", changed("voice", CallSid="CA" + "A" * 32), "malformed_field"),
    ("voice", "", changed("voice", From="+39 333 000"), "malformed_field"),
    ("voice", "", changed("voice", From="+0390000000"), "malformed_field"),
    ("voice", "", changed("voice", From="+٣٩٠٠٠٠٠٠"), "malformed_field"),
    ("voice", "", changed("voice", From="sip:ada@example.com"), "malformed_field"),
    ("voice", "", changed("voice", To="anonymous"), "malformed_field"),
    ("voice", "", body("voice") + b"&To=%2B390200000002", "malformed_field"),
    ("menu", QUERY, body("menu_digits"), "missing_field"),
    ("menu", f"{QUERY}&s=a%20b", body("menu_digits"), "malformed_field"),
    ("menu", MENU, changed("menu_digits", Digits="1w"), "malformed_field"),
    ("wait", "", body("wait"), "missing_field"),
    ("wait", "c=ct_1", body("wait"), "malformed_field"),
    ("wait", f"{QUERY}&c=ct_1", body("wait"), "malformed_field"),
    ("wait", "c=%ff", body("wait"), "malformed_query"),
    ("wait", QUERY, changed("wait", drop="CallStatus"), "missing_field"),
    ("status", "", changed("status_completed", SequenceNumber="-1"), "malformed_field"),
    ("status", "c=nobody", body("status_completed"), "malformed_field"),
    ("conference", QUERY, body("leg_busy"), "missing_field"),
    ("conference", f"{QUERY}&rid={CONTACT}", body("leg_busy"), "malformed_field"),
    ("conference", f"{QUERY}&rid=ct_2%234", body("leg_busy"), "malformed_field"),
    ("conference", f"{QUERY}&rid={CONTACT}%23four", body("leg_busy"), "malformed_field"),
    ("conference", QUERY, changed("conference_agent_joined", ParticipantLabel="x"),
     "malformed_field"),
    ("conference", QUERY, changed("conference_agent_joined", ConferenceSid="CF1"),
     "malformed_field"),
    ("conference", QUERY, changed("conference_agent_joined", drop="CallSid"), "missing_field"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "query", "payload", "code"), MALFORMED)
def test_a_malformed_message_is_refused_with_its_code(
    step: str, query: str, payload: bytes, code: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        tell(step, query, payload)
    assert caught.value.code == code


def test_a_repeated_field_with_one_value_is_that_value() -> None:
    assert tell("voice", "", body("voice") + b"&To=%2B390200000001") == CASES[0][3]


def test_a_body_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidRequest) as caught:
        tell("voice", "", body("voice"), {"content-type": "application/json"})
    assert caught.value.code == "malformed_body"


SECRET = "+393339998887"


@pytest.mark.parametrize(
    ("step", "query", "payload"),
    [
        ("voice", "", changed("voice", From=f"{SECRET} Rossi")),
        ("voice", "", changed("voice", To=f"{SECRET} Rossi")),
        ("voice", "", changed("voice", CallSid=f"{SECRET} Rossi")),
        ("voice", "", changed("voice", AccountSid=f"{SECRET} Rossi")),
        ("menu", MENU, changed("menu_digits", Digits=f"{SECRET} Rossi")),
        ("menu", MENU, changed("menu_digits", CallStatus=f"{SECRET} Rossi")),
        ("wait", f"c={SECRET}Rossi", body("wait")),
        ("conference", f"{QUERY}&rid={SECRET}Rossi", body("leg_busy")),
        ("conference", QUERY, changed("conference_agent_joined", ParticipantLabel=SECRET)),
        ("voice", "", b"From=" + SECRET.encode() + b"Rossi\xff"),
    ],
)
def test_a_refusal_quotes_nothing(step: str, query: str, payload: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        tell(step, query, payload)
    shown = "".join(traceback.format_exception(caught.value, chain=True)[-1:])
    assert SECRET not in shown
    assert "Rossi" not in shown
    assert caught.value.__cause__ is None


names = st.sampled_from(NAMES)
queries = st.sampled_from(["", QUERY, MENU, OFFER_QUERY, "c", "&&", "rid=%23"]) | st.text()
steps = st.sampled_from(sorted(STEPS)) | st.text()


def assert_read_or_refused(
    step: str, query: str, payload: bytes, headers: Mapping[str, str]
) -> None:
    try:
        command = read(step, query, payload, headers, account=ACCOUNT)
    except InvalidRequest:
        return
    assert isinstance(command, Command)


@given(steps, queries, st.binary(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_bytes_are_read_or_refused(
    step: str, query: str, payload: bytes, headers: dict[str, str]
) -> None:
    assert_read_or_refused(step, query, payload, headers)


@given(
    steps,
    queries,
    names,
    st.dictionaries(
        st.sampled_from(
            ["CallSid", "CallStatus", "From", "To", "Digits", "SequenceNumber", "QueueResult",
             "StatusCallbackEvent", "ParticipantLabel", "ConferenceSid", "AccountSid",
             "ParticipantCallStatus", "ReasonParticipantLeft"]
        ),
        st.text(st.characters(exclude_categories=["Cs"])),
        max_size=4,
    ),
)  # fmt: skip
def test_any_change_to_a_real_message_is_read_or_refused(
    step: str, query: str, name: str, fields: dict[str, str]
) -> None:
    assert_read_or_refused(step, query, changed(name, **fields), FORM_HEADERS)


@given(names, st.integers(0, 600), st.binary(max_size=3), steps)
def test_any_damage_to_a_real_message_is_read_or_refused(
    name: str, at: int, damage: bytes, step: str
) -> None:
    payload = body(name)
    damaged = payload[:at] + damage + payload[at + 1 :]
    assert_read_or_refused(step, OFFER_QUERY, damaged, FORM_HEADERS)


def test_somebody_who_leans_on_the_keypad_gives_an_answer_that_is_none() -> None:
    """It is cut, not refused: refused, the caller would hear an error and be cut off."""
    for field, value in (("Digits", "7" * 5_000), ("SpeechResult", "bla " * 5_000)):
        command = read(
            "menu", MENU, changed("menu_digits", **{field: value}), FORM_HEADERS, account=ACCOUNT
        )
        assert isinstance(command, InputGiven)
        assert len(command.digits) + len(command.speech) <= 1_001
        assert Given(command.digits, command.speech).overlong or field == "SpeechResult"


def test_an_answer_is_never_shown() -> None:
    command = read(
        "menu", MENU, changed("menu_digits", Digits="4711"), FORM_HEADERS, account=ACCOUNT
    )
    assert "4711" not in repr(command)
