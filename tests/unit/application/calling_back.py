"""A centre whose customers ask to be called back, and what must always be true of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from centralino.application import legs, offers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks.commands import CallbackAsked
from centralino.application.markers import open_marker
from centralino.domain.callbacks.model import DONE, CallbackState, attempt_id, contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact, FlowPosition
from centralino.domain.events import describe
from centralino.domain.ids import contact_id, subject_id
from centralino.domain.telephony.commands import (
    AnswerDetected,
    AttemptProgressed,
    LegJoined,
    LegLeft,
)
from tests.support.centre import KEY, Centre, configuration

CUSTOMER = "+393331234567"
MINUTE = 60_000
ENDS = {
    "CallbackConnected",
    "CallbackCancelled",
    "CallbackExhausted",
    "CallbackExpired",
    "CallbackSuperseded",
}


def centre_with(rules: CallbackRules | None = None, **changes: object) -> Centre:
    """Return a centre whose queues call back by these rules."""
    return Centre(rules=configuration_with(rules or CallbackRules(), **changes))


def configuration_with(rules: CallbackRules, **changes: object) -> Configuration:
    base = configuration()
    queues = {
        name: replace(queue, callback=rules, offer_timeout_ms=30_000)
        for name, queue in base.queues.items()
    }
    return replace(base, queues=queues, **changes)  # type: ignore[arg-type]


def caller(
    centre: Centre, call: str = "CA1", *, waits: bool = True, number: str = CUSTOMER
) -> Contact:
    """Return a caller in the queue of sales, or still in the menu."""
    now = centre.app.clock.now()
    contact = lifecycle.start(
        contact_id(KEY, "twilio", call),
        business_unit="demo",
        provider="twilio",
        call=call,
        line="it",
        language="it",
        subject=subject_id(KEY, "phone", number),
        flow=FlowPosition("main", 1, "menu"),
        now=now,
        cause="w",
    )
    centre.app.operations.put(open_marker(contact, now))
    centre.world.store.save_contact(contact)
    if waits:
        contact = lifecycle.enqueue(
            contact, pool="main", queue="sales", plan="voice", now=now, cause="w"
        )
        centre.world.store.save_contact(contact)
    return contact


def ask(
    centre: Centre, contact: Contact, number: str | None = CUSTOMER, **more: str
) -> CallbackAsked:
    return callbacks.ask(
        centre.app, contact, queue="sales", plan="voice", number=number, cause="w", **more
    )


def asked(centre: Centre, call: str = "CA1", **how: bool) -> str:
    """Let a caller ask to be called back; return the contact that does."""
    answer = ask(centre, caller(centre, call, **how))
    assert answer.outcome == "booked", answer
    assert answer.callback_id is not None
    return contact_of(answer.callback_id)


def accepted(centre: Centre, contact: str, agent: str) -> str:
    """Let the agent take the callback and come on the line; return the attempt."""
    rid = centre.contact(contact).rid or ""
    offers.accept(centre.app, agent, contact, rid, "api")
    legs.joined(centre.app, LegJoined(contact, "CAagent", rid))
    return current(centre, contact)


def current(centre: Centre, contact: str) -> str:
    """Return the latest attempt of a callback."""
    callback = centre.contact(contact).callback
    assert callback is not None
    return attempt_id(contact, len(callback.attempts))


def tell(centre: Centre, attempt: str, outcome: str, call: str | None = None) -> None:
    """Let the carrier tell how an attempt goes on."""
    made = [d.call for d in centre.world.dialler.calls if d.attempt == attempt]
    command = AttemptProgressed(
        contact_of(attempt), attempt, call or (made[-1] if made else "CAout"), outcome, "w"
    )
    callbacks.attempt_progressed(centre.app, command)


def detect(centre: Centre, attempt: str, who: str) -> None:
    """Let the carrier tell who answered."""
    made = [d.call for d in centre.world.dialler.calls if d.attempt == attempt]
    callbacks.answer_detected(
        centre.app, AnswerDetected(contact_of(attempt), attempt, made[-1], who, "w")
    )


def agent_leaves(centre: Centre, contact: str, rid: str) -> None:
    legs.left(centre.app, LegLeft(contact, "CAagent", rid, "hung_up"))


def told(centre: Centre) -> list[tuple[str, str]]:
    """Return contact and type of every event ever written, relayed or not."""
    return [(o.entity_id, o.type) for o in centre.world.bus.published]


def types(contact: Contact) -> list[str]:
    return [occurrence.type for occurrence in describe(contact)]


def sound(centre: Centre) -> None:
    """No callback ended twice or was doubled; no phone rang twice at once; slots are those held."""
    contacts = {contact.id: contact for contact in centre.world.store.contacts()}
    open_topics: Counter[tuple[str | None, str]] = Counter()
    for contact in contacts.values():
        callback = contact.callback
        if callback is None:
            continue
        if callback.pending:
            open_topics[contact.subject, callback.topic] += 1
            assert not contact.ended, contact
        elif callback.state is not CallbackState.CONNECTED:
            assert contact.ended, contact
        if contact.previous is not None:
            assert str(contacts[contact.previous].state) == "CLOSED"
            asking = contacts[contact.previous]
            if asking.virtual_time is not None and asking.queue == contact.queue:
                assert contact.virtual_time == asking.virtual_time
    assert all(count == 1 for count in open_topics.values()), open_topics
    live = {(s.agent, s.rid): c.id for c in contacts.values() for s in c.segments if s.live}
    live |= {
        (c.agent or "", c.rid or ""): c.id for c in contacts.values() if str(c.state) == "OFFERED"
    }
    held = {
        (agent.id, rid): slot.contact
        for agent in centre.world.store.agents()
        for rid, slot in agent.slots.items()
    }
    assert held == live


def ended_once(centre: Centre) -> None:
    """Every callback that has ended told so exactly once, none of the open ones did."""
    centre.relay()
    ends = Counter(entity for entity, kind in told(centre) if kind in ENDS)
    for contact in centre.world.store.contacts():
        if contact.callback is not None:
            done = contact.callback.state in DONE
            assert ends[contact.id] == (1 if done else 0), (contact.callback, ends[contact.id])


def no_overlap(rings: list[tuple[int, int]]) -> None:
    """Rings (from, to) of one customer do not overlap."""
    rings = sorted(rings)
    for (_, end), (start, _) in pairwise(rings):
        assert end <= start, rings


def minutes(centre: Centre, count: int) -> None:
    """Let minutes pass, and the sweep of each."""
    for _ in range(count):
        centre.advance(MINUTE)
        centre.sweep()
