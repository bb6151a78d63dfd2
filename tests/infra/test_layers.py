"""The dependency layer holds what functions import, and nothing that they do not need."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import build_layers
from infra.build_layers import LOCK, ROOT, BuildError, build

PRODUCT = ROOT / "layers" / "centralino" / "python"
# The Lambda runtime and the emulator both bring the AWS SDK.
PROVIDED = {"boto3", "botocore", "s3transfer"}
# They read the files a team reviews, on the operator's machine; functions read published documents.
OPERATORS_ONLY = {
    PRODUCT / "centralino" / "contracts" / name
    for name in ("configuration_source.py", "configuration_flow_files.py")
}


@pytest.fixture(scope="module")
def packages() -> Path:
    """Return the packages of the layer as the embedded target gets it."""
    return build("embedded").path / "python"


def _imports(tree: ast.AST) -> Iterator[str]:
    """Top-level modules that run-time code imports; those for type checkers do not count."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        yield from _imports(node)


def test_the_layer_has_every_package_that_the_product_imports(packages: Path) -> None:
    there = {path.name.partition(".")[0] for path in packages.iterdir()}
    own = {"centralino", "handler"}
    missing = {}
    sources = [*PRODUCT.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    assert len(sources) > len(list((ROOT / "functions").iterdir()))
    for source in sources:
        if source in OPERATORS_ONLY:
            continue
        for name in _imports(ast.parse(source.read_text())):
            if name not in there | PROVIDED | own and name not in sys.stdlib_module_names:
                missing[name] = str(source.relative_to(ROOT))
    assert not missing, "add these to layers/dependencies/requirements.in and lock again"


def test_every_handler_starts_on_the_layers_and_the_sdk_alone(
    packages: Path, tmp_path: Path
) -> None:
    sdk = tmp_path / "sdk"
    sdk.mkdir()
    for name in (*PROVIDED, "jmespath", "dateutil", "six", "urllib3"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found = Path(spec.origin)
        found = found.parent if found.name == "__init__.py" else found
        (sdk / found.name).symlink_to(found)
    script = (
        "import importlib.util, pathlib, sys\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*/handler.py')):\n"
        "    spec = importlib.util.spec_from_file_location(f'h_{path.parent.name}', path)\n"
        "    module = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(module)\n"
        "    assert callable(module.handler)\n"
        "    print(path.parent.name)\n"
    )
    done = subprocess.run(
        # Without site packages, as in Lambda.
        [sys.executable, "-S", "-B", "-c", script, str(ROOT / "functions")],
        env={
            "PYTHONPATH": ":".join([str(packages), str(PRODUCT), str(sdk)]),
            "AWS_DEFAULT_REGION": "eu-south-1",
            "POWERTOOLS_SERVICE_NAME": "test",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folders = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
    assert done.stdout.split() == folders


def test_what_is_trimmed_from_twilio_is_not_missed(packages: Path) -> None:
    assert sorted(p.name for p in (packages / "twilio" / "rest").iterdir() if p.is_dir()) == [
        "__pycache__",
        "api",
    ]
    script = (
        "from twilio.request_validator import RequestValidator\n"
        "from twilio.twiml.voice_response import VoiceResponse\n"
        "from twilio.rest import Client\n"
        "client = Client('AC' + '0' * 32, 'token')\n"
        "account = client.api.v2010.accounts('AC' + '0' * 32)\n"
        "print(account.conferences('CF').participants, account.calls('CA'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", script],
        env={"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ParticipantList" in done.stdout


def test_the_layer_leaves_out_what_no_function_needs(packages: Path) -> None:
    names = {path.name for path in packages.iterdir()}
    assert not names & {"boto3", "botocore", "bin", ".lock"}
    assert not [path for path in packages.rglob("*") if path.name in {"tests", "test"}]
    assert not list(packages.glob("*.dist-info/RECORD"))


def test_bytecode_is_ready_and_stays_valid_wherever_it_is_unpacked(packages: Path) -> None:
    compiled = list((packages / "pydantic" / "__pycache__").glob("main.*.pyc"))
    assert len(compiled) == 1
    header = compiled[0].read_bytes()[:8]
    assert header[:4] == importlib.util.MAGIC_NUMBER
    # Bit 0: by hash of the source; bit 1 clear: never compared with it.
    assert int.from_bytes(header[4:], "little") == 0b01


def test_the_lock_is_hashed_and_names_no_place() -> None:
    text = LOCK.read_text()
    assert "://" not in text
    names = [line.partition("==")[0] for line in text.splitlines() if "==" in line]
    assert text.count("--hash=sha256:") > len(names)
    assert not PROVIDED & set(names)


def test_a_build_is_made_once_and_again_when_the_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.txt"
    kept = [block for block in LOCK.read_text().split("\n") if block]
    start = next(i for i, line in enumerate(kept) if line.startswith("six=="))
    end = next(i for i, line in enumerate(kept[start + 1 :], start + 1) if line[0] != " ")
    lock.write_text("\n".join(kept[start:end]) + "\n")
    monkeypatch.setattr(build_layers, "LOCK", lock)
    monkeypatch.setattr(build_layers, "_trim", lambda packages: None)
    root = tmp_path / "layers"
    first = build("embedded", root=root)
    assert first.rebuilt
    assert (first.path / "python" / "six.py").is_file()
    again = build("embedded", root=root)
    assert not again.rebuilt
    assert again.key == first.key
    lock.write_text("# another lock\n" + lock.read_text())
    changed = build("embedded", root=root)
    assert changed.rebuilt
    assert changed.key != first.key


def test_a_build_that_fails_says_what_the_installer_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("six==1.17.0\n")
    monkeypatch.setattr(build_layers, "LOCK", lock)
    root = tmp_path / "layers"
    with pytest.raises(BuildError, match="hash"):
        build("embedded", root=root)
    # Nothing half-made is taken for a layer afterwards.
    assert not (root / "embedded").exists()
    assert not (root / "embedded.key").exists()
    with pytest.raises(BuildError, match="target must be one of"):
        build("azure", root=root)


def test_no_function_reads_the_operators_file() -> None:
    program = "import sys, handler; sys.exit('centralino.contracts.configuration' in sys.modules)"
    for function in sorted((ROOT / "functions").iterdir()):
        path = f"{function}:{PRODUCT}"
        done = subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True
        )
        assert done.returncode == 0, (function.name, done.stderr.decode())
