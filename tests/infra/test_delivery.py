"""Customers are written to by the timers' function alone, from our own number and address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.app import build_app

POOL = "pool-" + "0" * 31 + "1"


def statements(folder: Path, stack: str) -> list[dict[str, object]]:
    """Return what the roles of a stack allow."""
    template = json.loads((folder / f"{stack}.template.json").read_text())
    return [
        statement
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    given = {
        "sms": "aws",
        "sms_sender": POOL,
        "email": "ses",
        "email_sender": "us@mail.example.com",
    }
    build_app(given, outdir=str(folder)).synth()
    return folder


def test_only_our_own_number_and_address_may_be_sent_from(written: Path) -> None:
    found = {
        str(statement["Action"]): json.dumps(statement["Resource"])
        for statement in statements(written, "Centralino-Routing")
        if str(statement["Action"]).startswith(("sms-voice:", "ses:"))
    }
    assert set(found) == {"sms-voice:SendTextMessage", "ses:SendEmail"}
    assert f"pool/{POOL}" in found["sms-voice:SendTextMessage"]
    assert "identity/us@mail.example.com" in found["ses:SendEmail"]
    assert "identity/mail.example.com" in found["ses:SendEmail"]
    assert "*" not in found["sms-voice:SendTextMessage"] + found["ses:SendEmail"]


def test_the_door_of_strangers_cannot_write_to_anybody(written: Path) -> None:
    allowed = json.dumps(statements(written, "Centralino-Public"))
    assert "sms-voice" not in allowed
    assert "ses:" not in allowed
