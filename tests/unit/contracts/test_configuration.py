"""The file of business rules: what it becomes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from centralino.contracts.configuration import ConfigurationError, json_schema, load, parse
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.configuration.hours import Interval
from centralino.domain.configuration.model import Overflow, ProfileQueue, RonaPolicy
from centralino.domain.contacts.model import Channel
from centralino.domain.flows.model import Enqueue, Hangup
from tests.support.flows import pressed
from tests.unit.contracts.rules_file import FULL, TEXT, edited, text_of

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "local" / "demo" / "centralino.yaml"


def test_the_full_file_is_accepted_and_survives_storing() -> None:
    of = parse(text_of(FULL), "rules.yaml", 7)
    assert of.version == 7
    assert decode(encode(of)) == of


def test_names_become_what_routing_reads() -> None:
    of = parse(text_of(FULL), "rules.yaml", 7)
    assert set(of.pools) == {"sales"}
    sales = of.queue("sales")
    assert (sales.strategy, sales.rona, sales.sla_offset_ms) == (
        "round_robin",
        RonaPolicy(3),
        60_000,
    )
    assert sales.overflow == (
        Overflow("full", "message", 50, texts=TEXT),
        Overflow("late", "queue", 300_000, "support"),
        Overflow("closed", "message", texts=TEXT),
    )
    profile = of.profile("all")
    assert profile.queues == (ProfileQueue("sales"), ProfileQueue("support", 2, 15_000))
    assert profile.capacity == {Channel.VOICE: 1, Channel.CHAT: 3}
    plan = of.plan("voice")
    assert plan.prefer_ms == 10_000
    assert [(s.after_ms, s.skills) for s in plan.steps] == [(0, {"tax": 3}), (30_000, {"tax": 1})]
    assert of.flow("main").version == 7


def test_a_contract_gives_its_queues_their_service_level_and_hours() -> None:
    of = parse(text_of(FULL), "rules.yaml", 1)
    assert (of.queue("sales").sla_target_ms, of.queue("sales").sla_percent) == (30_000, 90)
    assert (of.queue("support").sla_target_ms, of.queue("support").sla_percent) == (60_000, 70)
    assert of.hours_of("sales") == of.hours["office"]


def test_a_week_is_read_by_ranges_and_nights_reach_into_the_next_day() -> None:
    week = parse(text_of(FULL), "rules.yaml", 1).hours["office"].week
    day = (Interval(540, 780), Interval(840, 1080))
    friday, saturday = (Interval(1320, 1440),), (Interval(0, 360),)
    assert week == (day, day, day, day, friday, saturday, ())


def test_the_demo_is_what_it_says() -> None:
    of = load(DEMO, 1)
    assert set(of.queues) == {"sales", "support"}
    assert set(of.profiles) == {"sales", "support", "all"}
    assert len(of.pools) == 1
    italian, english = of.line_of("+390200000001"), of.line_of("+441130000001")
    assert italian is not None
    assert english is not None
    assert (italian.language, english.language) == ("it", "en")
    flow = of.flow(italian.flow)
    queues = {
        digit: step.queue
        for digit in "12"
        if isinstance(step := pressed(of.flows, flow.id, digit).step, Enqueue)
    }
    assert queues == {"1": "sales", "2": "support"}
    assert isinstance(pressed(of.flows, flow.id, "3").step, Hangup)


@pytest.mark.parametrize(
    ("written", "read"),
    [("500ms", 500), ("20s", 20_000), ("5m", 300_000), ("1h", 3_600_000), (0, 0)],
)
def test_durations(written: str | int, read: int) -> None:
    of = parse(text_of(edited("queues", "sales", "set_aside", value=written)), "r", 1)
    assert of.queue("sales").set_aside_ms == read


def test_the_schema_is_committed_as_generated() -> None:
    committed = ROOT / "schemas" / "configuration.schema.json"
    assert json.loads(committed.read_text()) == json_schema()


def test_the_schema_accepts_what_is_accepted() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(FULL, schema)
    jsonschema.validate(yaml.safe_load(DEMO.read_text()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(edited("queues", "sales", "colour", value="red"), schema)


def test_yaml_does_not_guess() -> None:
    # In YAML 1.1 an unquoted date is a date, a time a number of seconds and ``no`` is false.
    text = text_of(FULL)
    assert "'2026-12-24'" in text
    bare = text.replace("'2026-12-24'", "2026-12-24").replace("office", "no")
    of = parse(bare, "rules.yaml", 1)
    assert of.hours["no"].days == parse(text, "rules.yaml", 1).hours["office"].days
    assert of.business_units["acme"].hours == "no"


def test_a_queue_records_nothing_unless_it_says_so() -> None:
    queue = parse(text_of(FULL), "r", 1).queue("sales")
    assert (queue.recording, queue.recording_days) == ("never", 90)
    written = edited("queues", "sales", "recording", value="with_consent")
    written["queues"]["sales"]["recording_retention"] = 365
    queue = parse(text_of(written), "r", 1).queue("sales")
    assert (queue.recording, queue.recording_days) == ("with_consent", 365)


@pytest.mark.parametrize(
    ("field", "value"),
    [("recording", "sometimes"), ("recording_retention", 91), ("recording_retention", "90")],
)
def test_a_recording_rule_that_nothing_keeps_is_refused(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError):
        parse(text_of(edited("queues", "sales", field, value=value)), "r", 1)
