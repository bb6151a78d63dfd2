"""The guide to a first real call names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from centralino.contracts.configuration import parse, read_text
from cli.main import main
from infra.settings import Settings

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs/guides/your-first-real-call.md"
PAGES = (GUIDE, ROOT / "docs/guides/deploy-to-aws.md", ROOT / "docs/reference/providers/twilio.md")
COMMANDS = sorted(
    {
        tuple(found.split())
        for page in PAGES
        for found in re.findall(r"centralino ((?:provider twilio|config) [a-z]+)", page.read_text())
    }
)


def test_its_rules_are_taken_and_speak_both_languages() -> None:
    file = ROOT / "docs/examples/first-call.yaml"
    assert str(file.relative_to(ROOT)) in GUIDE.read_text()
    rules = parse(read_text(file), str(file), 1)
    assert list(rules.lines) == ["main"]
    assert rules.business_units["shop"].languages == ("en", "it")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_its_commands_exist(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    assert command[-1] in capsys.readouterr().out


def test_its_settings_exist() -> None:
    for name, value in re.findall(r"-c ([a-z_]+)=(\S+?)[`\s]", GUIDE.read_text()):
        assert hasattr(Settings(), name), name
        if "..." not in value:
            assert getattr(Settings.from_context({name: value}), name) == value


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_its_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", page.read_text()):
        if target.startswith("http"):
            continue
        other = (page.parent / target).resolve() if target else page
        assert other.is_file(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", other.read_text(), re.MULTILINE)
            known = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in known, anchor
