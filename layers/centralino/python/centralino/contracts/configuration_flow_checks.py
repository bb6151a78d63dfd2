"""Whether a call flow always leads somewhere, and says so in every language that is spoken.

A caller who presses nothing must reach a queue or the end of the call; no step may be out of
reach. Each problem is a place and a reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from centralino.contracts import configuration_file as parts

Found = tuple[tuple[str | int, ...], str]


def flow_problems(file: parts.ConfigurationFile) -> Iterator[Found]:
    """Yield the problems of every flow of a file."""
    for key, flow in file.flows.items():
        yield from _references(key, flow, file)
        yield from _reach(key, flow)
        yield from _dead_ends(key, flow)
        yield from _languages(key, flow, file)


def _leads(step: parts.FlowStepPart) -> dict[tuple[str, ...], str]:
    """Return where a step can lead, by the place that says so."""
    if isinstance(step, parts.SayPart):
        return {("then",): step.then}
    if isinstance(step, parts.MenuPart):
        leads: dict[tuple[str, ...], str] = {("otherwise",): step.otherwise}
        leads.update({("choices", digit): target for digit, target in step.choices.items()})
        return leads
    return {}


def _references(key: str, flow: parts.FlowPart, file: parts.ConfigurationFile) -> Iterator[Found]:
    place = ("flows", key)
    if flow.start not in flow.steps:
        yield (*place, "start"), f"unknown step {flow.start!r}"
    for name, step in flow.steps.items():
        here = (*place, "steps", name)
        for inner, target in _leads(step).items():
            if target not in flow.steps:
                yield (*here, *inner), f"unknown step {target!r}"
        if isinstance(step, parts.EnqueuePart):
            queue = file.queues.get(step.queue)
            if queue is None:
                known = ", ".join(sorted(file.queues))
                yield (*here, "queue"), f"unknown queue {step.queue!r} (there is {known})"
            elif step.plan not in queue.plans:
                known = ", ".join(queue.plans)
                yield (*here, "plan"), f"queue {step.queue!r} has no plan {step.plan!r} ({known})"


def _reach(key: str, flow: parts.FlowPart) -> Iterator[Found]:
    reached: set[str] = set()
    ahead = [flow.start]
    while ahead:
        name = ahead.pop()
        if name in flow.steps and name not in reached:
            reached.add(name)
            ahead += _leads(flow.steps[name]).values()
    if flow.start in flow.steps:
        for name in flow.steps:
            if name not in reached:
                yield ("flows", key, "steps", name), "nothing leads to this step"


def _dead_ends(key: str, flow: parts.FlowPart) -> Iterator[Found]:
    """Find steps from which a caller who presses nothing goes round for ever."""
    reported: set[str] = set()
    for start in flow.steps:
        path: list[str] = []
        at = start
        while at in flow.steps and at not in path:
            path.append(at)
            step = flow.steps[at]
            if isinstance(step, parts.SayPart):
                at = step.then
            elif isinstance(step, parts.MenuPart):
                at = step.otherwise
            else:
                break
        else:
            if at in path:
                circle = path[path.index(at) :]
                if not reported & set(circle):
                    reported |= set(circle)
                    way = " -> ".join([*circle, at])
                    yield (
                        ("flows", key, "steps", at),
                        f"a caller who presses nothing is kept: {way}",
                    )


def _languages(key: str, flow: parts.FlowPart, file: parts.ConfigurationFile) -> Iterator[Found]:
    """Find texts missing in a language of a business unit whose lines lead here."""
    spoken = sorted(
        {
            language
            for line in file.lines.values()
            if line.flow == key and line.business_unit in file.business_units
            for language in file.business_units[line.business_unit].languages
        }
    )
    for name, step in flow.steps.items():
        texts = {"texts": step.texts}
        if isinstance(step, parts.MenuPart):
            texts["invalid"] = step.invalid
        for what, text in texts.items():
            missing = [language for language in spoken if language not in text]
            if missing:
                place = ("flows", key, "steps", name, what)
                yield place, f"no text in {', '.join(missing)}"
