"""The emulator's own virtual environment.

Decides when that environment has to be rebuilt: whenever the lock file or the interpreter
changed. It is kept apart from the project's environment because the emulator pins its own
botocore. Never installs anything without a hash from the lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.cloud.errors import EnvironmentBuildError
from local.cloud.paths import EMULATOR_REQUIREMENTS, EMULATOR_VENV
from local.cloud.progress import Progress

_MARKER = ".built-from"


def fingerprint(requirements: Path = EMULATOR_REQUIREMENTS) -> str:
    """Hash of all that decides the content of the environment: the lock and the interpreter."""
    digest = hashlib.sha256(requirements.read_bytes())
    digest.update(sys.version.encode())
    return digest.hexdigest()


def ensure_emulator(
    progress: Progress,
    *,
    venv: Path = EMULATOR_VENV,
    requirements: Path = EMULATOR_REQUIREMENTS,
) -> Path:
    """Return the emulator's interpreter, building its environment when it is missing or stale.

    Parameters
    ----------
    progress
        Told about a build, which takes some seconds; silent when nothing has to be done.
    venv, requirements
        Where the environment lives and the lock file it is built from.

    Raises
    ------
    EnvironmentBuildError
        If the environment cannot be created or a package cannot be installed.
    """
    python = venv / "bin" / "python"
    marker = venv / _MARKER
    wanted = fingerprint(requirements)
    if _built_from(marker) == wanted and python.exists():
        return python
    venv.parent.mkdir(parents=True, exist_ok=True)
    with _exclusive(venv.with_suffix(".lock")):
        # Another process may have built it while this one waited for the lock.
        if _built_from(marker) == wanted and python.exists():
            return python
        with progress.step("Building the emulator's environment"):
            shutil.rmtree(venv, ignore_errors=True)
            _uv("venv", "--quiet", "--python", sys.executable, str(venv))
            # Compiled ahead: the emulator's modules are large, and the first start would pay.
            _uv(
                "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode",
                "--python", str(python), "-r", str(requirements),
            )  # fmt: skip
            marker.write_text(wanted)
    return python


def _built_from(marker: Path) -> str | None:
    try:
        return marker.read_text()
    except FileNotFoundError:
        return None


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise EnvironmentBuildError(
            f"uv {arguments[0]} failed for the emulator's environment: {result.stderr.strip()}"
        )


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
