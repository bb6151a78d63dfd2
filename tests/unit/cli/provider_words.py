"""What ``centralino provider twilio`` prints, and how it ends."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from cli.main import main


class Terminal(io.StringIO):
    """Standard input with a person at it."""

    def isatty(self) -> bool:
        return True


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["provider", "twilio", *arguments]) == status
    return capsys.readouterr().out


def told_json(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    return json.loads(told(capsys, *arguments, "--json", status=status))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, status: int) -> str:
    capsys.readouterr()
    assert main(["provider", "twilio", *arguments]) == status
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("centralino: ")
    return line


def told_error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(["provider", "twilio", *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line
