"""The parts of the small model that are walked through, and the states they start from.

A start is reached by the product's own use cases, run one after the other.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from centralino.application.agents import CLOSED, connections
from centralino.domain import ids
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.errors import CentralinoError
from tests.model.commands import PROVIDER, carry_out, rules
from tests.model.explorer import Scenario
from tests.model.small_world import (
    EARLIER,
    POOL,
    Answer,
    Command,
    State,
    roster_item,
    with_legs,
)
from tests.model.stepping import (
    Boundary,
    Step,
    app_of,
)
from tests.support.centre import KEY

MATCHERS = "two matchers"
BEHIND = "two matchers behind the index"
RING = "from ring to queue"
ANSWERS = "an offer's answers"
AGAIN = "an offer made again"
PRESENCE = "agents coming and going"
JOINING = "legs joining"
TALK = "the end of a talk"
AWAY = "a lost agent"
AWAY_LEGS = "a lost agent's legs"
WRAP_UP = "wrap-up"
REPAIRS = "repairs"
EVERYTHING = "everything at once"
EVERY_KIND = (
    "drain", "timer", "accept", "decline", "ack", "caller_left", "gone_unheard", "hang_up",
    "dispose", "ROUTABLE", "NOT_READY", "OFFLINE", "grace", "relay", "sweep", "agent_left",
)  # fmt: skip

ANN, BOB = "ag_ann", "ag_bob"
C1, C2 = (ids.contact_id(KEY, PROVIDER, call) for call in ("CA1", "CA2"))


def grow(state: State, *commands: Command, joins: bool = False) -> State:
    """Return the state after these commands, one after the other, undisturbed."""
    for command in commands:
        log: tuple[Answer, ...] = ()
        state = with_legs(state, command)
        while True:
            step = Step(state, log)
            try:
                carry_out(app_of(step, rules(), joins=joins, now=EARLIER), command)
            except Boundary:
                assert step.made is not None
                log = (*log, step.made)
                state = step.state
                continue
            except CentralinoError as error:
                raise AssertionError(f"{command} cannot be part of a start: {error}") from error
            state = step.state
            break
    return state


@cache
def idle() -> State:
    """Two agents, registered and on the roster, offline, their pages closed."""
    agents = tuple(
        machine.register(
            Agent(name, AgentState.OFFLINE, "demo", POOL, "sales"), EARLIER - 1_000 + at, "admin"
        )
        for at, name in enumerate((ANN, BOB))
    )
    closed = (("connection", "page"),)
    pages = tuple((connections(name), CLOSED, closed) for name in (ANN, BOB))
    roster = tuple(map(roster_item, (ANN, BOB)))
    return State(agents=agents, stream=agents, items=(*pages, *roster))


def ready(*agents: str) -> tuple[Command, ...]:
    """Return the commands by which agents become routable."""
    return tuple(Command("state", agent, value=AgentState.ROUTABLE) for agent in agents)


def calls(*numbers: str) -> tuple[Command, ...]:
    """Return the commands by which callers ring and choose the queue."""
    found: list[Command] = []
    for number in numbers:
        contact = ids.contact_id(KEY, PROVIDER, number)
        found += [Command("arrive", value=number), Command("press", contact, value=number)]
    return tuple(found)


@cache
def two_of_each() -> State:
    """Two callers wait; two agents are routable; nobody has matched them yet."""
    waiting = grow(idle(), *calls("CA1", "CA2"))
    # Made routable without the drain that follows, as if the process had died there.
    agents = tuple(
        machine.set_state(agent, AgentState.ROUTABLE, None, EARLIER, "api")
        for agent in waiting.agents
    )
    return replace(waiting, agents=agents, stream=(*waiting.stream, *agents))


@cache
def ringing() -> State:
    """Ann is rung for the first caller; the second waits."""
    return grow(idle(), *ready(ANN), *calls("CA1", "CA2"))


@cache
def ringing_again() -> State:
    """Ann is rung for the first caller a second time, after the set-aside of a first refusal."""
    state = ringing()
    rid = _rid(state, C1)
    declined = grow(state, Command("caller_left", C2, value="CA2"), Command("decline", ANN, rid))
    # The set-aside is over.
    contacts = tuple(replace(c, tried={}) if c.id == C1 else c for c in declined.contacts)
    return grow(replace(declined, contacts=contacts), Command("drain"))


@cache
def accepted() -> State:
    """Ann accepted the first caller, whose legs are being joined; the second waits."""
    state = ringing()
    return grow(state, Command("accept", ANN, _rid(state, C1)), joins=True)


@cache
def talking() -> State:
    """Ann talks with the first caller; the second waits; Bob is away."""
    state = ringing()
    return grow(state, Command("accept", ANN, _rid(state, C1)))


@cache
def away() -> State:
    """Ann was talking with the first caller, and her leg is lost; the second waits."""
    state = talking()
    return grow(state, Command("agent_left", ANN, _rid(state, C1)))


@cache
def away_with_legs() -> State:
    """The same where the carrier tells of legs, and a rejoin has been asked for."""
    state = accepted()
    rid = _rid(state, C1)
    return grow(
        state,
        Command("agent_joined", ANN, rid),
        Command("caller_joined", C1, value="CA1"),
        Command("agent_left", ANN, rid),
        Command("rejoin", C1, rid, ANN),
        joins=True,
    )


@cache
def wrapping_up() -> State:
    """Ann wraps up after the first caller; the second waits."""
    return grow(talking(), Command("caller_left", C1, value="CA1"))


def _rid(state: State, contact_id: str) -> str:
    contact = state.contact(contact_id)
    assert contact is not None
    assert contact.rid is not None, f"{contact.state}"
    return contact.rid


def scenarios(*, full: bool = False) -> list[Scenario]:
    """Return the walks for CI, or the long ones."""
    answers = ("accept", "decline", "ack", "timer")
    # name, start, kinds, commands begun (CI, full), faults (CI, full)
    rows: list[tuple[str, State, tuple[str, ...], tuple[int, int], tuple[int, int]]] = [
        (MATCHERS, two_of_each(), ("drain",), (3, 4), (1, 2)),
        (BEHIND, two_of_each(), ("drain", "caller_left", "OFFLINE"), (2, 3), (0, 1)),
        (RING, idle(), ("arrive", "press", "caller_left", "ROUTABLE"), (3, 4), (0, 1)),
        (ANSWERS, ringing(), (*answers, "caller_left"), (2, 3), (1, 1)),
        (AGAIN, ringing_again(), (*answers, "relay"), (2, 3), (1, 1)),
        (PRESENCE, ringing(), ("ROUTABLE", "OFFLINE", "grace", "accept", "sweep"), (2, 3), (0, 0)),
        (
            JOINING,
            accepted(),
            ("agent_joined", "caller_joined", "agent_left", "timer", "caller_left"),
            (2, 3),
            (1, 1),
        ),
        (
            TALK,
            talking(),
            ("hang_up", "caller_left", "dispose", "relay", "timer", "agent_left"),
            (2, 3),
            (1, 1),
        ),
        (
            AWAY,
            away(),
            ("rejoin", "decline_rejoin", "agent_left", "timer", "hang_up", "OFFLINE", "sweep"),
            (2, 3),
            (1, 1),
        ),
        (
            AWAY_LEGS,
            away_with_legs(),
            ("agent_joined", "agent_left", "timer", "caller_left", "relay"),
            (2, 3),
            (1, 1),
        ),
        (
            WRAP_UP,
            wrapping_up(),
            ("dispose", "timer", "relay", "ROUTABLE", "sweep"),
            (2, 3),
            (0, 1),
        ),
        (
            REPAIRS,
            ringing(),
            ("caller_left", "relay", "sweep", "gone_unheard", "drain"),
            (2, 3),
            (0, 0),
        ),
        (EVERYTHING, two_of_each(), EVERY_KIND, (2, 3), (0, 0)),
    ]
    at = int(full)
    return [
        Scenario(
            name,
            start,
            kinds,
            commands[at],
            faults[at],
            lagging=name == BEHIND,
            joins=name in (JOINING, AWAY_LEGS),
        )
        for name, start, kinds, commands, faults in rows
    ]


def small(name: str) -> Scenario:
    """Return a walk with two commands and no faults: enough to tell a mutant."""
    found = next(scenario for scenario in scenarios() if scenario.name == name)
    kinds = ("drain",) if name == BEHIND else found.kinds
    return replace(found, kinds=kinds, commands=2, faults=0)
