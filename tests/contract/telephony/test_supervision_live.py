"""Supervisors from the command to the legs at the carrier, and back by its webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centralino.application import agents, supervision
from centralino.application.scopes import ALL, Supervisor
from centralino.domain.contacts.supervision import Mode
from local.twilio import Answers, Person, Refuses
from local.twilio.model import Call
from tests.contract.telephony.live import Live, open_line

BOSS = "ag_0B0SS000000000000000000000"
SUE = Supervisor(BOSS, frozenset({ALL}))


@pytest.fixture
def live() -> Iterator[Live]:
    with open_line() as opened:
        opened.line.apply(lambda c: c.register_client(BOSS, Answers(after=0.1)))
        yield opened


def talking(live: Live) -> tuple[Person, str, str]:
    ann = live.agent("ann", "sales")
    caller, contact_id = live.call()
    live.talk(contact_id, ann)
    return caller, contact_id, ann


def leg(live: Live, agent: str) -> Call:
    return live.line.apply(lambda c: [k for k in c.calls if k.to == f"client:{agent}"][-1])


def until(live: Live, call: Call, ready: object) -> None:
    assert callable(ready)
    found = live.line.run(call.until(lambda: ready() or None, 8))
    assert found, (call.history, live.failures)


def enter(live: Live, contact_id: str, mode: Mode, hearer: Call) -> Call:
    """Let the supervisor enter and wait until they hear the conversation."""
    supervision.listen(live.app, SUE, contact_id, mode, "api")
    boss = leg(live, BOSS)
    until(live, boss, lambda: live.line.carrier.hears(boss, hearer))
    return boss


def closed(live: Live, contact_id: str) -> str:
    """Wait until nobody listens any more on record; return the reason that was told."""
    live.line.run(live.line.carrier.settled())
    (one,) = supervision.of(live.app, contact_id)
    assert not one.open
    live.centre.relay()
    told = [e for e in live.centre.world.bus.published if e.type == "SupervisionEnded"]
    return str(told[-1].data["reason"])


def test_a_supervisor_coaches_the_agent_unheard_by_the_caller_and_leaves(live: Live) -> None:
    caller, contact_id, ann = talking(live)
    boss = enter(live, contact_id, Mode.MONITOR, caller.call)
    agent = leg(live, ann)
    hears = live.line.carrier.hears
    assert live.line.apply(lambda _: (hears(agent, boss), hears(caller.call, boss))) == (
        False, False,
    )  # fmt: skip
    supervision.change(live.app, SUE, contact_id, Mode.COACH, "api")
    assert live.line.apply(lambda _: (hears(agent, boss), hears(caller.call, boss))) == (
        True, False,
    )  # fmt: skip
    supervision.leave(live.app, SUE, contact_id, "api")
    until(live, boss, lambda: boss.done)
    assert closed(live, contact_id) == "left"
    assert live.centre.state(contact_id) == "CONNECTED"
    assert live.line.apply(lambda _: hears(agent, caller.call))


@pytest.mark.parametrize("end", ["agent", "caller"])
def test_the_end_of_the_conversation_is_the_supervisor_s(live: Live, end: str) -> None:
    caller, contact_id, ann = talking(live)
    boss = enter(live, contact_id, Mode.BARGE, caller.call)
    if end == "agent":
        agents.hang_up(live.app, ann, contact_id, "api")
    else:
        live.line.apply(lambda _: caller.hang_up())
    until(live, boss, lambda: boss.done)
    live.until(lambda: live.found(contact_id, "WRAPUP"))
    assert closed(live, contact_id) == "conversation_ended"


def test_a_supervisor_who_hangs_up_is_out(live: Live) -> None:
    caller, contact_id, _ = talking(live)
    boss = enter(live, contact_id, Mode.MONITOR, caller.call)
    exchange = live.line.carrier.exchange
    live.line.apply(lambda _: Person(boss, exchange).hang_up())
    until(live, boss, lambda: boss.done)
    assert closed(live, contact_id) == "left"
    assert live.centre.state(contact_id) == "CONNECTED"


def test_a_supervisor_whose_telephone_is_busy_never_was_there(live: Live) -> None:
    _, contact_id, _ = talking(live)
    live.line.apply(lambda c: c.register_client(BOSS, Refuses()))
    supervision.listen(live.app, SUE, contact_id, Mode.MONITOR, "api")
    boss = leg(live, BOSS)
    until(live, boss, lambda: boss.done)
    assert closed(live, contact_id) == "not_reached"
