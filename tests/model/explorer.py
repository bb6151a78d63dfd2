"""An exhaustive walk through a small model: every interleaving, every crash, every fault.

From a start, breadth first, each state is left in every way it can be: a worker takes its next
port call, as asked or with a fault; a worker dies between two calls; an idle worker begins
anything it may be asked. States already seen are not entered again. After each call that changed
anything every invariant is checked; from every different stored state the repairs alone, all
workers dead, must bring the centre to rest (:mod:`tests.model.recovery`).

What bounds the walk is how many commands begin and how many calls go wrong; crashes are free.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from centralino.domain.agents.model import Agent
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError
from tests.model.commands import carry_out, possible, rules
from tests.model.evidence import TERMINAL, Evidence, Write, overtaken
from tests.model.invariants import check
from tests.model.small_world import (
    DUE,
    NOW,
    Command,
    Running,
    State,
    roster_item,
    with_legs,
)
from tests.model.stepping import (
    AS_ASKED,
    CONTENDED,
    REFUSED,
    UNHEARD,
    Boundary,
    Outcome,
    Step,
    app_of,
)

AtRest = Callable[[State, Configuration], None]
"""Given each different stored state once; raises when the repairs do not bring it to rest."""

_WRITES = frozenset({"store.save_contact", "store.save_agent", "store.claim", "timers.send"})


@dataclass(frozen=True, slots=True)
class Scenario:
    """A part of the model to walk through.

    Attributes
    ----------
    start : State
    kinds : tuple of str
        What workers may be asked, see :func:`tests.model.commands.possible`.
    commands : int
        How many may begin in all.
    faults : int
        How many port calls may be refused, go unheard or meet another transaction.
    lagging : bool
        Whether the indexes fall behind, each entity catching up at any moment.
    """

    name: str
    start: State
    kinds: tuple[str, ...]
    commands: int = 2
    faults: int = 0
    lagging: bool = False
    joins: bool = False


@dataclass(slots=True)
class Walk:
    """What a walk has seen."""

    states: int = 0
    stored: int = 0
    calls: int = 0
    crashes: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


class Names:
    """Gives equal things the same small number, so that states are compared by numbers."""

    def __init__(self) -> None:
        self._by_identity: dict[int, tuple[Any, int]] = {}
        self._by_look: dict[Any, int] = {}

    def of(self, thing: Any) -> int:
        """Return the number of a thing that never changes."""
        known = self._by_identity.get(id(thing))
        return known[1] if known is not None else self._new(thing, repr(thing))

    def all_of(self, things: tuple[Any, ...]) -> int:
        """Return the number of several things, in whatever order they come."""
        known = self._by_identity.get(id(things))
        if known is not None:
            return known[1]
        return self._new(things, frozenset(map(self.of, things)))

    def _new(self, thing: Any, look: Any) -> int:
        number = self._by_look.setdefault(look, len(self._by_look))
        # Kept as well, so that no other thing can come to have its identity.
        self._by_identity[id(thing)] = (thing, number)
        return number


class Explorer:
    """Walks through a scenario.

    Parameters
    ----------
    at_rest : AtRest, optional
    """

    def __init__(self, scenario: Scenario, at_rest: AtRest | None = None) -> None:
        self._scenario = scenario
        self._at_rest = at_rest
        self._rules = rules()
        self._names = Names()
        self.walk = Walk()

    def run(self, most: int | None = None) -> Walk:
        """Visit every state, or ``most`` of them; return what was seen.

        Raises
        ------
        Broken
            An invariant does not hold in some state.
        """
        start = self._scenario.start
        waiting, seen = deque([start]), {self._key(start)}
        stored = {self._stored_key(start)}
        while waiting and (most is None or len(seen) < most):
            state = waiting.popleft()
            for after in self._successors(state):
                key = self._key(after)
                if key in seen:
                    continue
                seen.add(key)
                waiting.append(after)
                shape = key[0]
                if shape not in stored:
                    stored.add(shape)
                    if self._at_rest is not None:
                        self._at_rest(after, self._rules)
        self.walk.states, self.walk.stored = len(seen), len(stored)
        return self.walk

    # ------------------------------------------------------------------ the ways on

    def _successors(self, state: State) -> Iterator[State]:
        for number, running in enumerate(state.workers):
            if running is None:
                continue
            for outcome in self._outcomes(state, running.asks):
                yield self._step(state, number, running, outcome)
            self.walk.crashes += 1
            yield _with_worker(state, number, None)
        if state.started < self._scenario.commands and None in state.workers:
            idle = state.workers.index(None)
            for command in possible(state, self._scenario.kinds):
                self.walk.kinds[command.kind] += 1
                begun = replace(state, started=state.started + 1)
                if command.kind in ("caller_left", "gone_unheard"):
                    begun = replace(begun, gone=begun.gone | {command.subject})
                begun = with_legs(begun, command)
                yield self._step(begun, idle, Running(command, (), ""), AS_ASKED)
        for entity, _ in state.late:
            caught_up = tuple(row for row in state.late if row[0] != entity)
            yield replace(state, late=caught_up)

    def _outcomes(self, state: State, operation: str) -> list[Outcome]:
        if state.faults >= self._scenario.faults or operation not in _WRITES:
            return [AS_ASKED]
        contended = [CONTENDED] if operation == "store.claim" else []
        return [AS_ASKED, REFUSED, UNHEARD, *contended]

    def _step(self, state: State, number: int, running: Running, outcome: Outcome) -> State:
        """Let one worker take its next port call."""
        self.walk.calls += 1
        step = Step(state, running.log, outcome, lagging=self._scenario.lagging)
        # A timer fires when it is due; whoever comes next has a clock that is behind.
        now = DUE if running.command.kind == "timer" else NOW
        app = app_of(step, self._rules, joins=self._scenario.joins, now=now)
        asks: str | None = None
        try:
            carry_out(app, running.command)
        except Boundary as boundary:
            asks = boundary.operation
        except CentralinoError:
            pass  # refused by a rule, or by a fault: the worker is done either way
        after = step.state
        if outcome != AS_ASKED:
            after = replace(after, faults=after.faults + 1)
        if after is not state:
            self._check(state, after, running.command)
        if asks is None or step.made is None:
            return _with_worker(after, number, None)
        log = (*running.log, step.made)
        return _with_worker(after, number, Running(running.command, log, asks))

    # ------------------------------------------------------------------ checking

    def _check(self, before: State, after: State, command: Command) -> None:
        old = before.entities()
        writes = [
            self._write(old.get(image.id), image, before, command)
            for image in after.stream[len(before.stream) :]
        ]
        check(self._evidence(after, writes))

    def _write(self, old: Any, image: Any, before: State, command: Command) -> Write:
        timer_sent, older = True, None
        if isinstance(image, Contact) and image.state is ContactState.OFFERED:
            timer_sent = any(t.kind == "offer" and t.rid == image.rid for t in before.timers)
            offered = any(event.type == "ContactOffered" for event in image.events)
            # Two matchers at once may cross; who is served by one alone, in order, is judged.
            alone = before.started == 1 and not before.faults and not self._scenario.lagging
            agent = before.agent(image.agent or "")
            if offered and alone and isinstance(agent, Agent):
                older = overtaken(image, agent, before.contacts, NOW, self._rules)
        about = command.rid or None
        away = {t.rid for t in before.timers if t.kind == "rejoin"}
        return Write(old, image, timer_sent, older, about, command.kind, rejoin_timers=away)

    def _evidence(self, state: State, writes: list[Write]) -> Evidence:
        terminal: Counter[str] = Counter()
        entered, acknowledged = set(), set()
        for contact in self._scenario.start.contacts:
            entered.add(contact.id)
        for image in state.stream:
            if isinstance(image, Contact):
                entered.add(image.id)
                terminal[image.id] += sum(event.type in TERMINAL for event in image.events)
                if image.acknowledged_at is not None and image.rid:
                    acknowledged.add(image.rid)
        return Evidence(
            configuration=self._rules,
            now=NOW,
            contacts={c.id: c for c in state.contacts},
            agents={a.id: a for a in state.agents},
            writes=writes,
            entered=frozenset(entered),
            ended_parts=state.ended_parts(),
            terminal=terminal,
            acknowledged=frozenset(acknowledged),
            roster=frozenset(sk for pk, sk, _ in state.items if pk == roster_item("")[0]),
        )

    # ------------------------------------------------------------------ comparing

    def _stored_key(self, state: State) -> Any:
        all_of = self._names.all_of
        return (
            all_of(state.contacts),
            all_of(state.agents),
            state.timers,
            all_of(state.stream),
            state.items,
            state.gone,
            state.legs,
        )

    def _key(self, state: State) -> Any:
        of = self._names.of
        workers = sorted(
            (*w.command[:3], of(w.command.value), *map(of, w.log)) if w is not None else ()
            for w in state.workers
        )
        return (
            self._stored_key(state),
            tuple((name, of(image)) for name, image in state.late),
            state.nudged,
            tuple(workers),
            state.started,
            state.faults,
        )


def _with_worker(state: State, number: int, running: Running | None) -> State:
    workers = list(state.workers)
    workers[number] = running
    return replace(state, workers=tuple(workers))
