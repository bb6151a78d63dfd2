"""``centralino config``: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from centralino.adapters.dynamodb.configuration import DynamoConfiguration
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.memory.world import world
from centralino.adapters.system import RandomIds, SystemClock
from centralino.application import agents
from centralino.application.app import App
from centralino.application.publishing import Office
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.releases import Release, renumbered
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact
from cli import outputs
from cli.commands import config
from cli.main import main
from tests.support.centre import configuration
from tests.unit.contracts.rules_file import FULL, edited, text_of
from tests.unit.domain.contacts.test_lifecycle import ID, started


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The file under review."""
    path = tmp_path / "rules.yaml"
    path.write_text(text_of(FULL), encoding="utf-8")
    return path


@pytest.fixture
def applied(tables: Tables, rules: Path) -> Tables:
    """A deployment with version 1 in force."""
    assert main(["config", "apply", str(rules), "--yes", "--by", "ada", "--note", "first"]) == 0
    return tables


def write(rules: Path, *path: str | int, value: Any) -> None:
    rules.write_text(text_of(edited(*path, value=value)), encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["config", *arguments]) == status
    return capsys.readouterr().out


def told_json(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    return json.loads(told(capsys, *arguments, "--json", status=status))


def without_queue(name: str) -> str:
    tree = edited("routing_profiles", "all", "queues", value=["sales"])
    tree["queues"]["sales"]["overflow"] = []
    del tree["queues"][name]
    return text_of(tree)


# --------------------------------------------------------------------------- plan


def test_a_plan_reads_like_a_review(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(rules, "queues", "sales", "offer_timeout", value="15s")
    assert told(capsys, "plan", str(rules)).splitlines() == [
        "against version 1, in force now:",
        "queues",
        "  ~ sales",
        "      offer_timeout: 20 s -> 15 s",
        "0 added, 1 changed, 0 removed",
    ]
    told(capsys, "plan", str(rules), "--exit-code", status=1)
    assert told_json(capsys, "history")[0]["version"] == 1


def test_a_plan_without_changes_says_so(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, "plan", str(rules), "--exit-code")
    assert said == "nothing changes: version 1 is in force and says the same\n"


def test_a_plan_as_json_is_json_only(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules.write_text(without_queue("support"), encoding="utf-8")
    found = told_json(capsys, "plan", str(rules))
    assert found["base"] == 1
    assert {"kind": "-", "section": "queues", "id": "support", "details": []} in found["changes"]
    (profile,) = [c for c in found["changes"] if c["section"] == "profiles"]
    assert profile["details"][0]["field"] == "queues"
    assert found["warnings"] == [
        "queue support is removed: whoever still comes to it goes to queue sales"
    ]
    assert found["refusals"] == []


def test_a_plan_against_nothing_adds_everything(
    tables: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, "plan", str(rules)).splitlines()
    assert said[0] == "against no rules, in force now:"
    assert "  + sales" in said
    assert re.fullmatch(r"\d+ added, 0 changed, 0 removed", said[-1])


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("plans", "voice", "steps", 0, "skills"), {"x": 1}, "unknown skill 'x'"),
        (("routing_profiles", "all", "queues", 0), "x", "unknown queue 'x'"),
        (("flows", "main", "steps", "queue", "queue"), "x", "unknown queue 'x'"),
        (("queues", "sales", "overflow", 1, "queue"), "sales", "cannot overflow into itself"),
        (
            ("queues", "support", "overflow"),
            [{"when": "full", "limit": 5, "action": "queue", "queue": "sales"}],
            "goes in circles: sales -> support -> sales",
        ),
        (("hours", "office", "week"), {}, "these hours never open"),
        (("hours", "office", "holidays"), "ZZ", "unknown holiday calendar 'ZZ'"),
    ],
    ids=["skill", "queue", "queue of a flow", "itself", "circle", "hours", "calendar"],
)
def test_a_bad_file_is_refused_whole_with_file_line_and_reason(
    applied: Tables,
    rules: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    path: tuple[str | int, ...],
    value: Any,
    problem: str,
) -> None:
    tree = edited(*path, value=value)
    if path[-1] == "week":
        tree["hours"]["office"]["days"] = {}
    rules.write_text(text_of(tree), encoding="utf-8")
    capsys.readouterr()
    assert main(["config", command[0], str(rules), *command[1:]]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.match(rf"centralino: {re.escape(str(rules))}:\d+: ", said.err)
    assert problem in said.err
    assert told_json(capsys, "history")[0]["version"] == 1


def test_every_problem_is_told_on_a_line_of_its_own(
    tables: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = edited("queues", "sales", "hours", value="x")
    tree["lines"]["it"]["flow"] = "y"
    rules.write_text(text_of(tree), encoding="utf-8")
    assert main(["config", "plan", str(rules)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all(line.startswith(f"centralino: {rules}:") for line in said)


def test_a_bad_file_needs_no_deployment(
    monkeypatch: pytest.MonkeyPatch, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outputs, "read", nowhere)
    rules.write_text("queues: {}\n", encoding="utf-8")
    assert main(["config", "plan", str(rules)]) == 2
    assert main(["config", "plan", "/nowhere.yaml"]) == 2
    assert "/nowhere.yaml:1: No such file" in capsys.readouterr().err


# --------------------------------------------------------------------------- apply


def test_an_applied_file_is_in_force_and_in_history(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(rules, "queues", "sales", "tier", value=3)
    said = told(capsys, "apply", str(rules), "--yes", "--note", "sales first")
    assert said.splitlines()[-1] == "version 2 is in force, everywhere within 30 s"
    assert DynamoConfiguration(applied, SystemClock()).current().queues["sales"].tier == 3
    second, first = told_json(capsys, "history")
    assert (second["version"], second["base"], second["note"]) == (2, 1, "sales first")
    assert second["by"].startswith("arn:aws:")
    assert (first["by"], first["note"]) == ("ada", "first")
    assert told(capsys, "history", "--limit", "1").count("\n") == 1


def test_on_an_embedded_cloud_the_user_is_who_applies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("LOGNAME", "grace")
    assert config._caller() == "grace"


def test_applying_again_changes_nothing(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told_json(capsys, "apply", str(rules), "--yes")
    assert (found["version"], found["changed"]) == (1, False)
    assert len(told_json(capsys, "history")) == 1


def test_where_nobody_can_be_asked_yes_is_needed(
    applied: Tables,
    rules: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(rules, "queues", "sales", "tier", value=3)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    told(capsys, "apply", str(rules), status=2)
    told(capsys, "apply", str(rules), "--json", status=2)
    assert len(told_json(capsys, "history")) == 1


@pytest.mark.parametrize(("answer", "status", "versions"), [("y\n", 0, 2), ("n\n", 130, 1)])
def test_a_person_is_asked_after_the_plan(
    applied: Tables,
    rules: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    status: int,
    versions: int,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    write(rules, "queues", "sales", "tier", value=3)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    said = told(capsys, "apply", str(rules), status=status)
    assert said.index("tier: 5 -> 3") < said.index("Put this in force?")
    assert len(told_json(capsys, "history")) == versions


def test_who_published_meanwhile_is_not_overwritten(
    applied: Tables,
    rules: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(rules, "queues", "sales", "tier", value=3)
    real = config._planned

    def overtaken(office: Office, draft: Any) -> Any:
        plan = real(office, draft)
        base = plan.base
        assert base is not None
        office.releases.put_in_force(Release(renumbered(base.rules, 2), 1, 5, "grace"))
        return plan

    monkeypatch.setattr(config, "_planned", overtaken)
    assert main(["config", "apply", str(rules), "--yes"]) == 1
    err = capsys.readouterr().err
    assert err == "centralino: version 2 by grace came into force meanwhile: plan again\n"
    assert DynamoConfiguration(applied, SystemClock()).current().queues["sales"].tier == 5


def waits(tables: Tables, queue: str) -> Contact:
    """Let a contact wait in a queue of the deployment."""
    store = DynamoStore(tables, RandomIds())
    first = started()
    contact = lifecycle.enqueue(
        first, pool="sales", queue=queue, plan="voice", now=2_000, cause="x"
    )
    for version in (first, contact):
        store.save_contact(version)
    return contact


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
def test_rules_that_would_leave_a_caller_behind_are_refused(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert waits(applied, "support").id == ID
    rules.write_text(without_queue("support"), encoding="utf-8")
    capsys.readouterr()
    assert main(["config", command[0], str(rules), *command[1:]]) == 2
    said = capsys.readouterr()
    assert said.err == (
        "centralino: queue support is removed while 1 contact waits in it: publish first that "
        "no flow leads to it, and remove it once it is empty\n"
    )
    assert "  - support" in said.out
    assert told_json(capsys, "history")[0]["version"] == 1


def test_rules_that_would_hide_an_agent_are_refused(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = config._office()
    port = office.releases
    assert isinstance(port, DynamoConfiguration)
    outside = world(configuration()).app
    app = App(
        store=office.store,
        operations=office.operations,
        configuration=port,
        timers=outside.timers,
        nudges=outside.nudges,
        realtime=outside.realtime,
        media=outside.media,
        clock=office.clock,
        ids=outside.ids,
        log=outside.log,
    )
    agents.register(app, Agent("ag_ann", AgentState.OFFLINE, "acme", "", "all"), "test")
    agents.set_state(app, "ag_ann", AgentState.ROUTABLE, None, "test")
    tree = edited("routing_profiles", value={"every": FULL["routing_profiles"]["all"]})
    rules.write_text(text_of(tree), encoding="utf-8")
    assert main(["config", "plan", str(rules)]) == 2
    assert "routing profile all is removed while 1 agent is signed in" in capsys.readouterr().err


# --------------------------------------------------------------------------- rollback, show


def test_a_rollback_brings_rules_back_as_a_new_version(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = rules.read_text(encoding="utf-8")
    write(rules, "queues", "sales", "tier", value=3)
    told(capsys, "apply", str(rules), "--yes")
    found = told_json(capsys, "rollback", "--yes", "--note", "too hasty")
    assert (found["version"], found["base"], found["restores"]) == (3, 2, 1)
    assert DynamoConfiguration(applied, SystemClock()).current().queues["sales"].tier == 5
    assert told(capsys, "show") == first
    assert told(capsys, "show", "2") == rules.read_text(encoding="utf-8")
    lines = told(capsys, "history").splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert lines[0].endswith("(the rules of version 1)  too hasty")


def test_show_tells_who_published_apart_from_the_file(
    applied: Tables, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["config", "show"]) == 0
    said = capsys.readouterr()
    assert said.out == rules.read_text(encoding="utf-8")
    assert said.err.split()[0] == "1"
    assert "ada" in said.err
    found = told_json(capsys, "show", "1")
    assert found["rules"]["queues"]["support"]["sla_percent"] == 70
    assert found["source"] == said.out


@pytest.mark.parametrize(
    "arguments", [["show", "9"], ["rollback", "9", "--yes"], ["rollback", "--yes"]]
)
def test_a_version_that_is_not_there_is_bad_input(
    applied: Tables, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["config", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_before_anything_is_published(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "history") == "no rules have been published\n"
    assert told_json(capsys, "history") == []
    told(capsys, "show", status=2)


def nowhere() -> dict[str, str]:
    raise outputs.NotDeployed("no Centralino stack is deployed here")


def test_nothing_deployed_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outputs, "read", nowhere)
    for arguments in (["plan", str(rules)], ["history"], ["rollback", "--yes"]):
        assert main(["config", *arguments]) == 1
        assert capsys.readouterr().err == "centralino: no Centralino stack is deployed here\n"
