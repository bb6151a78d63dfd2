"""``centralino bench``: the product's benchmarks, one JSON object per line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import bench as benches


def bench(
    only: Annotated[str, typer.Option(help="Run the metrics that begin with this.")] = "",
    seed: Annotated[int, typer.Option(help="Moves the workloads of simulated figures.")] = 1,
    requests: Annotated[
        Path | None,
        typer.Option(help="Write every simulated request here, as lines of JSON, to recount."),
    ] = None,
) -> None:
    """Measure, print a figure per line, and fail where a limit is broken."""
    known = benches.benchmarks()
    if only and not any(p.startswith(only) or only.startswith(p) for p in known):
        print(f"no benchmark begins with {only!r}; there are: {', '.join(known)}", file=sys.stderr)
        raise typer.Exit(2)
    if requests is not None:
        requests.unlink(missing_ok=True)
        os.environ[benches.REQUESTS_FILE] = str(requests)
    broken = 0
    for figure in benches.run(only, seed):
        print(figure.line(), flush=True)
        broken += not figure.kept
    if broken:
        print(f"{broken} figures break their limit", file=sys.stderr)
        raise typer.Exit(1)
