"""A function is one name in every folder: code, deployment, unit test, documentation."""

from __future__ import annotations

import re

import pytest

from infra.build_layers import ROOT
from tests.infra.synthesis import Templates

FOLDERS = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir())
NAMES = [name for name in FOLDERS if name != "__pycache__"]
# A row of README's table of functions: its name, its trigger, what it does.
ROW = re.compile(
    r"^\| `(?P<name>[a-z_]+)` \| [^|\n]*\S[^|\n]* \| [^|\n]*\S[^|\n]* \|$", re.MULTILINE
)


def test_there_are_functions() -> None:
    assert len(NAMES) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_deployed(aws: Templates, name: str) -> None:
    assert name in aws.functions()


@pytest.mark.parametrize("name", NAMES)
def test_a_function_has_a_row_in_the_readme(name: str) -> None:
    rows = [match["name"] for match in ROW.finditer((ROOT / "README.md").read_text())]
    assert rows.count(name) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_function_has_unit_tests(name: str) -> None:
    path = ROOT / "tests" / "unit" / "functions" / f"test_{name}.py"
    assert path.is_file()
    assert "def test_" in path.read_text()


def test_the_readme_describes_no_function_that_is_gone() -> None:
    rows = {match["name"] for match in ROW.finditer((ROOT / "README.md").read_text())}
    assert rows == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_handler_only_parses_calls_and_answers(name: str) -> None:
    folder = ROOT / "functions" / name
    files = [path for path in folder.iterdir() if path.name != "__pycache__"]
    assert [path.name for path in files] == ["handler.py"]
    assert len((folder / "handler.py").read_text().splitlines()) <= 40
