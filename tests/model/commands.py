"""What a worker of the small model can be asked to do, each by the product's own use case."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from centralino.adapters.memory.messages import MemoryBus
from centralino.application import agents, calls, offers, rejoining, routing, timers
from centralino.application import sweep as sweeping
from centralino.application.app import App
from centralino.application.relay import Image, relay
from centralino.domain.agents.model import AgentState
from centralino.domain.configuration.model import (
    Configuration,
    Line,
    Plan,
    Pool,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.contacts.model import Contact
from centralino.domain.flows.model import Enqueue, Flow, Menu
from centralino.domain.ids import contact_of_offer
from centralino.domain.telephony.commands import (
    CallArrived,
    CallProgressed,
    InputGiven,
    LegJoined,
    LegLeft,
)
from tests.model.evidence import parts_ended
from tests.model.small_world import POOL, Command, State
from tests.support.centre import KEY, NUMBER, text

PROVIDER = "twilio"


def rules() -> Configuration:
    """Return one queue, one profile, one plan: as few partitions as a pool can have."""
    flow = Flow(
        "main",
        1,
        "menu",
        {
            "menu": Menu(text("press 1"), {"1": "sales"}, otherwise="sales", invalid=text("sorry")),
            "sales": Enqueue("sales", "voice", text("please hold")),
        },
    )
    return Configuration(
        version=1,
        queues={"sales": Queue("sales", "demo", plans=("voice",), wrap_up_ms=60_000)},
        profiles={"sales": RoutingProfile("sales", (ProfileQueue("sales"),))},
        plans={"voice": Plan("voice")},
        pools={POOL: Pool(POOL, ("sales",), ("sales",))},
        lines={"en": Line("en", NUMBER, "demo", "main", "en")},
        flows={"main": flow},
    )


def carry_out(app: App, command: Command) -> None:
    """Run the use case of a command; what it raises is its affair."""
    _RUN[command.kind](app, command)


def _relay(app: App, command: Command) -> None:
    relay(app, MemoryBus(), [Image("1", command.value)])


def _call(contact_id: str) -> str:
    return contact_id.partition("/")[2]


_RUN: dict[str, Callable[[App, Command], object]] = {
    "drain": lambda app, c: routing.drain_nudged(app, POOL, hop=0, cause="nudge"),
    "timer": lambda app, c: timers.fire(app, c.value, "timer"),
    "accept": lambda app, c: offers.accept(app, c.subject, contact_of_offer(c.rid), c.rid, "api"),
    "decline": lambda app, c: offers.decline(
        app, c.subject, contact_of_offer(c.rid), c.rid, "busy", "api"
    ),
    "ack": lambda app, c: offers.acknowledge(app, c.subject, c.rid, "ws"),
    "caller_left": lambda app, c: calls.handle(
        app, CallProgressed(PROVIDER, c.value, "completed", True, c.subject), KEY
    ),
    "gone_unheard": lambda app, c: None,
    "hang_up": lambda app, c: agents.hang_up(app, c.value, c.subject, "api"),
    "dispose": lambda app, c: agents.dispose(app, c.value, c.subject, "resolved", "api"),
    "state": lambda app, c: agents.set_state(app, c.subject, c.value, None, "api"),
    "grace": lambda app, c: agents.grace_over(app, c.subject, c.value, "grace"),
    "relay": _relay,
    "sweep": lambda app, c: sweeping.sweep(app),
    "arrive": lambda app, c: calls.handle(
        app, CallArrived(PROVIDER, c.value, "+393330000001", NUMBER, "w"), KEY
    ),
    "press": lambda app, c: calls.handle(app, InputGiven(c.subject, c.value, "menu.0", "1"), KEY),
    "agent_joined": lambda app, c: calls.handle(
        app, LegJoined(contact_of_offer(c.rid), "CAagent", c.rid), KEY
    ),
    "agent_left": lambda app, c: calls.handle(
        app, LegLeft(contact_of_offer(c.rid), "CAagent", c.rid, "hung_up"), KEY
    ),
    "rejoin": lambda app, c: rejoining.rejoin(app, c.value, c.subject, "api"),
    "decline_rejoin": lambda app, c: rejoining.decline(app, c.value, c.subject, "api"),
    "caller_joined": lambda app, c: calls.handle(app, LegJoined(c.subject, c.value, None), KEY),
}


def possible(state: State, kinds: Iterable[str]) -> list[Command]:
    """Return what may be asked of an idle worker now: any message ever sent, any person's wish."""
    found: list[Command] = []
    offered = sorted(state.offers())
    for kind in kinds:
        if kind in ("drain", "sweep"):
            found.append(Command(kind))
        elif kind == "timer":
            ordered = sorted(state.timers, key=lambda t: (t.kind, t.key, t.rid or ""))
            found += [Command(kind, t.key, t.rid or "", t) for t in ordered]
        elif kind in ("accept", "decline", "ack", "agent_joined", "agent_left"):
            found += [Command(kind, agent, rid) for agent, rid in offered]
        elif kind in ("caller_left", "gone_unheard", "press", "caller_joined"):
            found += [Command(kind, c.id, value=c.call) for c in state.contacts]
        elif kind in ("hang_up", "dispose", "rejoin", "decline_rejoin"):
            found += [
                Command(kind, c.id, s.rid, s.agent) for c in state.contacts for s in c.segments
            ]
        elif kind == "grace":
            found += [Command(kind, a.id, value="page") for a in state.agents]
        elif kind == "relay":
            found += [Command(kind, i.id, value=i) for i in state.stream if _worth_relaying(i)]
        elif kind == "arrive":
            found += [Command(kind, value=call) for call in ("CA1", "CA2")]
        else:
            wanted = AgentState(kind)
            found += [Command("state", a.id, value=wanted) for a in state.agents]
    return found


def _worth_relaying(image: object) -> bool:
    """Tell whether the relay does more with this image than publish its events."""
    if not isinstance(image, Contact):
        return False
    return bool(parts_ended(image)) or (image.state == "WAITING" and bool(image.events))
