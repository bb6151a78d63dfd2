"""A flow that sends the carrier on errands, on the line of the small centre."""

from __future__ import annotations

from dataclasses import replace

from centralino.application import calls
from centralino.domain.configuration.model import Configuration, Plan
from centralino.domain.contacts.model import Channel
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    DialEnded,
    InputGiven,
    MessageRecorded,
    PaymentEnded,
)
from tests.support.centre import KEY, Centre
from tests.unit.application.flow_calls import at, rules

TEXTS = "{en: x, it: x}"
FLOW = """
flow: main
start: menu
person: person
steps:
  menu:
    do: menu
    texts: {en: menu, it: menu}
    choices: {"1": message, "2": put_through, "3": pay, "4": may_we, "5": back, "6": happy,
      "7": number}
    invalid: {en: what, it: come}
    otherwise: person
  message:
    do: voicemail
    queue: support
    plan: task
    deadline: 2h
    longest: 90s
    silence: 3s
    texts: {en: speak, it: parli}
    then: thanks
    otherwise: person
  put_through:
    do: transfer
    number: "+390200000099"
    timeout: 25s
    texts: {en: through, it: "un attimo"}
    then: bye
    otherwise: person
  number:
    do: collect
    type: phone
    into: other
    texts: {en: which, it: quale}
    invalid: {en: none, it: nessuno}
    then: elsewhere
    otherwise: person
  elsewhere:
    do: transfer
    number: "{other}"
    texts: {en: through, it: "un attimo"}
    then: bye
    otherwise: person
  pay:
    do: pay
    amount: "12.5"
    currency: eur
    description: a bill
    connector: Default
    tries: 2
    texts: {en: card, it: carta}
    invalid: {en: again, it: ancora}
    then: bye
    otherwise: person
  may_we:
    do: consent
    purpose: recording
    record: true
    text_version: v1
    texts: {en: may we, it: possiamo}
    invalid: {en: what, it: come}
    then: menu
    otherwise: menu
  back:
    do: offer_callback
    queue: sales
    plan: voice
    texts: {en: call you, it: "la richiamiamo"}
    ask: {en: number, it: numero}
    invalid: {en: none, it: nessuno}
    then: booked
    otherwise: person
  booked:
    do: hangup
    texts: {en: "at {callback_at:time}", it: "alle {callback_at:time}"}
  happy:
    do: survey
    scale: nps
    texts: {en: how, it: quanto}
    invalid: {en: "0 to 10", it: "da 0 a 10"}
    then: bye
  thanks: {do: hangup, texts: {en: thanks, it: grazie}}
  person: {do: enqueue, queue: sales, plan: voice, texts: {en: hold, it: attenda}}
  bye: {do: hangup, texts: {en: bye, it: ciao}}
"""


def with_tasks(configuration: Configuration) -> Configuration:
    """Return rules whose queues take tasks, too."""
    queues = {
        name: replace(queue, plans=("voice", "task"))
        for name, queue in configuration.queues.items()
    }
    plans = {**configuration.plans, "task": Plan("task", channel=Channel.TASK)}
    profiles = {
        name: replace(profile, capacity={Channel.VOICE: 1, Channel.TASK: 2})
        for name, profile in configuration.profiles.items()
    }
    return replace(configuration, queues=queues, plans=plans, profiles=profiles)


def errand_centre(text: str = FLOW) -> Centre:
    return Centre(rules=with_tasks(rules(text)))


def recorded(
    centre: Centre, contact: str, reference: str | None = "RE1", step: str | None = None
) -> list[act.Action]:
    """Let the carrier tell that a message was taken."""
    token = step or at(centre, contact)
    return calls.handle(centre.app, MessageRecorded(contact, "CA1", token, reference, 12, "m"), KEY)


def paid(
    centre: Centre, contact: str, result: str = "paid", step: str | None = None
) -> list[act.Action]:
    """Let the carrier tell how a payment ended."""
    token, proof = step or at(centre, contact), "PK1" if result == "paid" else None
    return calls.handle(
        centre.app, PaymentEnded(contact, "CA1", token, result, proof, None, "p"), KEY
    )


def dialled(
    centre: Centre, contact: str, outcome: str, step: str | None = None
) -> list[act.Action]:
    """Let the carrier tell how a call put through ended."""
    token = step or at(centre, contact)
    return calls.handle(centre.app, DialEnded(contact, "CA1", token, outcome, "d"), KEY)


def pressed(centre: Centre, contact: str, digits: str, step: str) -> list[act.Action]:
    """Let the caller press digits for a certain turn."""
    return calls.handle(centre.app, InputGiven(contact, "CA1", step, digits, "m"), KEY)


def events(centre: Centre, contact: str) -> list[tuple[str, dict[str, object]]]:
    """Return what has been published of a contact, in order."""
    centre.relay()
    return [(o.type, o.data) for o in centre.world.bus.published if o.entity_id == contact]
