"""``centralino customer``: whole files, told by line what is wrong with them, and forgetting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.system import SystemClock
from centralino.application import customers
from centralino.domain import ids
from cli import outputs
from cli.main import main

KEY = "k" * 64
ANN, BOB = "+393330000001", "+393330000002"


@dataclass(frozen=True)
class Directory:
    operations: DynamoOperations

    def of(self, number: str) -> dict[str, str]:
        """Return what a flow would find of a caller."""
        return customers.known(self, ids.subject_id(KEY.encode(), "phone", number))


@pytest.fixture
def directory(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Directory:
    made = boto3.client("secretsmanager").create_secret(Name="identity", SecretString=KEY)
    found = {**outputs.read(), "IdentitySecretArn": made["ARN"]}
    monkeypatch.setattr(outputs, "read", lambda: found)
    return Directory(DynamoOperations(tables, SystemClock()))


def write(path: Path, text: str) -> str:
    file = path / "customers.csv"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_each_row_is_what_flows_find_of_its_number(directory: Directory, tmp_path: Path) -> None:
    file = write(tmp_path, f"number,segment,language\n{ANN},gold,it\n{BOB},,en\n")
    assert main(["customer", "import", file]) == 0
    assert directory.of(ANN) == {"segment": "gold", "language": "it"}
    assert directory.of(BOB) == {"language": "en"}
    assert directory.of("+393330000003") == {}


def test_a_later_file_takes_the_place_of_an_earlier_one(
    directory: Directory, tmp_path: Path
) -> None:
    for segment in ("gold", "silver"):
        file = write(tmp_path, f"number,segment\n{ANN},{segment}\n")
        assert main(["customer", "import", file]) == 0
    assert directory.of(ANN) == {"segment": "silver"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("phone,segment\n+393330000001,gold\n", "no column 'number'"),
        (f"number,segment\n{ANN},gold\n333,gold\n", ":3: no number in E.164"),
        (f"number,segment\n{ANN},gold\n{ANN},gold\n", ":3: the number is in line 2"),
        (f"number,Segment\n{ANN},gold\n", ":2: the field 'Segment'"),
        (f"number,segment\n{ANN},{'x' * 81}\n", ":2: the field 'segment'"),
        (f"number,segment\n{ANN},gold,more\n", ":2: more cells"),
    ],
)
def test_a_file_with_a_wrong_line_changes_nothing(
    directory: Directory,
    tmp_path: Path,
    text: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["customer", "import", write(tmp_path, text)]) == 2
    told = capsys.readouterr().err.strip()
    assert words in told
    assert len(told.splitlines()) == 1
    assert directory.of(ANN) == {}


def test_a_file_that_is_not_there_or_no_text(
    directory: Directory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["customer", "import", str(tmp_path / "absent.csv")]) == 2
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00number")
    assert main(["customer", "import", str(binary)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_customer_is_forgotten(directory: Directory, tmp_path: Path) -> None:
    assert main(["customer", "import", write(tmp_path, f"number,segment\n{ANN},gold\n")]) == 0
    assert main(["customer", "forget", ANN]) == 0
    assert directory.of(ANN) == {}
    assert main(["customer", "forget", "ann"]) == 2
