"""Calls in their flows: data sources, sensitive values, facts, and flows that are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest

from centralino.adapters.telephony.twilio.twiml import render
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.adapters.wire import contact_item
from centralino.application import calls
from centralino.application.ports import Question
from centralino.domain.configuration.model import Pool
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import TransientDependency
from centralino.domain.flows.model import Flow
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases
from centralino.domain.telephony.commands import InputGiven, PresentAsked
from tests.support.centre import KEY, Centre, configuration
from tests.unit.application.flow_calls import FLOW, PIN, SOURCE, at, centre_of, give, rules


@pytest.fixture
def centre() -> Centre:
    made = centre_of()
    made.world.sources.answers[SOURCE] = lambda _: {"name": "Smith & Sons"}
    return made


def everything(centre: Centre) -> str:
    """Return all that was stored, published, logged and pushed, as text."""
    kept = [
        *(repr(contact_item(contact)) for contact in centre.world.store.contacts()),
        *(repr(image) for image in centre.stream.take()),
        *(repr(line) for line in centre.world.log.lines),
        *(repr(asdict(event)) for event in centre.world.bus.published),
        *(repr(frame) for frame in centre.world.realtime.frames),
        repr(centre.world.operations._partitions),
    ]
    return "\n".join(kept)


# ---------------------------------------------------------------- sensitive values


def test_a_sensitive_value_reaches_the_data_source_and_nothing_else(centre: Centre) -> None:
    contact = centre.ring()
    heard = [centre.heard, give(centre, contact, PIN)]
    kept = centre.world.operations.get(f"secret#{contact}", "pin")
    assert kept is not None
    assert kept.attributes == {"value": PIN}
    assert kept.ttl is not None
    assert kept.ttl - centre.world.clock.now() / 1000 <= 300
    assert PIN not in repr(contact_item(centre.contact(contact)))
    heard.append(give(centre, contact, "1"))
    assert [question.inputs["pin"] for question in centre.world.sources.asked] == [PIN]
    centre.relay()
    assert centre.state(contact) == "WAITING"
    found = everything(centre) + repr(heard) + repr(centre.world.sources.asked)
    assert PIN not in found
    assert PIN not in "".join(render(actions, Urls("https://x")) for actions in heard)


@pytest.mark.parametrize("way", ["hang up", "end", "queue"])
def test_a_sensitive_value_that_was_not_needed_is_forgotten(centre: Centre, way: str) -> None:
    contact = centre.ring()
    give(centre, contact, PIN)
    if way == "hang up":
        centre.caller_leaves(contact)
    elif way == "end":
        give(centre, contact, "3")
    else:
        for _ in range(3):
            give(centre, contact, "9")
    centre.relay()
    assert centre.contact(contact).ended or centre.state(contact) == "WAITING"
    assert PIN not in everything(centre)


def test_a_sensitive_value_kept_too_long_is_not_replaced_by_nothing(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, PIN)
    centre.advance(301_000)
    heard = give(centre, contact, "1")
    assert centre.world.sources.asked == []
    assert heard == [act.Say("nessuna risposta", "it"), act.Queue(contact)]


def test_a_sensitive_value_that_cannot_be_deleted_at_once_costs_the_caller_nothing(
    centre: Centre,
) -> None:
    contact = centre.ring()
    give(centre, contact, PIN)
    centre.world.faults.refuse("operations.delete", times=1)
    assert give(centre, contact, "1")[-1] == act.Queue(contact)
    assert "secret_not_deleted" in [line.message for line in centre.world.log.lines]


# ---------------------------------------------------------------- data sources


def test_a_duplicated_answer_asks_under_the_same_key_and_moves_once(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, PIN)
    token = at(centre, contact)
    centre.world.faults.crash_before("store.save_contact")
    with pytest.raises(BaseException):  # noqa: B017, PT011 - a dying process
        calls.handle(centre.app, InputGiven(contact, "CA1", token, "1"), KEY)
    centre.world.faults.clear()
    again = calls.handle(centre.app, InputGiven(contact, "CA1", token, "1"), KEY)
    assert again[-1] == act.Queue(contact)
    keys = [question.key for question in centre.world.sources.asked]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    before = centre.contact(contact)
    calls.handle(centre.app, InputGiven(contact, "CA1", token, "1"), KEY)
    assert centre.contact(contact) == before
    assert len(centre.world.sources.asked) == 2


def test_the_same_digit_at_two_steps_moves_one_step_for_each_answer() -> None:
    text = FLOW.replace('"1": look', '"1": pin')
    centre = centre_of(text)
    contact = centre.ring()
    first = at(centre, contact)
    for _ in range(3):
        calls.handle(centre.app, InputGiven(contact, "CA1", first, PIN), KEY)
    second = at(centre, contact)
    assert second == "sure.1"
    for _ in range(3):
        calls.handle(centre.app, InputGiven(contact, "CA1", second, "1"), KEY)
    # Back at the first step: yet its late duplicate is of another turn.
    assert at(centre, contact) == "pin.2"
    calls.handle(centre.app, InputGiven(contact, "CA1", first, PIN), KEY)
    assert at(centre, contact) == "pin.2"


def _hangs(_: Question) -> Any:
    raise TransientDependency("late", code="source_late")


@pytest.mark.parametrize(
    "answer",
    [_hangs, lambda _: None, lambda _: [1], lambda _: "x", lambda _: {}, lambda _: {"name": 1.5j}],
    ids=["hangs", "null", "list", "text", "empty", "nonsense"],
)
def test_a_data_source_that_fails_is_spoken_of_and_a_person_reached(
    centre: Centre, answer: Any
) -> None:
    centre.world.sources.answers[SOURCE] = answer
    contact = centre.ring()
    give(centre, contact, PIN)
    heard = give(centre, contact, "1")
    assert heard == [act.Say("nessuna risposta", "it"), act.Queue(contact)]
    failed = [line.fields for line in centre.world.log.lines if line.message == "flow_step_failed"]
    assert [(line["flow"], line["step"]) for line in failed] == [("main", "look")]


def test_the_data_sources_of_one_turn_share_one_time_limit() -> None:
    chain = FLOW.replace("then: sure", "then: look").replace("then: greet", "then: look2")
    chain = chain.replace(
        "  greet:",
        chain[chain.index("  look:") : chain.index("  greet:")]
        .replace("  look:", "  look2:")
        .replace("then: look2", "then: greet")
        + "  greet:",
    ).replace("budget: 2s", "budget: 5s")
    centre = centre_of(chain)
    asked: list[Question] = []

    def slow(question: Question) -> Mapping[str, str]:
        asked.append(question)
        centre.world.clock.move_to(centre.world.clock.now() + question.budget_ms - 100)
        return {"name": "x"}

    centre.world.sources.answers[SOURCE] = slow
    contact = centre.ring()
    give(centre, contact, PIN)
    assert [question.budget_ms for question in asked] == [5_000, 1_100]
    assert len({question.key for question in asked}) == 2


def test_a_flow_that_asks_for_ever_is_cut() -> None:
    centre = centre_of(
        FLOW.replace("then: greet", "then: look").replace("then: sure", "then: look")
    )
    centre.world.sources.answers[SOURCE] = lambda _: {"name": "x"}
    contact = centre.ring()
    heard = give(centre, contact, PIN)
    assert heard[-1] == act.Queue(contact)
    assert len(centre.world.sources.asked) <= 5


def test_a_name_with_an_ampersand_is_heard(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, PIN)
    heard = give(centre, contact, "1")
    assert heard[0] == act.Say("<emphasis>ciao Smith &amp; Sons</emphasis>", "it", ssml=True)
    assert "ciao Smith &amp; Sons</emphasis>" in render(heard, Urls("https://x"))


# ---------------------------------------------------------------- versions and queues that go


def test_a_call_keeps_the_flow_it_began_with(centre: Centre) -> None:
    contact = centre.ring()
    centre.world.configuration.publish(rules(FLOW.replace("sicuri", "certi"), 2))
    (gather,) = give(centre, contact, PIN)
    assert isinstance(gather, act.Gather)
    assert gather.prompts == (act.Say("sicuri", "it"),)


@pytest.mark.parametrize("how", ["answer", "redirect"])
def test_a_call_whose_version_is_gone_reaches_a_person(centre: Centre, how: str) -> None:
    contact = centre.ring()
    centre.world.configuration.publish(rules(version=2))
    del centre.world.configuration._releases[1]
    if how == "answer":
        heard = give(centre, contact, PIN)
    else:
        heard = calls.handle(centre.app, PresentAsked(contact, "CA1"), KEY)
    assert heard == [act.Say(phrases.TROUBLE["it"], "it"), act.Queue(contact)]
    assert centre.contact(contact).queue == "sales"
    failed = [line.fields for line in centre.world.log.lines if line.message == "flow_step_failed"]
    assert failed[0]["step"] == "pin"


def test_a_call_for_a_queue_that_is_gone_waits_in_the_one_that_took_over(centre: Centre) -> None:
    contact = centre.ring()
    newer = rules(FLOW.replace("queue: sales", "queue: support"), 2)
    centre.world.configuration.publish(
        replace(
            newer,
            queues={"support": newer.queues["support"]},
            profiles={"support": newer.profiles["support"]},
            pools={"main": Pool("main", ("support",), ("support",))},
        )
    )
    heard = [give(centre, contact, "9") for _ in range(3)][-1]
    assert heard[-1] == act.Queue(contact)
    assert centre.contact(contact).queue == "support"


def test_a_flow_without_any_person_falls_back_on_a_queue_of_the_business_unit() -> None:
    centre = Centre(rules=replace(configuration(), flows={"main": Flow("main", 1, "gone")}))
    contact = centre.ring()
    assert centre.heard == [act.Say(phrases.TROUBLE["it"], "it"), act.Queue(contact)]
    assert centre.contact(contact).queue == "sales"


def test_where_not_even_a_queue_is_left_the_caller_is_told_and_counts_as_lost() -> None:
    bare = replace(configuration(), flows={"main": Flow("main", 1, "gone")}, queues={})
    centre = Centre(rules=bare)
    contact = centre.ring()
    assert centre.heard == [act.Say(phrases.TROUBLE_NOBODY["it"], "it"), act.Hangup()]
    (event,) = centre.contact(contact).events
    assert event.type == "ContactAbandoned"


def test_a_call_for_a_queue_nobody_took_over_from_is_told_so(centre: Centre) -> None:
    contact = centre.ring()
    newer = rules(FLOW.replace("queue: sales", "queue: gone"), 2)
    centre.world.configuration.publish(replace(newer, queues={}))
    heard = [give(centre, contact, "9") for _ in range(3)][-1]
    assert heard == [act.Say(phrases.TROUBLE_NOBODY["it"], "it"), act.Hangup()]
    assert centre.contact(contact).ended


@pytest.mark.parametrize("end", ["person", "bye"])
def test_a_call_that_died_between_its_arrival_and_its_end_gets_there(end: str) -> None:
    centre = centre_of(FLOW.replace("start: pin", f"start: {end}"))
    centre.world.faults.crash_before("store.save_contact", skip=1)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - a dying process
        centre.ring()
    centre.world.faults.clear()
    contact = centre.ring()
    assert centre.state(contact) == ("WAITING" if end == "person" else "CLOSED")


def test_a_sensitive_value_given_as_the_caller_hangs_up_is_forgotten(centre: Centre) -> None:
    contact = centre.ring()
    token, store = at(centre, contact), centre.world.store
    save = store.save_contact

    def hung_up_first(after: Contact) -> None:
        store.save_contact = save  # type: ignore[method-assign]
        centre.caller_leaves(contact)
        save(after)

    store.save_contact = hung_up_first  # type: ignore[method-assign]
    heard = calls.handle(centre.app, InputGiven(contact, "CA1", token, PIN), KEY)
    assert heard == [act.Hangup()]
    assert PIN not in everything(centre)
