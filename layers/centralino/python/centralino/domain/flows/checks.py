"""Whether flows always lead somewhere: every reference, dead end and circle.

A caller who does nothing must reach a queue or the end of the call, and one who wants a person
must find one from every menu. Each problem is a flow, a place in it, and a reason; nothing is
changed or fixed. What is said is checked by :mod:`.word_checks`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from centralino.domain.circles import circle
from centralino.domain.flows import capability_checks, conditions, venture_checks, word_checks
from centralino.domain.flows.conditions import Condition
from centralino.domain.flows.model import (
    MOST_NESTED,
    AnnounceAgentCountry,
    Branch,
    Conversion,
    Enqueue,
    Flow,
    Flows,
    Hangup,
    Question,
    Return,
    Run,
    Step,
    Survey,
    Transfer,
    leads,
    silent_leads,
)

Path: TypeAlias = tuple[str | int, ...]
Found: TypeAlias = tuple[str, Path, str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of where flows are used; ``None`` where it is not, and then not checked.

    Attributes
    ----------
    queues : mapping of queue to its plans
    hours, lines : names that conditions may use
    roots : the flows that lines lead to; those that no other flow runs, unless given
    languages : mapping of flow to the languages its lines speak; ``""`` is for every flow
    capabilities : mapping of provider to what it can do
    carried : mapping of line to the flow it leads to and its provider; where given, a step is held
        against the providers of the lines alone from which it can be reached
    dialogues : mapping of queue to the flows into which it leads callers it cannot take or keep
    channels : mapping of plan to its channel
    announcing : the queues that announce place or wait
    """

    queues: Mapping[str, Collection[str]] | None = None
    hours: Collection[str] | None = None
    lines: Collection[str] | None = None
    roots: Collection[str] | None = None
    languages: Mapping[str, Collection[str]] = field(default_factory=dict)
    capabilities: Mapping[str, Collection[str]] = field(default_factory=dict)
    carried: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dialogues: Mapping[str, Collection[str]] = field(default_factory=dict)
    channels: Mapping[str, str] | None = None
    announcing: Collection[str] | None = None


def problems(flows: Flows, around: Surroundings) -> list[Found]:
    """Return everything that is wrong with these flows."""
    roots = roots_of(flows, around)
    found: list[Found] = []
    for flow in flows.values():
        found += _references(flow, flows, around)
        found += _reach(flow)
        found += _kept(flow)
        found += _stuck(flow, flows)
    found += _nesting(flows)
    found += _persons(flows)
    found += _promised(flows)
    found += word_checks.problems(flows, users(flows, roots, around.dialogues), around.languages)
    found += venture_checks.problems(flows, around.queues, around.channels, around.announcing)
    found += capability_checks.problems(
        flows, around.capabilities, around.carried, around.dialogues
    )
    return found


def roots_of(flows: Flows, around: Surroundings) -> list[str]:
    """Return the flows that calls begin with."""
    if around.roots is not None:
        return sorted({*around.roots} & {*flows})
    run = {s.flow for flow in flows.values() for s in flow.steps.values() if isinstance(s, Run)}
    return sorted({*flows} - run) or sorted(flows)


def users(
    flows: Flows, roots: Collection[str], dialogues: Mapping[str, Collection[str]]
) -> dict[str, set[str]]:
    """Return for each flow the roots from which it is walked."""
    found: dict[str, set[str]] = {name: set() for name in flows}
    for root in roots:
        for name in _inside(flows, root, dialogues):
            found[name].add(root)
    return found


