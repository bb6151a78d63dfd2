"""A customer who is rung before an agent is found, from the ring to the talk, over the carrier."""

from __future__ import annotations

from dataclasses import replace

from centralino.application import offers
from centralino.application.callbacks import commands as callbacks
from centralino.domain.callbacks.model import Mode, contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.telephony import phrases
from local.twilio import Answers
from local.twilio.model import Call
from tests.contract.telephony.live import Live, open_line
from tests.support.centre import KEY
from tests.unit.application.calling_back import configuration_with

CUSTOMER = "+393331234567"
FIRST = CallbackRules(mode=Mode.CUSTOMER_FIRST)


def rung(live: Live) -> tuple[str, str]:
    """Have a customer rung for a free agent; return agent and contact."""
    ann = live.agent("ann", "sales")
    asked = callbacks.book(
        live.app, queue="sales", number=CUSTOMER, line=None, topic=None, key=KEY, cause="w"
    )
    contact = contact_of(asked.callback_id or "")
    callbacks.look(live.app, contact, "timer")
    return ann, contact


def leg(live: Live, to: str) -> Call:
    return live.line.apply(lambda c: [k for k in c.calls if k.to == to][-1])


def test_the_customer_answers_hears_the_greeting_and_is_brought_to_the_agent() -> None:
    with open_line(configuration_with(FIRST)) as live:
        live.line.apply(lambda c: c.register_phone(CUSTOMER, Answers(after=0.3, talk=40)))
        ann, contact = rung(live)
        live.until(lambda: live.found(contact, "WAITING") or live.found(contact, "OFFERED"))
        live.centre.drain_nudged()
        offered = live.until(lambda: live.found(contact, "OFFERED"))
        offers.accept(live.app, ann, contact, offered.rid or "", "api")
        live.until(lambda: live.found(contact, "CONNECTED"))
        customer, agent = leg(live, CUSTOMER), leg(live, f"client:{ann}")
        assert live.line.run(
            agent.until(lambda: live.line.carrier.hears(agent, customer) or None, 8)
        )
        assert customer.started_at is not None
        assert agent.started_at is not None
        assert customer.started_at < agent.started_at
        said = live.line.apply(lambda _: [heard.text for heard in customer.heard])
        assert phrases.CALLED_BACK["it"] in said
        calls = live.line.apply(lambda c: [k for k in c.calls if k.to == CUSTOMER])
        assert len(calls) == 1
        live.line.apply(lambda c: c.exchange.calls.end(customer, "completed", by="customer"))
        live.until(lambda: live.found(contact, "WRAPUP"))


def test_a_customer_who_hangs_up_before_an_agent_comes_is_called_again_later() -> None:
    with open_line(configuration_with(FIRST)) as live:
        live.line.apply(lambda c: c.register_phone(CUSTOMER, Answers(after=0.3, talk=40)))
        _, contact = rung(live)
        live.until(lambda: live.found(contact, "WAITING") or live.found(contact, "OFFERED"))
        customer = leg(live, CUSTOMER)
        live.line.apply(lambda c: c.exchange.calls.end(customer, "completed", by="customer"))
        again = live.until(lambda: live.found(contact, "SCHEDULED"))
        assert again.callback is not None
        assert [str(a.outcome) for a in again.callback.attempts] == ["left"]


def test_a_machine_is_left_the_message_and_hung_up_on() -> None:
    rules = replace(FIRST, detect=True, machine_message={"en": "We called.", "it": "Chiamato."})
    with open_line(configuration_with(rules)) as live:
        live.line.apply(
            lambda c: c.register_phone(
                CUSTOMER, Answers(after=0.2, talk=60), answered_by="machine_end_beep"
            )
        )
        _, contact = rung(live)
        put_off = live.until(
            lambda: live.found(contact, "SCHEDULED") if _tried(live, contact) else None
        )
        assert put_off.callback is not None
        assert [str(a.outcome) for a in put_off.callback.attempts] == ["machine"]
        customer = leg(live, CUSTOMER)
        assert live.line.run(customer.until(lambda: customer.done or None, 8))
        said = live.line.apply(lambda _: [heard.text for heard in customer.heard])
        assert said[-1] == "Chiamato."


def _tried(live: Live, contact: str) -> bool:
    callback = live.centre.contact(contact).callback
    return callback is not None and any(a.outcome is not None for a in callback.attempts)
