"""Every way in which a file of business rules is refused, with its place, line and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from centralino.contracts.configuration import ConfigurationError, load, parse
from tests.unit.contracts.rules_file import FULL, TEXT, edited, refusal, text_of

REFUSED: list[tuple[dict[str, Any], str]] = [
    # Business units
    (edited("business_units", "acme", "names", value={"en": "x"}),
     "business_units.acme.names: no text in it"),
    # Unknown names
    (edited("queues", "sales", "business_unit", value="x"),
     "queues.sales.business_unit: unknown business unit 'x' (there is acme)"),
    (edited("queues", "sales", "plans", value=["x", "voice"]),
     "queues.sales.plans.0: unknown plan 'x' (there is chat, voice)"),
    (edited("queues", "sales", "hours", value="x"),
     "queues.sales.hours: unknown hours 'x' (there is office)"),
    (edited("queues", "sales", "callback", value={"hours": "x"}),
     "queues.sales.callback.hours: unknown hours 'x' (there is office)"),
    (edited("queues", "sales", "callback", value={"tries": 0}),
     "queues.sales.callback.tries: Input should be greater"),
    (edited("queues", "sales", "callback", value={"gaps": {"busy": "10s"}}),
     "queues.sales.callback.gaps.busy: Input should be greater"),
    (edited("routing_profiles", "all", "capacity", value={"voice": 1, "callback": 1}),
     "routing_profiles.all.capacity: callbacks are calls: they count on voice"),
    (edited("business_units", "acme", "hours", value="x"),
     "business_units.acme.hours: unknown hours 'x' (there is office)"),
    (edited("plans", "voice", "steps", 0, "skills", value={"x": 1}),
     "plans.voice.steps.0.skills.x: unknown skill 'x' (there is tax)"),
    (edited("routing_profiles", "all", "queues", 0, value="x"),
     "routing_profiles.all.queues.0: unknown queue 'x' (there is sales, support)"),
    (edited("lines", "it", "flow", value="x"),
     "lines.it.flow: unknown flow 'x' (there is main)"),
    (edited("lines", "it", "business_unit", value="x"),
     "lines.it.business_unit: unknown business unit 'x' (there is acme)"),
    (edited("lines", "it", "provider", value="webvoice"),
     "lines.it: a line of webvoice has no number"),
    (edited("lines", "it", "number", value=None),
     "lines.it: a line of twilio needs a number"),
    (edited("flows", "main", "start", value="x"), "flows.main.start: unknown step 'x'"),
    (edited("flows", "main", "steps", "hello", "then", value="x"),
     "flows.main.steps.hello.then: unknown step 'x'"),
    (edited("flows", "main", "steps", "menu", "choices", "2", value="x"),
     "flows.main.steps.menu.choices.2: unknown step 'x'"),
    (edited("flows", "main", "steps", "menu", "otherwise", value="x"),
     "flows.main.steps.menu.otherwise: unknown step 'x'"),
    (edited("flows", "main", "steps", "queue", "queue", value="x"),
     "flows.main.steps.queue.queue: unknown queue 'x' (there is sales, support)"),
    (edited("flows", "main", "steps", "queue", "plan", value="x"),
     "flows.main.steps.queue.plan: queue 'sales' has no plan 'x' (voice, chat)"),
    # Plans
    (edited("plans", "voice", "steps", 0, "skills", value={"tax": 4}),
     "plans.voice.steps.0.skills.tax: level 4 is above 3"),
    (edited("plans", "voice", "steps", 0, "after", value="1s"),
     "plans.voice.steps.0.after: the first step must be in force from the beginning (0)"),
    (edited("plans", "voice", "steps", 1, "after", value=0),
     "plans.voice.steps.1.after: a step must come later than the one before"),
    (edited("plans", "voice", "steps", 0, "skills", value={}),
     "plans.voice.steps.1.skills: asks more than the step before (tax)"),
    # Queues
    (edited("queues", "sales", "plans", value=["voice", "voice"]),
     "queues.sales.plans: voice given twice"),
    (edited("queues", "sales", "dispositions", value=["done", "done"]),
     "queues.sales.dispositions: done given twice"),
    (edited("routing_profiles", "all", "queues", value=["sales"]),
     "queues.support: no routing profile serves this queue: its contacts would wait for ever"),
    (edited("queues", "support", "names", value={"en": "x"}),
     "queues.support.names: no text in it"),
    (edited("queues", "sales", "strategy", value="best"), "queues.sales.strategy: Input should be"),
    (edited("queues", "sales", "offer_timeout", value="16m"),
     "queues.sales.offer_timeout: Input should be less than or equal to 900000"),
    # Overflow
    (edited("queues", "sales", "overflow", 0, "limit", remove=True),
     "queues.sales.overflow.0: overflow when full needs limit"),
    (edited("queues", "sales", "overflow", 2, "after", value="1m"),
     "queues.sales.overflow.2.after: overflow when closed has no after"),
    (edited("queues", "sales", "overflow", 1, "after", value=0),
     "queues.sales.overflow.1.after: overflow at once would leave the queue empty for ever"),
    (edited("queues", "sales", "overflow", 1, "queue", value="x"),
     "queues.sales.overflow.1.queue: unknown queue 'x' (there is sales, support)"),
    (edited("queues", "sales", "overflow", 1, "queue", value="sales"),
     "queues.sales.overflow.1.queue: a queue cannot overflow into itself"),
    (edited("queues", "sales", "overflow", 1, "queue", remove=True),
     "queues.sales.overflow.1: the queue to go to is missing"),
    (edited("queues", "sales", "overflow", 2, "queue", value="support"),
     "queues.sales.overflow.2.queue: the action message has no queue"),
    (edited("queues", "sales", "overflow", 0, "texts", value={"it": "x"}),
     "queues.sales.overflow.0.texts: no text in en"),
    (edited("queues", "sales", "overflow", 0, "texts", remove=True),
     "queues.sales.overflow.0: no text in en, it"),
    (edited("queues", "support", "overflow",
            value=[{"when": "late", "after": "1m", "action": "queue", "queue": "sales"}]),
     "queues.sales.overflow.1: goes in circles: sales -> support -> sales"),
    (edited("queues", "support", "overflow",
            value=[{"when": "full", "limit": 9, "action": "queue", "queue": "sales"}]),
     "queues.sales.overflow.1: goes in circles: sales -> support -> sales"),
    # Profiles
    (edited("routing_profiles", "all", "queues", value=["sales", "support", "sales"]),
     "routing_profiles.all.queues: sales given twice"),
    (edited("routing_profiles", "all", "capacity", value={}),
     "routing_profiles.all.capacity: an agent without capacity could take nothing"),
    (edited("routing_profiles", "all", "capacity", value={"chat": 3}),
     "routing_profiles.all.queues.1: no capacity for voice, all this queue has"),
    (edited("routing_profiles", "all", "exclusive", value=["email"]),
     "routing_profiles.all.exclusive.0: no capacity for email"),
    # Lines
    (edited("lines", "again", value=FULL["lines"]["it"]),
     "lines.again.number: +390200000001 is the number of 'it' already"),
    (edited("lines", "it", "number", value="02 1234567"), "lines.it.number: String should match"),
    (edited("business_units", "acme", "languages", value=["en"]),
     "lines.it.language: 'acme' does not speak it"),
    # Hours
    (edited("hours", "office", "zone", value="Europe/Roma"),
     "hours.office.zone: unknown time zone 'Europe/Roma'"),
    (edited("hours", "office", "zone", value="../etc/passwd"),
     "hours.office.zone: unknown time zone '../etc/passwd'"),
    (edited("hours", "never", value={"zone": "Europe/Rome", "week": {"mon": []}}),
     "hours.never: these hours never open"),
    (edited("hours", "office", "week", value={"moon": ["09:00-10:00"]}),
     "hours.office.week.moon: a day (mon) or a range of days (mon-fri) is needed"),
    (edited("hours", "office", "week", value={"fri-mon": ["09:00-10:00"]}),
     "hours.office.week.fri-mon: a day (mon) or a range of days (mon-fri) is needed"),
    (edited("hours", "office", "week", "thu", value=["09:00-10:00"]),
     "hours.office.week.thu: a day of 'mon-thu' is named again"),
    (edited("hours", "office", "week", "mon-thu", value=["09:00-13:00", "12:00-18:00"]),
     "hours.office.week.mon-thu: two spans overlap"),
    (edited("hours", "office", "week", "sat", value=["05:00-10:00"]),
     "hours.office.week: a night reaches into the next day's span"),
    (edited("hours", "office", "week", "sat", value=["10:00-10:00"]),
     "hours.office.week.sat.0: 10:00-10:00 is no span of time"),
    (edited("hours", "office", "week", "sat", value=["10:00-24:30"]),
     "hours.office.week.sat.0: 10:00-24:30 is no span of time"),
    (edited("hours", "office", "days", value={"2026-02-30": []}),
     "hours.office.days.2026-02-30: there is no such day"),
    (edited("hours", "office", "days", value={"2026-02-28": ["22:00-06:00"]}),
     "hours.office.days.2026-02-28: a single day cannot reach past midnight"),
    # Flows
    (edited("flows", "main", "steps", "lost", value={"do": "hangup", "texts": TEXT}),
     "flows.main.steps.lost: nothing leads to this step"),
    (edited("flows", "main", "steps", "menu", "otherwise", value="hello"),
     "flows.main.steps.hello: a caller who presses nothing is kept: hello -> menu -> hello"),
    (edited("flows", "main", "steps", "menu", "otherwise", value="menu"),
     "flows.main.steps.menu: a caller who presses nothing is kept: menu -> menu"),
    (edited("flows", "main", "steps", "bye", "texts", value={"en": "x"}),
     "flows.main.steps.bye.texts: no text in it"),
    (edited("flows", "main", "steps", "menu", "invalid", value={"it": "x"}),
     "flows.main.steps.menu.invalid: no text in en"),
    (edited("flows", "main", "steps", "menu", "choices", value={"12": "bye"}),
     "flows.main.steps.menu.choices.12: String should match"),
    # Shapes
    (edited("queues", "sales", "colour", value="red"), "queues.sales.colour: unknown key"),
    (edited("campaigns", value={}), "campaigns: unknown key"),
    (edited("queues", "sales", "names", remove=True), "queues.sales.names: is missing"),
    (edited("queues", remove=True), "queues: is missing"),
    (edited("queues", "Sales#1", value=FULL["queues"]["sales"]),
     "queues.Sales#1: String should match"),
    (edited("queues", "sales", "wrap_up", value=60), "queues.sales.wrap_up: a duration such as"),
    (edited("queues", "sales", "wrap_up", value=True), "queues.sales.wrap_up: a duration such as"),
    (edited("flows", "main", "steps", "bye", "do", value="dance"),
     "flows.main.steps.bye: unknown step 'dance'"),
    (edited("flows", "main", "steps", "bye", "texts", remove=True),
     "flows.main.steps.bye.texts: is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "problem"), REFUSED, ids=[problem for _, problem in REFUSED])
def test_a_mistake_is_found_and_named(tree: dict[str, Any], problem: str) -> None:
    assert any(found.startswith(problem) for found in refusal(tree)), refusal(tree)


@pytest.mark.parametrize("section", ["queues", "plans", "routing_profiles", "hours", "flows"])
@pytest.mark.parametrize("name", ["a#b", "A", "", "1a", "a b", "a\n", "x" * 33])
def test_a_name_that_could_not_be_part_of_a_key_is_refused(section: str, name: str) -> None:
    sample = next(iter(FULL[section].values()))
    assert any(
        found.startswith(f"{section}.{name}: String should match")
        for found in refusal(edited(section, name, value=sample))
    )


def test_the_longest_name_is_accepted() -> None:
    hours = {**FULL["hours"], "x" * 32: FULL["hours"]["office"]}
    assert "x" * 32 in parse(text_of(edited("hours", value=hours)), "rules.yaml", 1).hours


def queues_in_a_row(*ways: tuple[str, str, str]) -> dict[str, Any]:
    """Return a file with further queues, each way ``from, when, to``."""
    tree = edited("queues", "sales", "overflow", value=[])
    names = sorted({name for start, _, end in ways for name in (start, end)})
    for name in names:
        tree["queues"][name] = {**FULL["queues"]["support"], "overflow": []}
        tree["routing_profiles"]["all"]["queues"].append(name)
    needs = {"full": {"limit": 9}, "late": {"after": "1m"}, "closed": {}}
    for start, when, end in ways:
        way = {"when": when, **needs[when], "action": "queue", "queue": end}
        tree["queues"][start]["overflow"].append(way)
    return tree


def test_a_long_circle_of_mixed_conditions_is_told_once_with_its_way() -> None:
    tree = queues_in_a_row(
        ("a", "full", "b"), ("b", "closed", "c"), ("c", "late", "d"), ("d", "full", "b")
    )
    assert refusal(tree) == ["queues.b.overflow.0: goes in circles: b -> c -> d -> b"]


def test_queues_that_overflow_to_the_same_end_are_no_circle() -> None:
    tree = queues_in_a_row(
        ("a", "full", "b"), ("a", "late", "c"), ("b", "late", "d"), ("c", "closed", "d")
    )
    assert parse(text_of(tree), "rules.yaml", 1).queues["d"].overflow == ()


def test_a_calendar_nobody_knows_is_refused() -> None:
    def known(name: str) -> bool:
        return name == "IT"

    text = text_of(edited("hours", "office", "holidays", value="GB-ENG"))
    assert parse(text, "rules.yaml", 1).hours["office"].holidays == "GB-ENG"
    with pytest.raises(ConfigurationError, match="unknown holiday calendar 'GB-ENG'"):
        parse(text, "rules.yaml", 1, calendar_known=known)
    assert parse(text_of(FULL), "rules.yaml", 1, calendar_known=known)


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    tree = edited("queues", "sales", "hours", value="x")
    tree["lines"]["it"]["flow"] = "y"
    tree["plans"]["voice"]["steps"][0]["skills"] = {"z": 1}
    places = [problem.partition(":")[0] for problem in refusal(tree)]
    assert places == [
        "plans.voice.steps.0.skills.z",
        "plans.voice.steps.1.skills",
        "queues.sales.hours",
        "lines.it.flow",
    ]


def test_an_error_names_the_line_of_its_key() -> None:
    text = text_of(edited("queues", "sales", "strategy", value="best"))
    (line,) = [n for n, row in enumerate(text.splitlines(), 1) if "strategy: best" in row]
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "rules.yaml", 1)
    assert str(caught.value).startswith(f"rules.yaml:{line}: queues.sales.strategy: ")
    assert caught.value.code == "invalid_configuration"


def test_what_is_missing_is_reported_where_it_should_be() -> None:
    text = text_of(edited("queues", "support", "names", remove=True))
    (line,) = [n for n, row in enumerate(text.splitlines(), 1) if row == "  support:"]
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "rules.yaml", 1)
    assert str(caught.value) == f"rules.yaml:{line}: queues.support.names: is missing"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "rules.yaml:1: the file is empty"),
        ("queues: [", "rules.yaml:1: expected the node content"),
        ("a: 1\nb: {\n", "rules.yaml:3: expected the node content"),
        (
            "queues: {}\nplans: {}\nqueues: {}\n",
            "rules.yaml:3: queues: given twice, first in line 1",
        ),
        ("? [a]\n: b\n", "rules.yaml:1: a key must be text"),
        ("- a\n", "rules.yaml:1: Input should be a valid dictionary"),
        ("a: \x00", "rules.yaml:1: "),
    ],
)
def test_what_is_no_file_of_rules_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "rules.yaml", 1)
    assert str(caught.value).startswith(problem), str(caught.value)


def test_a_file_that_cannot_be_read_is_refused_like_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load(tmp_path / "none.yaml", 1)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe0")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(tmp_path / "latin.yaml", 1)
