"""Whether the call flows of a configuration lead somewhere, and say so in every language spoken.

The checks are those of :mod:`centralino.domain.flows.checks`; here is what surrounds the flows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from centralino.contracts import configuration_file as parts
from centralino.contracts.flow_compile import compile_flow
from centralino.domain.configuration.overflow import dialogues_by_queue
from centralino.domain.flows.checks import Surroundings, problems

Found = tuple[tuple[str | int, ...], str]


def flow_problems(
    file: parts.ConfigurationFile, able: Mapping[str, Collection[str]] | None = None
) -> Iterator[Found]:
    """Yield the problems of every flow of a file.

    Parameters
    ----------
    able : mapping, optional
        What each provider can do; a flow is refused on a line whose provider cannot do it.
    """
    flows = {key: compile_flow(key, flow, 0) for key, flow in file.flows.items()}
    around = replace(surroundings(file), capabilities=able or {})
    for flow, place, reason in problems(flows, around):
        yield ("flows", flow, *place), reason


def surroundings(file: parts.ConfigurationFile) -> Surroundings:
    """Return what the flows of a file have around them."""
    # A flow without a line has no language that must be there.
    languages: dict[str, set[str]] = {"": set()}
    for line in file.lines.values():
        unit = file.business_units.get(line.business_unit)
        if unit is not None:
            languages.setdefault(line.flow, set()).update(unit.languages)
    return Surroundings(
        queues={key: queue.plans for key, queue in file.queues.items()},
        hours=file.hours,
        lines=file.lines,
        roots={line.flow for line in file.lines.values()} or None,
        languages=languages,
        carried={key: (line.flow, line.provider) for key, line in file.lines.items()},
        dialogues=dialogues_by_queue({k: queue.overflow for k, queue in file.queues.items()}),
        channels={key: plan.channel for key, plan in file.plans.items()},
        announcing={
            key
            for key, queue in file.queues.items()
            if queue.announce.position or queue.announce.wait
        },
    )
