"""``centralino provider twilio``: what it would set, what it sets, and what it finds wrong."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import boto3
import pytest

from centralino.adapters.telephony.twilio import fallback, numbers
from centralino.domain.errors import TransientDependency
from cli.main import main
from tests.support.going_live import (
    ACCOUNT,
    BUCKET,
    EN,
    FALLBACK,
    IT,
    LINES,
    Live,
)
from tests.unit.cli.provider_words import Terminal, refused, told, told_error, told_json
from tests.unit.contracts.rules_file import edited, text_of

STATUS, VOICE = "/v1/telephony/twilio/status", "/v1/telephony/twilio/voice"
APPLICATION, TRUNK = "AP" + "a" * 32, "TK" + "b" * 32


def ready(side_url: str, language: str) -> dict[str, str]:
    return {
        "VoiceUrl": f"{side_url}{VOICE}",
        "VoiceMethod": "POST",
        "VoiceFallbackUrl": f"{side_url}{FALLBACK}/voice-{language}.xml",
        "VoiceFallbackMethod": "GET",
        "StatusCallback": f"{side_url}{STATUS}",
        "StatusCallbackMethod": "POST",
        "VoiceApplicationSid": "",
        "TrunkSid": "",
    }


# --------------------------------------------------------------------------- plan


def test_a_plan_tells_each_setting_and_sets_none(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    before = deployment.settings(IT)
    found = told_json(capsys, "plan")
    assert [row["line"] for row in found["numbers"]] == ["en", "it"]
    row = found["numbers"][1]
    assert row["number"] == IT
    assert {change["setting"]: change["now"] for change in row["changes"]} == {
        name: value
        for name, value in ready(deployment.side.url, "it").items()
        if before[name] != value
    }
    assert row["changes"][0]["was"] == "https://demo.twilio.com/welcome/voice/"
    assert found["documents"] == [
        {"name": "voice-en.xml", "state": "new"},
        {"name": "voice-it.xml", "state": "new"},
    ]
    assert found["missing"] == []
    assert deployment.settings(IT) == before
    assert deployment.asked("POST") == []
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=BUCKET)


def test_a_plan_for_people_is_a_table_and_a_count(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, "plan")
    assert "VoiceFallbackUrl" in said
    assert said.splitlines()[-1] == "2 of 2 numbers change, 2 of 2 files are written"


def test_the_lines_of_a_file_count_instead_of_those_in_force(
    deployment: Live, two_lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_lines.write_text(text_of(edited("lines", value={"it": LINES["it"]})), encoding="utf-8")
    found = told_json(capsys, "plan", str(two_lines))
    assert [row["line"] for row in found["numbers"]] == ["it"]
    assert [document["name"] for document in found["documents"]] == ["voice-it.xml"]


def test_a_number_that_is_not_the_account_s_names_its_line(
    deployment: Live, two_lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = {**LINES, "lost": {**LINES["en"], "number": "+390200000003"}}
    two_lines.write_text(text_of(edited("lines", value=elsewhere)), encoding="utf-8")
    for arguments in (["plan", str(two_lines)], ["apply", str(two_lines), "--yes"]):
        capsys.readouterr()
        assert main(["provider", "twilio", *arguments]) == 1
        assert capsys.readouterr().err.splitlines() == [
            "centralino: line lost: +390200000003 is not a number of the account "
            f"{ACCOUNT}: buy it, or correct the line"
        ]
    assert deployment.asked("POST") == []
    found = told_json(capsys, "plan", str(two_lines), status=1)
    assert found["missing"] == [{"line": "lost", "number": "+390200000003"}]


def test_many_numbers_are_found_page_by_page(
    deployment: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(numbers, "PAGE_SIZE", 1)
    assert len(told_json(capsys, "plan")["numbers"]) == 2
    assert deployment.asked("GET") == ["/IncomingPhoneNumbers.json"] * 3


def test_a_list_that_does_not_end_is_given_up() -> None:
    class Circle:
        def operation(self) -> Circle:
            return self

        def get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
            return {"incoming_phone_numbers": [], "next_page_uri": f"{path}.json?Page=1"}

    with pytest.raises(TransientDependency, match="does not end"):
        numbers.owned(Circle())  # type: ignore[arg-type]


# --------------------------------------------------------------------------- apply


def test_what_is_applied_is_set_once(deployment: Live, capsys: pytest.CaptureFixture[str]) -> None:
    deployment.put(EN, SmsUrl="https://example.com/sms")
    found = told_json(capsys, "apply", "--yes")
    assert found["changed"] is True
    for number, language in ((IT, "it"), (EN, "en")):
        now = deployment.settings(number)
        expected = ready(deployment.side.url, language)
        assert {name: now[name] for name in expected} == expected
    assert deployment.settings(EN)["SmsUrl"] == "https://example.com/sms"
    assert deployment.settings("+390299999999")["VoiceUrl"].startswith("https://demo.")
    stored = boto3.client("s3").get_object(Bucket=BUCKET, Key="voice-it.xml")
    assert stored["ContentType"] == "application/xml; charset=utf-8"
    assert "max-age=300" in stored["CacheControl"]
    assert len(deployment.asked("POST")) == 2

    assert told_json(capsys, "apply", "--yes")["changed"] is False
    said = told(capsys, "apply", "--yes")
    assert said == "nothing changes: every number calls us and knows its fallback\n"
    again = boto3.client("s3").get_object(Bucket=BUCKET, Key="voice-it.xml")
    assert again["LastModified"] == stored["LastModified"]
    assert len(deployment.asked("POST")) == 2


def test_only_what_differs_is_sent(deployment: Live, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "apply", "--yes")
    deployment.put(IT, VoiceMethod="GET")
    told(capsys, "apply", "--yes")
    entry = deployment.carrier.journal.rest[-1]
    assert dict(entry.params) == {"VoiceMethod": "POST"}


@pytest.mark.parametrize(
    ("setting", "value", "kind"),
    [("VoiceApplicationSid", APPLICATION, "an application"), ("TrunkSid", TRUNK, "a trunk")],
)
def test_what_overrides_our_addresses_is_told_and_taken_away(
    deployment: Live, capsys: pytest.CaptureFixture[str], setting: str, value: str, kind: str
) -> None:
    told(capsys, "apply", "--yes")
    deployment.put(IT, **{setting: value})
    said = told(capsys, "plan")
    assert f"! line it: {kind} takes its calls now; it is taken off the number" in said
    assert f"{setting} is {value}" in told(capsys, "check", status=1)
    told(capsys, "apply", "--yes")
    assert deployment.settings(IT)[setting] == ""


def test_nobody_is_asked_without_a_terminal(
    deployment: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "--yes" in refused(capsys, "apply", status=2)
    assert "--yes" in refused(capsys, "apply", "--json", status=2)
    assert deployment.asked("GET") == []


@pytest.mark.parametrize(("answer", "status", "sent"), [("n\n", 130, 0), ("y\n", 0, 2)])
def test_who_is_asked_decides(
    deployment: Live,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    status: int,
    sent: int,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert main(["provider", "twilio", "apply"]) == status
    assert len(deployment.asked("POST")) == sent


def test_an_apply_that_breaks_off_is_finished_by_the_next(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = deployment.carrier.exchange.faults
    own = deployment.carrier.exchange.numbers.get(IT)
    deployment.thread.apply(lambda _: faults.rest_error(own.sid, times=9))
    assert "the carrier failed with HTTP 503: try again" in told_error(capsys, "apply", "--yes")
    assert deployment.settings(EN)["VoiceFallbackMethod"] == "GET"
    assert deployment.settings(IT)["VoiceFallbackMethod"] == "POST"
    deployment.thread.apply(lambda _: faults.clear())
    told(capsys, "apply", "--yes")
    assert deployment.settings(IT)["VoiceFallbackMethod"] == "GET"


# --------------------------------------------------------------------------- check


def test_a_deployment_that_is_ready_passes(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "apply", "--yes")
    deployment.found["EmergencyNumber"] = "+390266666666"
    told(capsys, "apply", "--yes")
    found = told_json(capsys, "check")
    assert [(one["what"], one["state"]) for one in found] == [
        ("account", "ok"),
        ("line en", "ok"),
        ("line it", "ok"),
        ("webhook", "ok"),
        ("webhook", "ok"),
        ("fallback", "ok"),
        ("fallback", "ok"),
        ("emergency", "ok"),
        ("rate", "note"),
    ]
    assert "POST /v1/telephony/twilio/probe" in deployment.side.asked
    assert f"POST {VOICE}" not in deployment.side.asked


def wrong(capsys: pytest.CaptureFixture[str], what: str, status: int = 1) -> list[str]:
    found = told_json(capsys, "check", status=status)
    return [f"{one['text']}: {one['todo']}" for one in found
            if one["what"] == what and one["state"] == "wrong"]  # fmt: skip


def test_an_emergency_number_that_is_one_of_our_own_lines_is_wrong(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, line in ((IT, "it"), (EN, "en")):
        deployment.found["EmergencyNumber"] = number
        (reason,) = wrong(capsys, "emergency")
        assert f"{number} is the number of line {line}" in reason
    deployment.found["EmergencyNumber"] = "+390266666666"
    assert wrong(capsys, "emergency") == []


def test_nothing_is_set_while_the_emergency_number_is_one_of_our_own_lines(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.found["EmergencyNumber"] = EN
    for command in (("plan",), ("apply", "--yes")):
        told(capsys, *command, status=1)
    deployment.found["EmergencyNumber"] = "+390266666666"
    assert "to set" in told(capsys, "plan") or told_json(capsys, "plan")["numbers"]


def test_before_anything_is_set_each_line_says_what_to_do(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, "check", status=1).splitlines()
    (line,) = (one for one in said if "line it" in one)
    assert line.startswith("wrong line it: +390200000001: VoiceUrl is https://demo.twilio.com")
    assert line.endswith("run `centralino provider twilio apply`")
    assert sum("fallback" in one for one in said) == 2
    assert any(one.startswith("note  emergency: nobody is rung") for one in said)


def test_an_account_that_is_shut_is_told(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    for status in ("suspended", "closed"):
        deployment.carrier.exchange.numbers.account_status = status
        (reason,) = wrong(capsys, "account")
        assert f"is {status}" in reason


def test_a_trial_is_a_note(deployment: Live, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "apply", "--yes")
    deployment.carrier.exchange.numbers.account_type = "Trial"
    found = told_json(capsys, "check")
    assert [one["state"] for one in found if one["what"] == "account"] == ["ok", "note"]


def test_a_token_of_somebody_else_is_told_once(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.write_secret({"account_sid": ACCOUNT, "auth_token": "another"})
    (reason,) = wrong(capsys, "account")
    assert reason.startswith("the carrier refuses the account's SID and token: run `cent")
    assert not any(one["what"].startswith("line") for one in told_json(capsys, "check", status=1))
    line = refused(capsys, "plan", status=1)
    assert line.startswith("centralino: the carrier refuses the account's SID and token")
    assert "another" not in line


@pytest.mark.parametrize("cause", ["token", "address"])
def test_a_signature_that_the_function_does_not_accept_is_told(
    deployment: Live, capsys: pytest.CaptureFixture[str], cause: str
) -> None:
    told(capsys, "apply", "--yes")
    if cause == "token":
        deployment.side.token = "rotated"
    else:
        # It is reached under a name that it was not deployed with.
        deployment.found["PublicUrl"] = deployment.side.url.replace("127.0.0.1", "localhost")
    (reason,) = wrong(capsys, "webhook")
    assert "what the carrier signs is refused" in reason
    assert "public_url" in reason


def test_what_else_answers_at_the_webhook_is_told(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "apply", "--yes")
    for answer, reason in (
        ((500, "application/json", '{"message": "Internal"}'), "answers HTTP 500"),
        ((404, "application/json", '{"message": "Not Found"}'), "answers HTTP 404"),
        ((200, "text/html", "<html/>"), "answers HTTP 200"),
        # It lets everybody in.
        ((400, "application/json", '{"code": "unknown_step"}'), "is not refused (HTTP 400)"),
    ):
        deployment.side.answer = answer
        (found,) = wrong(capsys, "webhook")
        assert reason in found


def test_nobody_at_the_webhook_is_told(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.found["PublicUrl"] = "http://127.0.0.1:1"
    (found,) = wrong(capsys, "webhook")
    assert "no answer" in found


def test_a_fallback_that_would_not_be_heard_is_told(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "apply", "--yes")
    for status, kind, text, reason in (
        (403, "application/xml", "<Error/>", "HTTP 403"),
        (200, "application/octet-stream", "<Response><Hangup/></Response>", "content type"),
        (200, "text/xml", "<Response>", "not XML"),
        (200, "text/xml", "<Other/>", "not TwiML"),
        (200, "text/xml", "<Response/>", "not TwiML"),
        (200, "text/xml", "<Response><Hangup/></Response>", "says something else"),
    ):
        deployment.side.file = (status, kind, text)
        found = wrong(capsys, "fallback")
        assert len(found) == 2
        assert all(reason in one for one in found)


def test_without_lines_nobody_can_call(
    deployment: Live, two_lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_lines.write_text(text_of(edited("lines", value={})), encoding="utf-8")
    assert "nobody can call" in told(capsys, "check", str(two_lines), status=1)


def test_a_carrier_that_is_down_is_told_in_one_line(
    deployment: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TWILIO_API_URL", "http://127.0.0.1:1")
    line = refused(capsys, "plan", status=1)
    assert "cannot be reached: try again" in line


# --------------------------------------------------------------------------- the documents


@pytest.mark.parametrize("language", ["en", "it", "de"])
def test_a_document_leads_nowhere_but_to_the_emergency_number(language: str) -> None:
    text = fallback.document(language, "+390266666666")
    assert "<Number>+390266666666</Number>" in text
    assert "action=" not in text
    assert "http" not in text
    assert text.endswith("<Hangup /></Response>")
    assert "<Dial" not in fallback.document(language)
    assert ("it-IT" in text) == (language == "it")