def reached(flow: Flow, start: str) -> set[str]:
    """Return the steps of this flow that can follow a step, itself included."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name in flow.steps and name not in seen:
            seen.add(name)
            ahead += leads(flow.steps[name]).values()
    return seen


def _references(flow: Flow, flows: Flows, around: Surroundings) -> Iterator[Found]:
    if flow.start not in flow.steps:
        yield flow.id, ("start",), f"unknown step {flow.start!r}"
    if flow.person is not None and not isinstance(flow.steps.get(flow.person), Enqueue):
        yield flow.id, ("person",), f"{flow.person!r} is no step in which a caller waits"
    for name, step in flow.steps.items():
        here: Path = ("steps", name)
        for inner, target in leads(step).items():
            if target not in flow.steps:
                yield flow.id, (*here, *inner), f"unknown step {target!r}"
        match step:
            case Run() if step.flow not in flows:
                yield flow.id, (*here, "flow"), f"unknown flow {step.flow!r}"
            case Enqueue():
                yield from _queue(flow.id, here, step, around)
            case Branch():
                for index, case in enumerate(step.cases):
                    place = (*here, "cases", index, "when")
                    for reason in _unknown_facts(case.when, around):
                        yield flow.id, place, reason


def _queue(flow: str, here: Path, step: Enqueue, around: Surroundings) -> Iterator[Found]:
    if around.queues is None:
        return
    if step.queue not in around.queues:
        yield flow, (*here, "queue"), _unknown("queue", step.queue, around.queues)
        return
    known = ", ".join(around.queues[step.queue])
    for field_name, plan in (("plan", step.plan), ("near_plan", step.near_plan)):
        if plan is not None and plan not in around.queues[step.queue]:
            reason = f"queue {step.queue!r} has no plan {plan!r} ({known})"
            yield flow, (*here, field_name), reason


def _unknown_facts(condition: Condition, around: Surroundings) -> Iterator[str]:
    for part in condition.parts:
        yield from _unknown_facts(part, around)
    of: dict[str, tuple[str, Collection[str] | None]] = {
        conditions.OPEN: ("hours", around.hours),
        conditions.HOLIDAY: ("hours", around.hours),
        conditions.QUEUE_OPEN: ("queue", around.queues),
        conditions.WAITING: ("queue", around.queues),
        conditions.WAIT: ("queue", around.queues),
    }
    what, known = of.get(condition.kind, ("", None))
    if known is not None and condition.name not in known:
        yield _unknown(what, condition.name, known)
    if condition.kind == conditions.LINE and around.lines is not None:
        for line in condition.values:
            if line not in around.lines:
                yield _unknown("line", line, around.lines)


def _reach(flow: Flow) -> Iterator[Found]:
    if flow.start not in flow.steps:
        return
    seen = reached(flow, flow.start)
    for name in flow.steps:
        # Where callers go when a step fails needs no step that leads there.
        if name not in seen and name != flow.person:
            yield flow.id, ("steps", name), "nothing leads to this step"


def _kept(flow: Flow) -> Iterator[Found]:
    """Find circles in which a caller who does nothing can go round for ever."""
    silent: dict[str, list[str]] = {}
    for name, step in flow.steps.items():
        targets = dict.fromkeys(silent_leads(step))
        silent[name] = [target for target in targets if target in flow.steps]
    reported: set[str] = set()
    for start in flow.steps:
        found = circle(silent, start)
        if found and not reported & {*found}:
            reported |= {*found}
            way = " -> ".join([*found, start])
            reason = f"a caller who presses nothing is kept: {way}"
            yield flow.id, ("steps", start), reason


def _stuck(flow: Flow, flows: Flows) -> Iterator[Found]:
    """Find steps from which no way leads to the end of the flow, whatever the caller does."""
    for name in flow.steps:
        ends = [s for n in reached(flow, name) if _ends(s := flow.steps[n], flows)]
        broken = any(t not in flow.steps for n in reached(flow, name) for t in _targets(flow, n))
        if not ends and not broken:
            yield flow.id, ("steps", name), "no way leads from here to a queue or an end"


def _ends(step: Step, flows: Flows) -> bool:
    if isinstance(step, Run):
        # A flow that never returns ends the call, or is found by itself to be stuck.
        inner = flows.get(step.flow)
        return inner is not None and not _returns(inner)
    return isinstance(step, Enqueue | Hangup | Return)


def _returns(flow: Flow) -> bool:
    return any(isinstance(flow.steps[n], Return) for n in reached(flow, flow.start))


def _nesting(flows: Flows) -> Iterator[Found]:
    inner = {
        name: [s.flow for s in flow.steps.values() if isinstance(s, Run) and s.flow in flows]
        for name, flow in flows.items()
    }
    reported: set[str] = set()
    for name in flows:
        found = circle(inner, name)
        if found and not reported & {*found}:
            reported |= {*found}
            place = _first_run(flows[name], [*found, name][1])
            yield name, place, f"runs itself: {' -> '.join([*found, name])}"
    if not reported:
        for name in flows:
            deepest = _deepest(inner, name)
            if len(deepest) - 1 > MOST_NESTED:
                way = " -> ".join(deepest)
                place = _first_run(flows[name], deepest[1])
                yield name, place, f"more than {MOST_NESTED} flows inside each other: {way}"


def _deepest(inner: Mapping[str, list[str]], name: str) -> list[str]:
    return [name, *max((_deepest(inner, to) for to in inner[name]), key=len, default=[])]


def _first_run(flow: Flow, target: str) -> Path:
    for name, step in flow.steps.items():
        if isinstance(step, Run) and step.flow == target:
            return ("steps", name, "flow")
    return ("start",)


def _persons(flows: Flows) -> Iterator[Found]:
    """Find menus from which no answer leads to a person."""
    found = _to_persons(flows)
    for name, flow in flows.items():
        for key, step in flow.steps.items():
            asked = isinstance(step, Question) and not isinstance(step, Survey)
            if asked and (name, key) not in found:
                yield name, ("steps", key), "no way leads from here to a person"


def _promised(flows: Flows) -> Iterator[Found]:
    """Find queues that would forget that the caller asked for an agent in Italy or the EU."""
    told: set[tuple[str, str]] = set()
    for name, flow in flows.items():
        for step in flow.steps.values():
            if isinstance(step, AnnounceAgentCountry):
                told |= {(name, key) for key in reached(flow, step.then)}
    for name, flow in flows.items():
        for step in flow.steps.values():
            if isinstance(step, Run) and any(inner == step.flow for inner, _ in told):
                told |= {(name, key) for key in reached(flow, step.then)}
    for name, key in sorted(told):
        step = flows[name].steps[key]
        if isinstance(step, Enqueue) and step.near_plan is None:
            reason = "callers may have asked for an agent in Italy or the EU: near_plan is missing"
            yield name, ("steps", key), reason


def _to_persons(flows: Flows) -> set[tuple[str, str]]:
    """Return the steps from which a person can be reached: the least fixed point."""
    after: dict[str, list[tuple[str, str]]] = {name: [] for name in flows}
    for name, flow in flows.items():
        for step in flow.steps.values():
            if isinstance(step, Run) and step.flow in flows:
                after[step.flow].append((name, step.then))
    found: set[tuple[str, str]] = set()

    def leads_there(name: str, step: Step) -> bool:
        if isinstance(step, Enqueue | Conversion | Transfer):
            # A message and a call back reach somebody, too.
            return True
        if isinstance(step, Return):
            # A flow read without those that run it is believed to return to somebody.
            return all(place in found for place in after[name]) if after[name] else True
        if isinstance(step, Run) and step.flow in flows:
            inner = flows[step.flow]
            if (inner.id, inner.start) in found:
                return True
            return _returns(inner) and (name, step.then) in found
        return any((name, target) in found for target in leads(step).values())

    changed = True
    while changed:
        changed = False
        for name, flow in flows.items():
            for key, step in flow.steps.items():
                if (name, key) not in found and leads_there(name, step):
                    found.add((name, key))
                    changed = True
    return found


def _inside(flows: Flows, root: str, dialogues: Mapping[str, Collection[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = [root]
    while ahead:
        name = ahead.pop()
        if name in flows and name not in seen:
            seen.add(name)
            for step in flows[name].steps.values():
                ahead += _led_to(step, dialogues)
    return seen


def _led_to(step: Step, dialogues: Mapping[str, Collection[str]]) -> Collection[str]:
    """Return the flows that a step runs, or whose queue leads into them."""
    match step:
        case Run():
            return [step.flow]
        case Enqueue():
            return dialogues.get(step.queue, ())
    return ()


def _targets(flow: Flow, name: str) -> Collection[str]:
    return leads(flow.steps[name]).values()


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    return f"unknown {what} {name!r} (there is {', '.join(sorted(known)) or 'none'})"
