"""What happens before and after `cdk deploy`: the assembly's cache, the outputs, the errors."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from local.cloud import assembly, cdk
from local.cloud.deployment import Tables, read_outputs
from local.cloud.environment import fingerprint as environment_fingerprint
from local.cloud.errors import OutputsError, SynthesisError
from local.cloud.progress import Progress
from tests.support.cloud import CloudSession, docker_engine

CONTEXT = {"target": "embedded", "endpoint": "http://127.0.0.1:4570"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The part of a checkout that an assembly is made from."""
    for name in ("infra/app.py", "functions/routing/handler.py", "layers/centralino/x.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("# as it was\n")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "layer.txt").write_text("pydantic==2\n")
    (tmp_path / "cdk.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    "changed",
    ["infra/app.py", "functions/routing/handler.py", "layers/centralino/x.py", "cdk.json"],
)
def test_any_change_of_a_source_makes_a_new_assembly(checkout: Path, changed: str) -> None:
    before = assembly.fingerprint(CONTEXT, checkout)
    (checkout / changed).write_text("# changed\n")
    assert assembly.fingerprint(CONTEXT, checkout) != before


def test_the_address_and_a_new_file_count_and_compiled_files_do_not(checkout: Path) -> None:
    before = assembly.fingerprint(CONTEXT, checkout)
    assert assembly.fingerprint({**CONTEXT, "endpoint": "http://127.0.0.1:1"}, checkout) != before
    compiled = checkout / "infra" / "__pycache__" / "app.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"\0")
    assert assembly.fingerprint(CONTEXT, checkout) == before
    (checkout / "functions" / "routing" / "new.py").write_text("")
    assert assembly.fingerprint(CONTEXT, checkout) != before


def test_a_true_assembly_is_used_again_and_only_the_latest_are_kept(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[list[str]] = []

    def synth(arguments: list[str], **_: object) -> str:
        runs.append(arguments)
        Path(arguments[arguments.index("--output") + 1]).mkdir()
        return ""

    monkeypatch.setattr(assembly, "ASSEMBLIES", tmp_path / "assemblies")
    monkeypatch.setattr(assembly, "run_cdk", synth)
    quiet = Progress(quiet=True)
    first = assembly.synthesize(CONTEXT, quiet, root=checkout)
    assert assembly.synthesize(CONTEXT, quiet, root=checkout) == first
    assert len(runs) == 1
    for port in range(10):
        context = {**CONTEXT, "endpoint": f"http://127.0.0.1:{port}"}
        latest = assembly.synthesize(context, quiet, root=checkout)
    kept = set((tmp_path / "assemblies").iterdir())
    assert latest in kept
    assert first not in kept
    assert len(kept) <= 4


def test_an_interrupted_synthesis_leaves_nothing_to_trust(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def synth(arguments: list[str], **_: object) -> str:
        Path(arguments[arguments.index("--output") + 1]).mkdir()
        raise SynthesisError("cdk synth failed")

    monkeypatch.setattr(assembly, "ASSEMBLIES", tmp_path / "assemblies")
    monkeypatch.setattr(assembly, "run_cdk", synth)
    with pytest.raises(SynthesisError):
        assembly.synthesize(CONTEXT, Progress(quiet=True), root=checkout)
    assert list((tmp_path / "assemblies").iterdir()) == []


def test_a_failing_command_shows_the_end_of_its_output() -> None:
    with pytest.raises(SynthesisError, match=r"cdk synth failed:\n.*no-such-app"):
        cdk.run_cdk(["synth", "--app", "no-such-app"], error=SynthesisError)


def test_a_missing_command_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cdk, "CDK_CLI", tmp_path / "cdk")
    with pytest.raises(SynthesisError, match="npm ci"):
        cdk.run_cdk(["synth"], error=SynthesisError)


def test_the_package_offers_functions_not_the_modules_they_live_in() -> None:
    import local.cloud.deploying
    import local.cloud.state

    for name in local.cloud.__all__:
        assert callable(getattr(local.cloud, name)), name


def test_missing_outputs_are_all_named(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({"Centralino-Api": {"HttpApiUrl": "http://x/"}}))
    with pytest.raises(OutputsError) as refused:
        read_outputs(outputs, "http://127.0.0.1:4570")
    message = str(refused.value)
    assert "ContactsTableName" in message
    assert "OutboxRelayFunctionName" in message
    assert "HttpApiUrl" not in message


def test_the_emulators_environment_is_rebuilt_when_its_lock_changes(tmp_path: Path) -> None:
    lock = tmp_path / "embedded.txt"
    lock.write_text("ministack==1\n")
    before = environment_fingerprint(lock)
    assert environment_fingerprint(lock) == before
    lock.write_text("ministack==2\n")
    assert environment_fingerprint(lock) != before


def test_tables_of_a_test_are_empty_and_its_own(
    tables: Tables, cloud_session: CloudSession
) -> None:
    dynamodb = cloud_session.client("dynamodb")
    for name in (tables.contacts, tables.agents, tables.config, tables.ops):
        assert dynamodb.scan(TableName=name)["Count"] == 0
    dynamodb.put_item(
        TableName=tables.contacts,
        Item={"c": {"S": "ct_1"}, "wpk": {"S": "p"}, "wsk": {"S": "1"}, "ver": {"N": "1"}},
    )
    found = dynamodb.query(
        TableName=tables.contacts,
        IndexName="waiting",
        KeyConditionExpression="wpk = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
    )
    assert found["Items"][0]["ver"] == {"N": "1"}


def test_a_docker_command_without_an_engine_is_noticed_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    started = time.monotonic()
    assert docker_engine() is None
    assert time.monotonic() - started < 3
