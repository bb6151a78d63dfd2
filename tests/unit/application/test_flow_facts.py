"""What a flow knows of the contact centre, and understands of what callers say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from centralino.adapters.wire import contact_item
from centralino.application import calls, customers
from centralino.domain import ids
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.configuration.model import Plan, Step
from centralino.domain.errors import InvalidRequest
from centralino.domain.flows.model import Enqueue
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import CallArrived
from tests.support.centre import KEY, NUMBER, Centre
from tests.unit.application.flow_calls import FLOW, PIN, centre_of, give, rules

BRANCH = """
flow: main
start: which
steps:
  which:
    do: branch
    cases:
      - when: CONDITION
        to: bye
    otherwise: person
  person: {do: enqueue, queue: sales, plan: voice, texts: {en: hold, it: attenda}}
  bye: {do: hangup, texts: {en: bye, it: ciao}}
"""
COUNTRY = """
flow: main
start: country
steps:
  country: {do: announce_agent_country, texts: {en: from abroad, it: dall'estero}, then: person}
  person:
    {do: enqueue, queue: sales, plan: voice, near_plan: voice-eu, texts: {en: hold, it: attenda}}
"""
DAY = Hours("day", "Europe/Rome", tuple((Interval(0, 1440),) for _ in range(7)), holidays="IT")
NIGHT = Hours("night", "Europe/Rome", tuple(() for _ in range(7)))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("{open: day}", True),
        ("{open: night}", False),
        ("{not: {open: night}}", True),
        ("{holiday: day}", False),
        ("{queue_open: sales}", True),
        ("{waiting: sales, under: 1}", True),
        ("{waiting: sales, over: 0}", False),
        ("{line: it}", True),
        ("{language: en}", False),
        ("{all: [{open: day}, {line: [x, it]}]}", True),
        ("{any: [{open: gone}, {open: day}]}", True),
        ("{open: gone}", None),
        ("{holiday: night}", None),
        ("{queue_open: gone}", None),
        ("{waiting: gone, over: 1}", None),
        ("{wait: sales, under: 5m}", None),
        ("{all: [{open: gone}, {open: day}]}", None),
    ],
)
def test_a_flow_branches_on_what_the_centre_knows(condition: str, holds: bool | None) -> None:
    made = rules(BRANCH.replace("CONDITION", condition))
    # A Wednesday that is no holiday.
    centre = Centre(rules=replace(made, hours={"day": DAY, "night": NIGHT}))
    centre.world.clock.move_to(1_894_449_600_000)
    contact = centre.ring()
    ended = centre.state(contact) == "CLOSED"
    assert ended is (holds is True)
    undecided = [line for line in centre.world.log.lines if line.message == "flow_step_failed"]
    assert bool(undecided) is (holds is None)


def test_a_fact_that_cannot_be_looked_up_is_not_known() -> None:
    made = rules(BRANCH.replace("CONDITION", "{waiting: sales, under: 5}"))
    centre = Centre(rules=made)
    centre.world.faults.refuse("store.waiting", times=1)
    contact = centre.ring()
    assert centre.state(contact) == "WAITING"
    messages = [line.message for line in centre.world.log.lines]
    assert "flow_fact_unknown" in messages
    assert "flow_step_failed" in messages


@pytest.mark.parametrize(
    ("condition", "ends"),
    [
        ("{customer: segment, equals: gold}", "CLOSED"),
        ("{customer: segment, equals: silver}", "WAITING"),
        ("{customer: city, equals: Rome}", "WAITING"),
        ("{not: {customer: city, present: true}}", "CLOSED"),
    ],
)
def test_a_flow_branches_on_what_is_known_of_the_customer(condition: str, ends: str) -> None:
    centre = centre_of(BRANCH.replace("CONDITION", condition))
    subject = ids.subject_id(KEY, "phone", "+393330000001")
    customers.put(centre.app, subject, {"segment": "gold"})
    assert centre.state(centre.ring()) == ends


def test_a_caller_who_withholds_the_number_is_a_stranger() -> None:
    centre = centre_of(BRANCH.replace("CONDITION", "{customer: segment, present: true}"))
    calls.handle(centre.app, CallArrived("twilio", "CA9", "", NUMBER, "w"), KEY)
    assert centre.state(ids.contact_id(KEY, "twilio", "CA9")) == "WAITING"


def test_a_customer_who_cannot_be_looked_up_goes_the_other_way() -> None:
    centre = centre_of(BRANCH.replace("CONDITION", "{customer: segment, equals: gold}"))
    centre.world.faults.refuse("operations.get", times=1)
    assert centre.state(centre.ring()) == "WAITING"
    assert "flow_fact_unknown" in [line.message for line in centre.world.log.lines]


@pytest.mark.parametrize(
    "fields", [{"Name": "x"}, {"name": ""}, {"name": "x" * 81}, {f"f{i}": "x" for i in range(21)}]
)
def test_a_customer_is_known_by_a_few_words_only(fields: dict[str, str]) -> None:
    centre = centre_of()
    with pytest.raises(InvalidRequest):
        customers.put(centre.app, "su_1", fields)
    assert customers.known(centre.app, "su_1") == {}


def test_a_customer_is_replaced_and_forgotten_as_a_whole() -> None:
    centre = centre_of()
    customers.put(centre.app, "su_1", {"segment": "gold", "city": "Rome"})
    customers.put(centre.app, "su_1", {"segment": "silver"})
    assert customers.known(centre.app, "su_1") == {"segment": "silver"}
    customers.forget(centre.app, "su_1")
    assert customers.known(centre.app, "su_1") == {}


def test_a_phone_number_is_understood_as_dialled_from_the_line_s_country() -> None:
    text = FLOW.replace("type: digits\n    min: 8\n    max: 8", "type: phone").replace(
        "sensitive: true", "sensitive: false"
    )
    centre = centre_of(text)
    contact = centre.ring()
    give(centre, contact, "0461123456")
    position = centre.contact(contact).flow
    assert position is not None
    assert position.variables == {"pin": "+390461123456"}


def test_speech_is_taken_as_digits_are() -> None:
    centre = centre_of(FLOW.replace('"3": bye', '"3": {to: bye, say: {it: [basta], en: [stop]}}'))
    contact = centre.ring()
    (gather,) = give(centre, contact, PIN)
    assert isinstance(gather, act.Gather)
    assert gather.speech == "it"
    assert {"basta", "1", "uno"} <= set(gather.hints)
    assert give(centre, contact, speech="Basta così.") == [act.Say("ciao", "it"), act.Hangup()]


@pytest.mark.parametrize(("digit", "plan"), [("1", "voice-eu"), ("", "voice")])
def test_who_asks_for_an_agent_in_italy_or_the_eu_waits_under_that_plan(
    digit: str, plan: str
) -> None:
    made = rules(COUNTRY)
    queue = replace(made.queues["sales"], plans=("voice", "voice-eu"))
    near = Plan("voice-eu", steps=(Step(0, {"eu": 1}),))
    centre = Centre(
        rules=replace(
            made,
            queues={**made.queues, "sales": queue},
            plans={**made.plans, "voice-eu": near},
        )
    )
    contact = centre.ring()
    assert give(centre, contact, digit)[-1] == act.Queue(contact)
    assert centre.contact(contact).plan == plan


def test_the_stored_flow_is_readable() -> None:
    """What is stored of a position stays plain values: a deployed table has to hold them."""
    centre = centre_of()
    contact = centre.ring()
    give(centre, contact, PIN)
    stored = contact_item(centre.contact(contact))["fl"]
    assert json.loads(json.dumps(stored)) == stored
    assert isinstance(rules().flows["main"].steps["person"], Enqueue)
