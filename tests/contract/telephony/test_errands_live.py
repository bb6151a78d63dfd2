"""Flows that send the carrier on errands, and keys pressed in line, from end to end."""

from __future__ import annotations

import pytest

from centralino.application.ports import Item
from centralino.domain.contacts.model import Channel, Contact
from centralino.domain.errors import TransientDependency
from local.twilio import Answers, Caller, LeavesMessage, Pays, Person, Refuses
from tests.contract.telephony.live import Live, open_line
from tests.support.centre import NUMBER
from tests.unit.application.errand_flows import FLOW, with_tasks
from tests.unit.application.flow_calls import rules

OUTSIDE = "+390200000099"
IN_LINE = """
flow: main
start: line
person: line
steps:
  line:
    do: enqueue
    queue: sales
    plan: voice
    texts: {en: hold, it: attenda}
    waiting:
      interval: 15s
      offers:
        - {digit: "2", to: message, every: 15s, texts: {en: message, it: messaggio}}
        - {digit: "3", to: back, every: 15s, texts: {en: back, it: richiamata}}
  message:
    do: voicemail
    queue: support
    plan: task
    silence: 3s
    texts: {en: speak, it: parli}
    then: bye
    otherwise: line
  back:
    do: offer_callback
    queue: sales
    plan: voice
    texts: {en: call you, it: "la richiamiamo"}
    ask: {en: number, it: numero}
    invalid: {en: none, it: nessuno}
    then: booked
    otherwise: line
  booked: {do: hangup, texts: {en: booked, it: prenotata}}
  bye: {do: hangup, texts: {en: bye, it: ciao}}
"""


def call(live: Live, script: object) -> Person:
    assert callable(script)
    return live.line.run(live.line.carrier.call("+393330000001", NUMBER, script))


def heard(person: Person) -> list[str]:
    return [one.text for one in person.heard if one.verb == "Say"]


def task(live: Live) -> Contact:
    """Wait for the task that came of a message."""
    return live.until(lambda: next((c for c in live.contacts() if c.channel is Channel.TASK), None))


def offered(live: Live, person: Person, times: int) -> None:
    """Let time go by until a way out has been offered so often."""
    assert live.line.run(person.queued(within=200)) is not None
    live.centre.advance(16_000)
    count = person.until(lambda: heard(person).count("messaggio") >= times or None, within=200)
    assert live.line.run(count), heard(person)


def ended(live: Live, person: Person) -> None:
    live.line.run(person.ended(within=15))
    live.line.run(live.line.carrier.settled())


@pytest.mark.parametrize("hang_up", [False, True], ids=["falls silent", "hangs up"])
def test_a_message_becomes_a_task_with_its_sound(hang_up: bool) -> None:
    async def script(me: Person) -> None:
        await me.prompt()
        await me.press("1")
        await LeavesMessage(6, hang_up=hang_up)(me)

    with open_line(with_tasks(rules(FLOW))) as live:
        person = call(live, script)
        made = task(live)
        ended(live, person)
        (order,) = live.centre.world.copies.waiting
        assert order.contact == made.id
        assert sound(live, order.reference).startswith(b"RIFF")
        assert ("grazie" in heard(person)) is not hang_up
        assert made.queue == "support"


def test_a_bill_is_paid_and_no_card_is_written_anywhere() -> None:
    async def script(me: Person) -> None:
        await me.prompt()
        await me.press("3")
        await Pays().card(me)
        await me.ended()

    with open_line(with_tasks(rules(FLOW))) as live:
        person = call(live, script)
        ended(live, person)
        assert heard(person)[-1] == "ciao"
        assert live.line.apply(lambda c: c.gateway.charged) == [("12.50", "eur")]
        live.centre.relay()
        told = [e for e in live.centre.world.bus.published if e.type == "PaymentTaken"]
        assert [(e.data["amount"], e.data["currency"]) for e in told] == [("12.50", "eur")]
        everything = f"{live.contacts()} {list(live.centre.world.bus.published)}"
        everything += f" {live.centre.world.log.lines}"
        for item in _items(live):
            everything += f" {item}"
        assert "4242" not in everything.replace(str(told[0].data["reference"]), "")


def test_a_card_that_is_declined_twice_reaches_a_person() -> None:
    async def script(me: Person) -> None:
        await me.prompt()
        await me.press("3")
        for _ in range(2):
            await Pays().card(me)
        await me.queued()
        me.hang_up()

    with open_line(with_tasks(rules(FLOW))) as live:
        live.line.apply(lambda c: c.gateway.answers.extend(["declined", "declined"]))
        person = call(live, script)
        ended(live, person)
        assert "ancora" in heard(person)
        assert live.line.apply(lambda c: c.gateway.charged) == []


@pytest.mark.parametrize(
    ("behaviour", "then"), [(Answers(after=0.2, talk=3), "ciao"), (Refuses(), "attenda")]
)
def test_a_caller_put_through_goes_on_by_how_it_ended(behaviour: object, then: str) -> None:
    async def script(me: Person) -> None:
        await me.prompt()
        await me.press("2")
        await me.until(lambda: then in [h.text for h in me.heard] or None)
        me.hang_up()

    with open_line(with_tasks(rules(FLOW))) as live:
        live.line.apply(lambda c: c.register_phone(OUTSIDE, behaviour))  # type: ignore[arg-type]
        person = call(live, script)
        ended(live, person)
        assert heard(person)[-1] == then


def test_a_key_pressed_in_line_leads_out_of_it_to_a_message() -> None:
    async def script(me: Person) -> None:
        await me.queued()
        await me.until(lambda: "messaggio" in [h.text for h in me.heard] or None)
        await me.press("2")
        await LeavesMessage(5)(me)

    with open_line(with_tasks(rules(IN_LINE))) as live:
        person = call(live, script)
        offered(live, person, 1)
        made = task(live)
        ended(live, person)
        assert made.queue == "support"
        assert heard(person)[-1] == "ciao"
        mine = next(c for c in live.contacts() if c.call == person.sid)
        assert mine.ended


def test_somebody_who_presses_nothing_keeps_waiting_in_the_same_place() -> None:
    with open_line(with_tasks(rules(IN_LINE))) as live:
        person = call(live, Caller([], patience=None))
        first = live.line.run(person.queued(within=200))
        offered(live, person, 1)
        offered(live, person, 2)
        assert live.line.run(person.queued(within=200)) is first
        mine = next(c for c in live.contacts() if c.call == person.sid)
        assert str(mine.state) == "WAITING"


def sound(live: Live, reference: str) -> bytes:
    """Fetch a sound, as often as it takes until the carrier has it ready."""
    found: list[bytes] = []

    def ready() -> Contact | None:
        try:
            found.append(b"".join(live.app.recorder.fetch(reference)))
        except TransientDependency:
            return None
        return live.contacts()[0]

    live.until(ready)
    return found[0]


def _items(live: Live) -> list[Item]:
    partitions = live.centre.world.operations._partitions
    return [item for partition in partitions.values() for item in partition.values()]
