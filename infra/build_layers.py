"""Build the dependency layer without Docker and keep it by the hash of what went in.

Decides how third-party packages become ``build/layers/<target>/python``: which interpreter and
platform they are for, what is left out, and when a build can be used again. Never touches the
product's own layer, which is packaged as it stands.

    python -m infra.build_layers --target embedded
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.settings import TARGETS

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "layers" / "dependencies" / "requirements.txt"
BUILD = ROOT / "build" / "layers"

AWS_PLATFORM = "aarch64-manylinux2014"
AWS_PYTHON = "3.13"

# Raised when the steps below change, so that an older build is not taken for a current one.
_RECIPE = "1"
# twilio ships a client for each of its products and imports each on first use; the contact
# centre speaks to `api` (calls, conferences) alone, and the rest is a third of the layer.
_TWILIO_KEPT = frozenset({"api", "__pycache__"})


class BuildError(RuntimeError):
    """The layer could not be built; the message is what the package installer said."""


@dataclass(frozen=True)
class BuiltLayer:
    """A layer folder ready to be packaged.

    Attributes
    ----------
    path
        Folder that becomes ``/opt``; it holds ``python/``.
    key
        Hash of everything the content depends on.
    rebuilt
        Whether this call had to build it.
    """

    path: Path
    key: str
    rebuilt: bool


def build(target: str, *, python: str | None = None, root: Path = BUILD) -> BuiltLayer:
    """Build the layer for a target, or find it already built.

    Parameters
    ----------
    target
        ``aws`` (arm64, Python 3.13) or ``embedded`` (the given interpreter).
    python
        Interpreter that will run the embedded functions; the running one by default.
    root
        Where builds are kept.

    Raises
    ------
    BuildError
        If the installer fails.
    """
    if target not in TARGETS:
        raise BuildError(f"target must be one of {', '.join(TARGETS)}, not {target!r}")
    interpreter = find_aws_compiler() if target == "aws" else (python or sys.executable)
    platform = _describe(interpreter) if interpreter else "no bytecode"
    lock = LOCK.read_bytes()
    parts = [_RECIPE, target, AWS_PLATFORM if target == "aws" else "", platform]
    key = hashlib.sha256("\n".join(parts).encode() + b"\n" + lock).hexdigest()
    folder = root / target
    with _alone(root, target):
        stamp = root / f"{target}.key"
        if folder.is_dir() and stamp.is_file() and stamp.read_text() == key:
            return BuiltLayer(folder, key, rebuilt=False)
        fresh = root / f"{target}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        packages = fresh / "python"
        _install(target, packages, interpreter)
        _trim(packages)
        if interpreter:
            _compile(interpreter, packages)
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        stamp.write_text(key)
    return BuiltLayer(folder, key, rebuilt=True)


@contextmanager
def _alone(root: Path, target: str) -> Iterator[None]:
    """Hold the target's lock: a synthesis and a launcher may ask for a build at once."""
    root.mkdir(parents=True, exist_ok=True)
    with open(root / f"{target}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _install(target: str, packages: Path, interpreter: str | None) -> None:
    # The lock is complete and hashed, so nothing is resolved here: what boto3 would add is in
    # the Lambda runtime already.
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"]
    command += ["--target", str(packages), "--requirement", str(LOCK)]
    if target == "aws":
        command += ["--python-platform", AWS_PLATFORM, "--python-version", AWS_PYTHON]
    elif interpreter:
        command += ["--python", interpreter]
    _run(command)


def _trim(packages: Path) -> None:
    """Leave out what no function imports and what would differ from one machine to the next."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
    for domain in (packages / "twilio" / "rest").iterdir():
        if domain.is_dir() and domain.name not in _TWILIO_KEPT:
            shutil.rmtree(domain)
    for tests in [*packages.glob("*/tests"), *packages.glob("*/test")]:
        shutil.rmtree(tests)
    for records in packages.glob("*.dist-info/RECORD"):
        records.unlink()
    for cached in packages.rglob("__pycache__"):
        shutil.rmtree(cached)


def _compile(interpreter: str, packages: Path) -> None:
    # /opt is read-only, so without bytecode every cold start would compile every module again.
    # Unchecked hashes stay valid whatever modification times unpacking gives.
    command = [interpreter, "-I", "-m", "compileall", "-q", "-j", "2"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(packages), "-p", "/opt/python"]
    _run([*command, str(packages)])


def find_aws_compiler() -> str | None:
    """Find an interpreter of the deployed version: only its bytecode is of use there."""
    found = shutil.which(f"python{AWS_PYTHON}")
    if found is None:
        return None
    # A version manager's shim is on the PATH even when it has nothing to run.
    works = subprocess.run([found, "-c", ""], capture_output=True, check=False)  # noqa: S603
    return found if works.returncode == 0 else None


def _describe(interpreter: str) -> str:
    script = (
        "import sys, sysconfig, importlib.util as u;"
        "print(sys.implementation.cache_tag, sysconfig.get_platform(), u.MAGIC_NUMBER.hex())"
    )
    return _run([interpreter, "-I", "-c", script]).strip()


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - commands are built here, from no outside text
            command, capture_output=True, text=True, check=False, cwd=ROOT
        )
    except OSError as error:
        raise BuildError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise BuildError((done.stderr or done.stdout).strip() or f"{command[0]} failed")
    return done.stdout


def main(argv: list[str] | None = None) -> int:
    """Run the build from the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.build_layers", description=__doc__)
    parser.add_argument("--target", choices=TARGETS, required=True)
    parser.add_argument("--python", help="interpreter of the embedded functions")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    options = parser.parse_args(argv)
    try:
        built = build(options.target, python=options.python)
    except (BuildError, OSError) as error:
        sys.stderr.write(f"build_layers: {error}\n")
        return 1
    if options.json:
        told = json.dumps({"path": str(built.path), "key": built.key, "rebuilt": built.rebuilt})
    else:
        shown = os.path.relpath(built.path / "python")
        told = f"{shown} {'built' if built.rebuilt else 'is up to date'} ({built.key[:12]})"
    sys.stdout.write(f"{told}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
