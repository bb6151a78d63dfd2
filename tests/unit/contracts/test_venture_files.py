"""Steps for which somebody else acts, in files: what is refused, and what providers cannot do."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from centralino.adapters.telephony.declared import capabilities_of, declared
from centralino.contracts import flows
from centralino.contracts.configuration import ConfigurationError, parse
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.flows.checks import Surroundings
from centralino.domain.telephony.capabilities import Capability, Provider
from tests.unit.contracts.rules_file import FULL, text_of
from tests.unit.contracts.test_flow_files import BOTH, END, PERSON, branch, collect, found, say

ALL = frozenset(Capability)
ABLE = Surroundings(capabilities={"p": ALL})


def voicemail(**more: Any) -> dict[str, Any]:
    return {
        "do": "voicemail",
        "texts": BOTH,
        "queue": "sales",
        "plan": "task",
        "then": "end",
        "otherwise": "person",
        **more,
    }


def transfer(**more: Any) -> dict[str, Any]:
    way = {"then": "end", "otherwise": "person", "number": "+390200000001"}
    return {"do": "transfer", "texts": BOTH, **way, **more}


def pay(**more: Any) -> dict[str, Any]:
    return {
        "do": "pay",
        "texts": BOTH,
        "invalid": BOTH,
        "amount": "12.50",
        "currency": "eur",
        "then": "end",
        "otherwise": "person",
        **more,
    }


def consent(**more: Any) -> dict[str, Any]:
    return {
        "do": "consent",
        "texts": BOTH,
        "invalid": BOTH,
        "purpose": "recording",
        "text_version": "v1",
        "then": "person",
        "otherwise": "person",
        **more,
    }


def callback(**more: Any) -> dict[str, Any]:
    return {
        "do": "offer_callback",
        "texts": BOTH,
        "ask": BOTH,
        "invalid": BOTH,
        "queue": "sales",
        "plan": "voice",
        "then": "end",
        "otherwise": "person",
        **more,
    }


def survey(**more: Any) -> dict[str, Any]:
    way = {"scale": "csat", "then": "person"}
    return {"do": "survey", "texts": BOTH, "invalid": BOTH, **way, **more}


def line(*offers: dict[str, Any], **more: Any) -> dict[str, Any]:
    waiting = {"offers": [{"texts": BOTH, **offer} for offer in offers], **more}
    return {**PERSON, "waiting": waiting}


RIGHT: list[dict[str, Any]] = [
    {"a": voicemail(), "end": END},
    {"a": transfer(), "end": END},
    {"a": collect(type="phone", then="b"), "b": transfer(number="{n}"), "end": END},
    {"a": pay(), "end": END},
    {"a": collect(type="amount", then="b"), "b": pay(amount="{n}"), "end": END},
    {"a": consent(record=True)},
    {"a": callback(), "end": END},
    {"a": callback(then="b"), "b": say({"en": "{callback_at:time}", "it": "x"}, "end"), "end": END},
    {"a": survey()},
    {"a": survey(then="b"), "b": branch({"variable": "survey_csat", "under": 3})},
    {"a": say(), "person": line({"digit": "1", "to": "b"}), "b": callback(), "end": END},
    {"a": branch({"customer": "segment", "in": ["gold", "silver"]})},
    {"a": branch({"customer": "priority", "over": 3}, {"customer": "name", "present": True})},
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"a": voicemail(deadline="10s"), "end": END}, "steps.a.deadline: "),
    ({"a": voicemail(longest="2h"), "end": END}, "steps.a.longest: "),
    ({"a": voicemail(then="person")},
     "steps.a.then: only words and hangup can follow here, which 'person' is not"),
    ({"a": callback(then="b"), "b": survey(then="end"), "end": END},
     "steps.a.then: only words and hangup can follow here, which 'b' is not"),
    ({"a": callback(digit="2"), "end": END}, "steps.a: digit and other_digit are the same key"),
    ({"a": transfer(number="0039 02"), "end": END}, "steps.a.number: "),
    ({"a": transfer(number="{m}"), "end": END}, "steps.a.number: nothing gives 'm' a value"),
    ({"a": collect(then="b"), "b": transfer(number="{n}"), "end": END},
     "steps.b.number: 'n' is no number that a caller keyed in: a fills it"),
    ({"a": {"do": "set", "values": {"n": "+39899"}, "then": "b"}, "b": transfer(number="{n}"),
      "end": END}, "steps.b.number: 'n' is no number that a caller keyed in"),
    ({"a": pay(amount="much"), "end": END}, "steps.a.amount: 'much' is no amount"),
    ({"a": pay(currency="EUR"), "end": END}, "steps.a.currency: "),
    ({"a": collect(sensitive=True, then="b"), "b": pay(description="{n}"), "end": END},
     "steps.b.description: the sensitive 'n' must not be copied"),
    ({"a": consent(purpose="fun")}, "steps.a.purpose: "),
    ({"a": consent(no="1")}, "steps.a: yes and no are the same key"),
    ({"a": consent(purpose="sms", record=True)}, "steps.a: record needs the purpose recording"),
    ({"a": survey(scale="stars")}, "steps.a.scale: "),
    ({"a": collect(into="survey_csat")}, "steps.a.into: 'survey_csat' is filled by another kind"),
    ({"a": say(), "person": line({"digit": "1", "to": "gone"})},
     "steps.person.waiting.offers.0.to: unknown step 'gone'"),
    ({"a": say(), "person": line({"digit": "1", "to": "b"}, {"digit": "1", "to": "b"}),
      "b": callback(), "end": END},
     "steps.person.waiting.offers.1.digit: the key 1 leads somewhere else already"),
    ({"a": say(), "person": line({"digit": "1", "to": "b"}), "b": transfer(), "end": END},
     "steps.person.waiting.offers.0.to: a caller in line cannot be led through 'b'"),
    ({"a": say(), "person": line({"digit": "1", "to": "b"}), "b": {**PERSON, "queue": "other"}},
     "steps.person.waiting.offers.0.to: 'b' is another queue: the place in line would be lost"),
    ({"a": say(), "person": line({"digit": "1", "to": "b"}), "b": say()},
     "steps.person.waiting.offers.0.to: the words of 'b' would not be heard"),
    ({"a": say(), "person": line({"digit": "1", "to": "b", "late": True, "over": "5m"}),
      "b": callback(), "end": END}, "steps.person.waiting.offers.0: over and late"),
    ({"a": say(), "person": line({"digit": "1", "to": "b", "texts": {"en": "x"}}),
      "b": callback(), "end": END}, "steps.person.waiting.offers.0.texts: no text in it"),
    ({"a": say(), "person": line(music="ftp://x")}, "steps.person.waiting.music: "),
]  # fmt: skip


@pytest.mark.parametrize("steps", RIGHT, ids=range(len(RIGHT)))
def test_what_is_right_is_taken_published_and_read_back(steps: dict[str, Any]) -> None:
    assert found(around=ABLE, **steps) == []
    tree = {"flow": "f", "start": "a", "steps": {"person": PERSON, **steps}}
    flow = flows.parse(yaml.safe_dump(tree, sort_keys=False), "f.yaml").flow
    rules = parse(text_of(FULL), "rules.yaml", 1)
    whole = type(rules)(**{name: getattr(rules, name) for name in rules.__dataclass_fields__})
    object.__setattr__(whole, "flows", {"f": flow})
    assert decode(encode(whole)).flows["f"] == flow


@pytest.mark.parametrize(("steps", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_mistake_is_found_and_named(steps: dict[str, Any], problem: str) -> None:
    told = found(around=ABLE, **steps)
    assert any(one.startswith(problem) for one in told), told


def test_queues_and_the_channels_of_plans_are_held_against_the_steps() -> None:
    around = Surroundings(
        capabilities={"p": ALL},
        queues={"sales": ("voice", "task", "back")},
        channels={"voice": "voice", "task": "task", "back": "callback"},
    )
    assert found(around=around, a=voicemail(), end=END) == []
    assert found(around=around, a=callback(plan="back"), end=END) == []
    told = [
        *found(around=around, a=voicemail(plan="voice"), end=END),
        *found(around=around, a=callback(plan="task"), end=END),
        *found(around=around, a=voicemail(queue="gone"), end=END),
        *found(around=around, a=callback(plan="gone"), end=END),
        *found(around=around, a=say(), person={**PERSON, "plan": "task"}),
    ]
    assert told == [
        "steps.a.plan: the plan 'voice' is for voice, not for task",
        "steps.a.plan: the plan 'task' is for task, not for callback",
        "steps.a.queue: unknown queue 'gone' (there is sales)",
        "steps.a.plan: queue 'sales' has no plan 'gone' (voice, task, back)",
        "steps.person.plan: the plan 'task' is for task, not for voice",
    ]


@pytest.mark.parametrize("rule", [{"late": True}, {"over": "5m"}])
def test_an_offer_by_the_wait_needs_a_queue_that_tells_of_it(rule: dict[str, Any]) -> None:
    steps = {
        "a": say(),
        "person": line({"digit": "1", "to": "b", **rule}),
        "b": callback(),
        "end": END,
    }
    around = Surroundings(capabilities={"p": ALL}, announcing=("sales",))
    assert found(around=around, **steps) == []
    around = Surroundings(capabilities={"p": ALL}, announcing=())
    (told,) = found(around=around, **steps)
    assert told == (
        f"steps.person.waiting.offers.0.{next(iter(rule))}: "
        "never: queue 'sales' announces neither place nor wait"
    )


# ---------------------------------------------------------------- what providers lack


@pytest.mark.parametrize(
    ("step", "lacks"),
    [
        (voicemail(), Capability.MESSAGE),
        (transfer(), Capability.DIAL),
        (pay(), Capability.PAY),
        (consent(then="end"), Capability.RECORD),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_step_the_provider_cannot_do_is_found(step: dict[str, Any], lacks: Capability) -> None:
    around = Surroundings(capabilities={"p": ALL - {lacks}})
    told = found(around=around, a=step, end=END)
    assert told == [f"steps.a: the provider p cannot do this ({lacks})"]


def test_consent_for_messages_needs_nothing_of_the_provider() -> None:
    around = Surroundings(capabilities={"p": ALL - {Capability.RECORD}})
    assert found(around=around, a=consent(purpose="sms")) == []


def test_a_line_that_a_branch_keeps_away_needs_nothing() -> None:
    steps = {
        "a": branch({"line": "phone"}, to="b"),
        "b": pay(),
        "end": END,
    }
    around = Surroundings(
        capabilities={"twilio": ALL, "webvoice": ALL - {Capability.PAY}},
        carried={"phone": ("f", "twilio"), "web": ("f", "webvoice")},
    )
    assert found(around=around, **steps) == []
    turned = {**steps, "a": branch({"not": {"line": "phone"}}, to="b")}
    assert found(around=around, **turned) == ["steps.b: the provider webvoice cannot do this (Pay)"]
    either = {**steps, "a": branch({"any": [{"line": "phone"}, {"open": "x"}]}, to="b")}
    assert found(around=around, **either) != []


def full(flow: dict[str, Any], **lines: dict[str, Any]) -> str:
    """Return the full file of rules with this flow on all its lines."""
    tree = yaml.safe_load(text_of(FULL))
    tree["flows"] = {"f": flow}
    tree["lines"] = {key: {**body, "flow": "f"} for key, body in {**tree["lines"], **lines}.items()}
    return yaml.safe_dump(tree, sort_keys=False)


def test_a_file_of_rules_is_refused_for_what_a_lines_own_provider_lacks() -> None:
    rules = parse(text_of(FULL), "rules.yaml", 1)
    queue = next(
        q
        for q in rules.queues.values()
        if any(rules.plans[plan].channel == "voice" for plan in q.plans)
    )
    plan = next(p for p in queue.plans if rules.plans[p].channel == "voice")
    person = {**PERSON, "queue": queue.id, "plan": plan}
    steps = {"a": pay(otherwise="person"), "end": END, "person": person}
    web = {"provider": "webvoice", "business_unit": queue.business_unit, "language": "en"}
    text = full({"start": "a", "steps": steps}, web=web)
    able = {"twilio": ALL, "webvoice": ALL - {Capability.PAY}}
    assert parse(text, "rules.yaml", 1).lines["web"].provider == "webvoice"
    with pytest.raises(ConfigurationError) as refused:
        parse(text, "rules.yaml", 1, able=able)
    (problem,) = refused.value.problems
    assert (problem.where, problem.reason) == (
        "flows.f.steps.a",
        "the provider webvoice cannot do this (Pay)",
    )


def test_every_provider_with_an_adapter_declares_what_it_can_do() -> None:
    assert set(declared()) <= {provider.value for provider in Provider}
    assert Capability.GATHER in declared()["twilio"]
    assert capabilities_of("nobody") is None
