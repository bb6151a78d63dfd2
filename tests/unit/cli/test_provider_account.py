"""Which account and deployment ``centralino provider twilio`` works on, and how it gets there."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from centralino.adapters.dynamodb.tables import Tables
from cli.main import main
from tests.support.going_live import ACCOUNT, TOKEN, Live, live
from tests.unit.cli.provider_words import Terminal, refused, told, told_json
from tests.unit.contracts.rules_file import FULL, text_of


def test_the_account_in_the_environment_goes_first(
    deployment: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.write_secret({"account_sid": ACCOUNT, "auth_token": "another"})
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    assert len(told_json(capsys, "plan")["numbers"]) == 2


def test_half_an_account_is_bad_input(
    deployment: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for sid, token, reason in (
        (ACCOUNT, "", "go together"),
        ("AC1", TOKEN, "32 hexadecimal digits"),
    ):
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", sid)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)
        assert reason in refused(capsys, "plan", status=2)


def test_a_secret_that_was_never_written_says_where_it_is(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    never = {"account_sid": "REPLACE-WITH-ACCOUNT-SID", "auth_token": "x"}
    for secret in (never, "sesame", "[]", {}):
        deployment.write_secret(secret)
        line = refused(capsys, "plan", status=1)
        assert deployment.secret_arn in line
        assert "sesame" not in line


def test_a_deployment_from_before_says_what_it_lacks(
    deployment: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    del deployment.found["FallbackUrl"]
    assert "no output FallbackUrl" in refused(capsys, "check", status=1)


def test_a_bad_file_is_bad_input(
    deployment: Live, two_lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_lines.write_text(text_of({**FULL, "lines": {"it": {"number": "02"}}}), encoding="utf-8")
    capsys.readouterr()
    assert main(["provider", "twilio", "plan", str(two_lines)]) == 2
    assert str(two_lines) in capsys.readouterr().err


def test_rules_that_were_never_published_are_told(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(monkeypatch):
        assert "centralino config apply" in refused(capsys, "check", status=1)


# --------------------------------------------------------------------------- connect


def stored(deployment: Live) -> Any:
    client = boto3.client("secretsmanager")
    return json.loads(client.get_secret_value(SecretId=deployment.secret_arn)["SecretString"])


def test_an_account_that_the_carrier_knows_is_put_into_the_secret(
    deployment: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.write_secret({"account_sid": "REPLACE-WITH-ACCOUNT-SID", "auth_token": "x"})
    answers = iter([f" {ACCOUNT} ", TOKEN])
    hidden: list[bool] = []

    def prompt(_: str, hide_input: bool = False) -> str:
        hidden.append(hide_input)
        return next(answers)

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("typer.prompt", prompt)
    said = told(capsys, "connect")
    assert said.startswith(f"{ACCOUNT} is in {deployment.secret_arn}")
    assert TOKEN not in said
    assert hidden == [False, True]
    assert stored(deployment) == {"account_sid": ACCOUNT, "auth_token": TOKEN}
    assert len(told_json(capsys, "plan")["numbers"]) == 2


def test_an_account_that_cannot_be_right_is_not_written(
    deployment: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(deployment)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for sid, token, status, reason in (
        (ACCOUNT, "another", 1, "the carrier refuses the account's SID and token"),
        ("AC1", TOKEN, 2, "32 hexadecimal digits"),
        (ACCOUNT, "", 2, "go together"),
        ("", "", 2, "nobody can be asked here"),
    ):
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", sid)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)
        assert reason in refused(capsys, "connect", status=status)
        assert stored(deployment) == before
