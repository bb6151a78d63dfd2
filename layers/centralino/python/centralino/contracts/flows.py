"""Files of one flow each: read, checked and compiled, every problem with its line.

A flow file begins with ``flow: <its id>``. Flows that run each other are read together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from centralino.contracts.configuration_source import (
    ConfigurationError,
    Problem,
    Source,
    file_text,
    read,
    validated,
)
from centralino.contracts.flow_compile import compile_flow
from centralino.contracts.flow_file import FlowFile
from centralino.domain.flows.checks import Surroundings, problems
from centralino.domain.flows.model import Flow, Run


@dataclass(frozen=True, slots=True)
class FlowSource:
    """A flow and the file it was read from."""

    flow: Flow
    source: Source


def load(path: Path) -> FlowSource:
    """Return the flow of a file.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or is no flow: one problem per line.
    """
    return parse(file_text(path), str(path))


def parse(text: str, name: str, version: int = 1) -> FlowSource:
    """Return the flow that YAML text describes; ``name`` is what errors call it."""
    source = read(text, name)
    file = validated(FlowFile, source)
    return FlowSource(compile_flow(file.flow, file, version), source)


def load_together(paths: Sequence[Path]) -> dict[str, FlowSource]:
    """Return the flows of these files, and those they run, by id.

    A flow that is run and was not named is looked for in the same folder: ``<id>.yaml``.
    """
    found: dict[str, FlowSource] = {}
    ahead = list(paths)
    while ahead:
        path = ahead.pop(0)
        read_flow = load(path)
        known = found.get(read_flow.flow.id)
        if known is not None:
            if Path(known.source.name).resolve() == path.resolve():
                continue
            reason = f"{read_flow.flow.id!r} is the flow of {known.source.name} already"
            raise ConfigurationError(str(path), [read_flow.source.problem(("flow",), reason)])
        found[read_flow.flow.id] = read_flow
        for step in read_flow.flow.steps.values():
            if isinstance(step, Run) and step.flow not in found:
                beside = path.with_name(f"{step.flow}.yaml")
                if beside.is_file():
                    ahead.append(beside)
    return found


def lint(sources: Iterable[FlowSource], around: Surroundings) -> list[tuple[Source, Problem]]:
    """Return what is wrong with these flows, each with the file it is in."""
    by_id: Mapping[str, FlowSource] = {read_flow.flow.id: read_flow for read_flow in sources}
    found = problems({key: read_flow.flow for key, read_flow in by_id.items()}, around)
    return [
        (by_id[flow].source, by_id[flow].source.problem(path, reason))
        for flow, path, reason in found
    ]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a flow file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **FlowFile.model_json_schema(),
        "title": "Centralino call flow",
        "description": "What a caller hears and is asked before an agent.",
    }
