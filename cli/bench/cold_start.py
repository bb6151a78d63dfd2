"""``cold_start_ratio.<function>``: import time of a handler over importing boto3 alone.

Both are what a cold Lambda pays before it does anything; the ratio travels between machines. Each
round imports boto3 and every handler once, in fresh interpreters, interleaved; a handler's figure
is the median of its rounds' ratios.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from cli.bench import Figure

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 9
WORKER_LIMIT = 2.5
API_LIMIT = 3.5
_PROGRAM = (
    "import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
)


def run(seed: int) -> Iterator[Figure]:  # noqa: ARG001 - every benchmark takes one
    """Yield one figure per function. The seed has no part in it."""
    functions = sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))
    _seconds("boto3", None)  # the first round would pay for writing bytecode
    for name in functions:
        _seconds("handler", name)
    ratios: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(ROUNDS):
        reference = _seconds("boto3", None)
        for name in functions:
            ratios[name].append(_seconds("handler", name) / reference)
    for name, measured in ratios.items():
        limit = API_LIMIT if name.endswith("_api") or name == "realtime" else WORKER_LIMIT
        yield Figure(f"cold_start_ratio.{name}", median(measured), "ratio", limit)


def _seconds(module: str, function: str | None) -> float:
    paths = [str(ROOT / "layers/centralino/python")]
    if function is not None:
        paths.insert(0, str(ROOT / "functions" / function))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(paths),
        "POWERTOOLS_SERVICE_NAME": function or "reference",
        "AWS_DEFAULT_REGION": "eu-south-1",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(module=module)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
