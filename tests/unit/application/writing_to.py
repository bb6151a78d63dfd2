"""A centre that takes requests from pages and writes to customers, and what it wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from centralino.application.callbacks import requests
from centralino.application.callbacks.requests import Confirmed
from centralino.application.ports.delivery import Message
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours
from centralino.domain.configuration.model import BusinessUnit, Configuration, Spend
from centralino.domain.staffing.slots import SlotRules
from tests.support.centre import Centre
from tests.unit.application.calling_back import configuration_with
from tests.unit.application.picking_times import open_daily, plan_days

CUSTOMER = "+393331234567"
HOUR = 3_600_000


def web_rules(spend: Spend | None = None, hours: Hours | None = None, **how: Any) -> Configuration:
    """Return rules under which customers of sales may ask on a page and are written to."""
    how = {"web": True, "sms": True, "hours": "legal", "slots": SlotRules(most=2), **how}
    rules = configuration_with(CallbackRules(**how))
    sales = replace(rules.queues["sales"], names={"en": "Sales", "it": "Vendite"})
    support = replace(rules.queues["support"], callback=CallbackRules())
    return replace(
        rules,
        queues={"sales": sales, "support": support},
        hours={"legal": hours or open_daily(8, 20, "Europe/Rome")},
        business_units={"demo": BusinessUnit("demo", spend=spend or Spend())},
    )


def web_centre(spend: Spend | None = None, hours: Hours | None = None, **how: Any) -> Centre:
    """Return such a centre, ten agents planned for three weeks."""
    centre = Centre(rules=web_rules(spend, hours, **how))
    plan_days(centre, "sales", 10)
    return centre


def asked(centre: Centre, number: str = CUSTOMER, **how: Any) -> str:
    """Ask for a callback on a page, and let the code go out; return the request."""
    found = requests.ask(centre.app, queue="sales", line=None, number=number, **how)
    centre.advance(0)
    return found.id


def code_of(centre: Centre, request: str) -> str:
    """Return the code as the customer reads it in the message."""
    (text,) = [m.text for m in sent(centre, "code") if m.id == request]
    return next(word for word in text.replace(".", " ").split() if word.isdigit())


def booked(centre: Centre, number: str = CUSTOMER, **how: Any) -> Confirmed:
    """Ask on a page and tell the code; what follows from it goes out."""
    request = asked(centre, number, **how)
    done = requests.confirm(centre.app, request, code_of(centre, request), "web")
    told(centre)
    return done


def told(centre: Centre) -> None:
    """Let the relay and the timers do what is due now."""
    centre.relay()
    centre.advance(0)
    centre.relay()


def sent(centre: Centre, purpose: str = "callback") -> list[Message]:
    """Return what was sent for a purpose, in order."""
    return [message for message in centre.world.delivery.sent if message.purpose == purpose]
