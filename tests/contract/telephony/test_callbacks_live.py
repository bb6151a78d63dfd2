"""Callbacks from the request to the talk: the agent's leg first, then the customer's, for real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from centralino.application import offers
from centralino.application.callbacks import commands as callbacks
from centralino.domain.callbacks.model import contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.contacts.model import Contact
from local.twilio import Answers, Refuses
from local.twilio.model import Call
from tests.contract.telephony.live import Live, open_line
from tests.unit.application.calling_back import configuration_with

CUSTOMER = "+393331234567"


@pytest.fixture
def live() -> Iterator[Live]:
    with open_line(configuration_with(CallbackRules())) as opened:
        yield opened


def ready(live: Live) -> tuple[str, Contact]:
    """Let a waiting caller ask to be called back and hang up, and an agent get it offered."""
    caller, contact_id = live.call()
    contact = live.centre.contact(contact_id)
    asked = callbacks.ask(
        live.app, contact, queue="sales", plan="voice", number=CUSTOMER, cause="w"
    )
    assert asked.callback_id is not None, asked
    live.line.apply(lambda _: caller.hang_up())
    back = contact_of(asked.callback_id)
    live.until(lambda: live.found(back, "WAITING"))
    ann = live.agent("ann", "sales")
    live.centre.drain_nudged()
    return ann, live.until(lambda: live.found(back, "OFFERED"))


def leg(live: Live, to: str) -> Call:
    return live.line.apply(lambda c: [k for k in c.calls if k.to == to][-1])


def test_the_agent_is_on_the_line_when_the_customer_picks_up_and_the_talk_ends_with_them(
    live: Live,
) -> None:
    live.line.apply(lambda c: c.register_phone(CUSTOMER, Answers(after=0.5, talk=40)))
    ann, back = ready(live)
    offers.accept(live.app, ann, back.id, back.rid or "", "api")
    connected = live.until(lambda: live.found(back.id, "CONNECTED"))
    customer, agent = leg(live, CUSTOMER), leg(live, f"client:{ann}")
    assert live.line.run(agent.until(lambda: live.line.carrier.hears(agent, customer) or None, 8))
    assert agent.started_at is not None
    assert customer.started_at is not None
    assert agent.started_at < customer.started_at
    assert connected.agent == ann
    assert live.line.run(agent.until(lambda: agent.done or None, 8))
    live.until(lambda: live.found(back.id, "WRAPUP"))


def test_a_customer_who_is_busy_leaves_nobody_on_the_line(live: Live) -> None:
    live.line.apply(lambda c: c.register_phone(CUSTOMER, Refuses()))
    ann, back = ready(live)
    offers.accept(live.app, ann, back.id, back.rid or "", "api")
    tried = live.until(
        lambda: next(
            (c for c in [live.centre.contact(back.id)] if str(c.state) in ("SCHEDULED", "WRAPUP")),
            None,
        )
    )
    assert tried.callback is not None
    assert [str(a.outcome) for a in tried.callback.attempts] == ["busy"]
    agent = leg(live, f"client:{ann}")
    assert live.line.run(agent.until(lambda: agent.done or None, 8))


def test_a_machine_that_answers_is_no_conversation() -> None:
    rules = replace(CallbackRules(), detect=True)
    with open_line(configuration_with(rules)) as live:
        live.line.apply(
            lambda c: c.register_phone(CUSTOMER, Answers(after=0.2), answered_by="machine_start")
        )
        ann, back = ready(live)
        offers.accept(live.app, ann, back.id, back.rid or "", "api")
        live.until(
            lambda: next(
                (
                    c
                    for c in [live.centre.contact(back.id)]
                    if c.callback is not None and c.callback.last and c.callback.last.outcome
                ),
                None,
            )
        )
        last = live.centre.contact(back.id).callback
        assert last is not None
        assert [str(a.outcome) for a in last.attempts] == ["machine"]
        customer = leg(live, CUSTOMER)
        assert live.line.run(customer.until(lambda: customer.done or None, 8))
