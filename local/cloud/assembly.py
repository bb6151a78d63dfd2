"""The synthesized CDK assembly, kept while nothing it depends on changes.

Decides what it depends on: the infrastructure code, the functions, the layers, the locks and
the context, which holds the cloud's address. Synthesis takes longer than all of the rest of a
deployment's preparation, hence the cache.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.cloud.cdk import run_cdk
from local.cloud.errors import SynthesisError
from local.cloud.paths import ASSEMBLIES, ROOT
from local.cloud.progress import Progress

_SOURCES = ("infra", "functions", "layers")
_FILES = ("cdk.json", "package-lock.json")
_IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache"}
_KEPT = 4


def synthesize(context: Mapping[str, str], progress: Progress, *, root: Path = ROOT) -> Path:
    """Return the assembly for `context`, from the cache when it is still true.

    Parameters
    ----------
    context
        CDK context, such as `{"target": "embedded", "endpoint": "http://127.0.0.1:4570"}`.

    Raises
    ------
    SynthesisError
        With the end of what the command wrote.
    """
    target = ASSEMBLIES / fingerprint(context, root)
    if target.exists():
        os.utime(target)
        return target
    ASSEMBLIES.mkdir(parents=True, exist_ok=True)
    # Renamed once complete, so that an interrupted run leaves no half assembly to trust.
    partial = ASSEMBLIES / f"{target.name}.{os.getpid()}"
    arguments = ["synth", "--quiet", "--output", str(partial)]
    for key, value in context.items():
        arguments += ["--context", f"{key}={value}"]
    try:
        with progress.step("Synthesizing the stacks"):
            run_cdk(arguments, error=SynthesisError)
        if not target.exists():
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _forget_oldest()
    return target


def fingerprint(context: Mapping[str, str], root: Path = ROOT) -> str:
    """Hash of the context and of every file an assembly is made from."""
    digest = hashlib.sha256(repr(sorted(context.items())).encode())
    digest.update(sys.version.encode())
    for path in _sources(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:24]


def _sources(root: Path) -> Iterator[Path]:
    for name in _FILES:
        if (root / name).is_file():
            yield root / name
    yield from sorted((root / "requirements").glob("*.txt"))
    for name in _SOURCES:
        for folder, folders, files in os.walk(root / name):
            folders[:] = sorted(set(folders) - _IGNORED)
            yield from (Path(folder) / file for file in sorted(files))


def _forget_oldest() -> None:
    kept = sorted(
        (path for path in ASSEMBLIES.iterdir() if "." not in path.name),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in kept[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
