"""Whatever callers and carriers do, in any order, twice or late: nothing lost, nothing doubled."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from centralino.application import calls
from centralino.application.routing import drain
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    CallProgressed,
    Command,
    DialEnded,
    InputGiven,
    MessageRecorded,
    PaymentEnded,
    PresentAsked,
    WaitContinued,
)
from tests.support.centre import KEY, Centre
from tests.unit.application.errand_flows import FLOW, errand_centre, events

CALL = "CA1"
LINE = """  person:
    do: enqueue
    queue: sales
    plan: voice
    texts: {en: hold, it: attenda}
    waiting:
      offers:
        - {digit: "1", to: back, every: 30s, texts: {en: back, it: richiamata}}
        - {digit: "2", to: message, every: 30s, texts: {en: message, it: messaggio}}
"""
TEXT = FLOW.replace(
    "  person: {do: enqueue, queue: sales, plan: voice, texts: {en: hold, it: attenda}}\n", LINE
)
#: A list of actions ends with one of these; a waiting loop with a pause as well.
LAST = (act.Gather, act.Message, act.Pay, act.Dial, act.Queue, act.Bridge, act.Hangup)

moves = st.lists(
    st.one_of(
        st.tuples(st.just("press"), st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "", "9"])),
        st.tuples(st.just("press"), st.sampled_from(["3331234567", "10", "1" * 1_000])),
        st.tuples(st.just("message"), st.sampled_from(["RE1", ""])),
        st.tuples(
            st.just("pay"),
            st.sampled_from(["paid", "declined", "cancelled", "invalid_input", "failed"]),
        ),
        st.tuples(st.just("dial"), st.sampled_from(["answered", "busy"])),
        st.tuples(st.sampled_from(["wait", "present", "agent", "late", "again"]), st.just("")),
        st.tuples(st.just("leave"), st.just("")),
    ),
    max_size=14,
)


def command(centre: Centre, contact: str, what: str, value: str) -> Command | None:
    found = centre.contact(contact)
    token = found.flow.token if found.flow is not None else ""
    in_line = f"wait.{found.leg}.{found.flow.turn if found.flow else 0}"
    match what:
        case "press":
            at_line = found.state == "WAITING" and token.startswith("person.")
            return InputGiven(contact, CALL, in_line if at_line else token, value, "m")
        case "message":
            return MessageRecorded(contact, CALL, token, value or None, 3, "m")
        case "pay":
            reference = "PK1" if value == "paid" else None
            return PaymentEnded(contact, CALL, token, value, reference, None, "m")
        case "dial":
            return DialEnded(contact, CALL, token, value, "m")
        case "wait":
            return WaitContinued(contact, CALL, "m")
        case "present":
            return PresentAsked(contact, CALL, "m")
        case "leave":
            return CallProgressed("twilio", CALL, "completed", True)
    return None


@settings(deadline=None, max_examples=150)
@given(moves)
def test_nothing_is_lost_and_nothing_doubled(done: list[tuple[str, str]]) -> None:
    centre = errand_centre(TEXT)
    contact = centre.ring()
    told: list[Command] = []
    agents = 0
    for what, value in done:
        if what == "agent":
            agents += 1
            centre.agent(f"a{agents}")
            drain(centre.app, "main", cause="test")
            continue
        if what == "late":
            centre.advance(40_000)
            continue
        sent = told[-1] if what == "again" and told else command(centre, contact, what, value)
        if sent is None:
            continue
        told.append(sent)
        before = centre.contact(contact)
        heard = calls.handle(centre.app, sent, KEY)
        after = centre.contact(contact)
        if isinstance(sent, CallProgressed):
            continue
        assert heard
        waits = isinstance(sent, WaitContinued) or (
            isinstance(sent, InputGiven) and sent.step.startswith("wait.")
        )
        assert isinstance(heard[-1], (*LAST, act.Pause, act.Play) if waits else LAST), heard
        assert not any(isinstance(action, LAST) for action in heard[:-1])
        if before.ended:
            assert after.state is before.state
    kept = centre.world.store.contacts()
    assert all(one.previous == contact for one in kept if one.id != contact)
    # A call becomes one thing at the most, and messages as many as were left at different turns.
    messages = {c.step for c in told if isinstance(c, MessageRecorded) and c.reference}
    assert sum(one.channel == "task" for one in kept) <= len(messages)
    assert sum(one.calls_back for one in kept) <= 1
    told_of = Counter(kind for kind, _ in events(centre, contact))
    payments = {c.step for c in told if isinstance(c, PaymentEnded) and c.result == "paid"}
    assert told_of["PaymentTaken"] <= len(payments)
    assert told_of["SurveyAnswered"] <= 1
    assert told_of["ContactClosed"] + told_of["ContactAbandoned"] <= 1
    versions = [one.id for one in kept]
    assert len(versions) == len(set(versions))
