"""The rule packs and the linter pass, and would not pass anything."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from cfnlint.config import ConfigMixIn, ManualArgs
from cfnlint.runner import Runner

from infra.app import build_app
from infra.constructs import nag
from tests.infra.synthesis import Templates, context, synthesize

REGIONS = ["eu-south-1"]
# CDK itself makes a function depend on the role that it refers to anyway.
MADE_BY_CDK = ["W3005"]


def _stack(app: App, name: str) -> Stack:
    found = app.node.find_child(name)
    assert isinstance(found, Stack)
    return found


@pytest.mark.parametrize("flaw", ["queue", "wildcard"])
def test_a_flaw_fails_the_synthesis(tmp_path: Path, flaw: str) -> None:
    app = build_app(context(), outdir=str(tmp_path))
    stack = _stack(app, "Centralino-Queues")
    if flaw == "queue":
        sqs.Queue(stack, "Bare")
    else:
        role = iam.Role(stack, "Wide", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=["s3:*"], resources=["*"]))
    with pytest.raises(RuntimeError, match="Validation"):
        app.synth()


class _Recorder:
    """Stands where acknowledgements go, and writes down what would have been accepted."""

    def __init__(self) -> None:
        self.accepted: set[tuple[str, str]] = set()

    def acknowledge(self, construct: object, reasons: dict[str, str]) -> None:
        path = construct.node.path  # type: ignore[attr-defined]
        for finding, reason in reasons.items():
            assert len(reason) > 20, finding
            self.accepted.add((path, finding))


def test_every_accepted_finding_is_still_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = _Recorder()
    real = nag.acknowledge
    for module in _modules_that_import(real):
        monkeypatch.setattr(module, "acknowledge", recorder.acknowledge)
    with pytest.raises(RuntimeError, match="Validation"):
        build_app(context(), outdir=str(tmp_path)).synth()
    found = _findings(json.loads((tmp_path / "validation-report.json").read_text()))
    assert len(recorder.accepted) > 20
    for path, finding in sorted(recorder.accepted):
        assert any(
            rule == finding and (where == path or where.startswith(f"{path}/"))
            for where, rule in found
        ), f"{path} accepts {finding}, which nothing finds any more"


def _modules_that_import(function: object) -> list[object]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("infra.") and getattr(module, "acknowledge", None) is function
    ]


def _findings(report: dict[str, object]) -> set[tuple[str, str]]:
    found = set()
    for plugin in report["pluginReports"]:  # type: ignore[attr-defined]
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"]:
                found.add((construct["constructPath"], violation["ruleName"]))
    return found


def _lint(*templates: Path) -> list[str]:
    options = ManualArgs(
        templates=[str(path) for path in templates], regions=REGIONS, ignore_checks=MADE_BY_CDK
    )
    return [str(match) for match in Runner(ConfigMixIn([], **options)).run()]


def test_templates_pass_the_linter(aws_folder: Path, embedded_folder: Path) -> None:
    templates = [*aws_folder.glob("*.template.json"), *embedded_folder.glob("*.template.json")]
    assert len(templates) >= 22
    assert _lint(*sorted(templates)) == []


def test_the_linter_would_not_pass_anything(aws: Templates, tmp_path: Path) -> None:
    template = json.loads(json.dumps(aws.stacks["Centralino-Queues"]))
    queue = next(r for r in template["Resources"].values() if r["Type"] == "AWS::SQS::Queue")
    queue["Properties"]["VisibilityTimeout"] = "soon"
    flawed = tmp_path / "flawed.template.json"
    flawed.write_text(json.dumps(template))
    assert _lint(flawed)


def test_a_second_synthesis_gives_the_same_templates(aws: Templates, tmp_path: Path) -> None:
    assert Templates.read(synthesize({"target": "aws"}, tmp_path)) == aws


def test_nothing_names_an_account_or_a_region(aws: Templates) -> None:
    text = json.dumps(aws.stacks)
    assert not re.search(r"\b(eu|us|ap|sa|ca|me|af)-[a-z]+-\d\b", text)
    assert not re.search(r"\b\d{12}\b", text)
