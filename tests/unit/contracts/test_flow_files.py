"""Flow files: what is refused, with its line, and how they come into the file of rules."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from centralino.adapters.telephony.twilio.capabilities import CAPABILITIES
from centralino.contracts import flows
from centralino.contracts.configuration import ConfigurationError, load, parse, read_text
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.flows.checks import Surroundings
from tests.unit.contracts.rules_file import FULL, text_of

ROOT = Path(__file__).parents[3]
BOTH = {"en": "x", "it": "x"}
PERSON = {"do": "enqueue", "queue": "sales", "plan": "voice", "texts": BOTH}
END = {"do": "hangup", "texts": BOTH}


def menu(**choices: Any) -> dict[str, Any]:
    return {
        "do": "menu",
        "texts": BOTH,
        "choices": choices or {"1": "person"},
        "otherwise": "person",
        "invalid": BOTH,
    }


def collect(**more: Any) -> dict[str, Any]:
    return {
        "do": "collect",
        "type": "digits",
        "into": "n",
        "texts": BOTH,
        "invalid": BOTH,
        "then": "person",
        "otherwise": "person",
        **more,
    }


def fetch(**more: Any) -> dict[str, Any]:
    return {
        "do": "fetch",
        "url": "https://example.com/x",
        "fallback": BOTH,
        "then": "person",
        "otherwise": "person",
        **more,
    }


def branch(*whens: Any, to: str = "person") -> dict[str, Any]:
    cases = [{"when": when, "to": to} for when in whens]
    return {"do": "branch", "cases": cases, "otherwise": "person"}


def say(texts: Any = BOTH, then: str = "person") -> dict[str, Any]:
    return {"do": "say", "texts": texts, "then": then}


def found(*, around: Surroundings | None = None, **steps: Any) -> list[str]:
    """Return what is wrong with a flow of these steps, as ``place: reason``."""
    tree = {"flow": "f", "start": "a", "steps": {**steps, "person": steps.get("person", PERSON)}}
    try:
        read = flows.parse(yaml.safe_dump(tree, sort_keys=False), "f.yaml")
    except ConfigurationError as error:
        return [f"{p.where}: {p.reason}" for p in error.problems]
    whole = around or Surroundings(capabilities={"twilio": CAPABILITIES})
    return [f"{p.where}: {p.reason}" for _, p in flows.lint([read], whole)]


SSML = {"en": {"ssml": "a <break"}, "it": "x"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"a": {"do": "dance"}}, "steps.a: unknown step 'dance' (there is say, menu"),
    ({"a": {"texts": BOTH}}, "steps.a: what this step does is missing (do)"),
    ({"a": say(then="x")}, "steps.a.then: unknown step 'x'"),
    ({"a": {**say(), "colour": 1}}, "steps.a.colour: unknown key"),
    ({"a": {"do": "say", "texts": BOTH}}, "steps.a.then: is missing"),
    ({"a": say({"fr": "x"})}, "steps.a.texts.fr: "),
    ({"a": say({"en": "x"})}, "steps.a.texts: no text in it"),
    ({"a": say({"en": {"voice": "Amy"}, "it": "x"})},
     "steps.a.texts.en: exactly one of text, ssml and audio is needed"),
    ({"a": say({"en": {"audio": "http://example.com/x.mp3"}, "it": "x"})},
     "steps.a.texts.en.audio: "),
    ({"a": say(SSML)}, "steps.a.texts.en: speech markup is not well formed"),
    ({"a": say({"en": {"ssml": "<marquee>a</marquee>"}, "it": "x"})},
     "steps.a.texts.en: speech markup has no element 'marquee'"),
    ({"a": say({"en": {"ssml": "<break speed='1'/>"}, "it": "x"})},
     "steps.a.texts.en: <break> has no attribute 'speed'"),
    ({"a": say({"en": {"ssml": "a & b"}, "it": "x"})}, "steps.a.texts.en: speech markup is not"),
    # Ways
    ({"a": say(), "b": END}, "steps.b: nothing leads to this step"),
    ({"a": say(then="a")}, "steps.a: a caller who presses nothing is kept: a -> a"),
    ({"a": say(then="a")}, "steps.a: no way leads from here to a queue or an end"),
    ({"a": menu(**{"1": "end"}) | {"otherwise": "end"}, "end": END},
     "steps.a: no way leads from here to a person"),
    ({"a": branch({"open": "day"}, to="b"), "b": say(then="a")},
     "steps.a: a caller who presses nothing is kept: a -> b -> a"),
    ({"a": fetch(then="a")}, "steps.a: a caller who presses nothing is kept: a -> a"),
    ({"a": {"do": "run", "flow": "gone", "then": "person"}}, "steps.a.flow: unknown flow 'gone'"),
    ({"a": {"do": "run", "flow": "f", "then": "person"}}, "steps.a.flow: runs itself: f -> f"),
    # Speech
    ({"a": menu(**{"1": {"to": "person", "say": {"en": ["x"]}}})},
     "steps.a.choices.1: nothing to say in it"),
    # Values
    ({"a": say({"en": "{n}", "it": "x"})}, "steps.a.texts: nothing gives 'n' a value"),
    ({"a": collect(then="b"), "b": say({"en": "{n:roman}", "it": "x"})},
     "steps.b.texts: unknown form 'roman'"),
    ({"a": collect(sensitive=True, then="b"), "b": say({"en": "{n}", "it": "x"})},
     "steps.b.texts: the sensitive 'n' must not be said"),
    ({"a": collect(sensitive=True, then="b"),
      "b": {"do": "set", "values": {"m": "{n}"}, "then": "person"}},
     "steps.b.values.m: the sensitive 'n' must not be copied"),
    ({"a": collect(sensitive=True, then="b"), "b": branch({"variable": "n", "equals": "1"})},
     "steps.b.cases.0.when: the sensitive 'n' can only be asked for as present"),
    ({"a": collect(sensitive=True, then="b"), "b": collect()},
     "steps.b.into: 'n' is sensitive in another step"),
    ({"a": branch({"variable": "n", "under": 3})},
     "steps.a.cases.0.when: nothing gives 'n' a value"),
    ({"a": fetch(inputs={"x": "{n}"})}, "steps.a.inputs.x: nothing gives 'n' a value"),
    ({"a": {"do": "set", "values": {"m": "{m}x"}, "then": "person"}},
     "steps.a.values.m: grows without end"),
    ({"a": fetch(outputs={f"v{i}": {"from": "x", "max": 200} for i in range(3)})},
     "steps: variables of up to"),
    ({"a": collect(min=5, max=3)}, "steps.a.min: min is above max"),
    ({"a": collect(type="date", max=3)}, "steps.a: the type date has no min and max"),
    ({"a": collect(type="date", speech=True)}, "steps.a.speech: the type date cannot be said"),
    ({"a": collect(type="order")}, "steps.a: the type order needs a pattern"),
    ({"a": collect(pattern="x")}, "steps.a.pattern: the type digits has no pattern"),
    ({"a": collect(type="order", pattern="[")}, "steps.a.pattern: no regular expression"),
    ({"a": collect(type="iban")}, "steps.a.type: "),
    ({"a": {"do": "announce_agent_country", "texts": BOTH, "then": "person"}},
     "steps.person: callers may have asked for an agent in Italy or the EU: near_plan is missing"),
    # Data sources
    ({"a": fetch(url=None)}, "steps.a: exactly one of url and lambda is needed"),
    ({"a": fetch(url="http://example.com")}, "steps.a.url: "),
    ({"a": fetch(url=None) | {"lambda": "any-function"}}, "steps.a.lambda: "),
    ({"a": fetch(budget="9s")}, "steps.a.budget: "),
    # Conditions
    ({"a": branch({"moon": "full"})},
     "steps.a.cases.0.when: a condition has exactly one of all, any, not"),
    ({"a": branch({"any": [{"open": "day"}, {"not": {"moon": "full"}}]})},
     "steps.a.cases.0.when.any.1.not: a condition has exactly one of"),
    ({"a": branch({"variable": "n", "equals": "1", "over": 1})},
     "steps.a.cases.0.when.variable: exactly one of equals, in, under, over and present is needed"),
    ({"a": branch({"waiting": "sales"})},
     "steps.a.cases.0.when.waiting: exactly one of under and over is needed"),
    ({"a": branch({"wait": "sales", "over": "soon"})}, "steps.a.cases.0.when.over: a duration"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_mistake_is_found_and_named(steps: dict[str, Any], problem: str) -> None:
    told = found(**steps)
    assert any(one.startswith(problem) for one in told), told


RIGHT: list[dict[str, Any]] = [
    {"a": menu(**{"1": {"to": "person", "say": {"en": ["x"], "it": ["y"]}}})},
    {"a": say({"en": {"text": "x", "voice": "Amy"}, "it": {"audio": "https://a.b/c.mp3"}})},
    {"a": fetch(url="http://127.0.0.1:8080/x", inputs={"a": "{contact}{subject}{line}{language}"})},
    {"a": collect(sensitive=True, then="b"), "b": fetch(inputs={"pin": "{n}"})},
    {"a": collect(then="b"), "b": branch({"variable": "n", "present": True})},
    {"a": collect(then="b"), "b": branch({"variable": "n", "in": [1, True, "x"]})},
    {"a": {"do": "set", "values": {"m": "x"}, "language": "it", "then": "b"},
     "b": say({"en": "{m} {not a place} {}", "it": "{m}"})},
    {"a": {"do": "announce_agent_country", "texts": BOTH, "then": "b", "digit": "5"},
     "b": branch({"variable": "agent_near", "present": True}),
     "person": PERSON | {"near_plan": "italy"}},
    {"a": branch({"line": "it"}, {"line": ["it", "en"]}, {"language": "it"}, {"holiday": "day"})},
]  # fmt: skip


@pytest.mark.parametrize("steps", RIGHT, ids=[str(i) for i in range(len(RIGHT))])
def test_what_is_right_is_not_complained_about(steps: dict[str, Any]) -> None:
    assert found(**steps) == []


def test_what_a_provider_lacks_is_told() -> None:
    less = Surroundings(capabilities={"webvoice": {"Say", "Gather", "Queue", "Hangup", "Pause"}})
    phrases = {"1": {"to": "person", "say": {"en": ["x"], "it": ["y"]}}}
    told = found(
        around=less,
        a=menu(**phrases),
        b=collect(speech=True),
        c=say({"en": {"ssml": "x"}, "it": {"text": "x", "voice": "Bianca"}}),
        d=say({"en": {"audio": "https://a.b/c.mp3"}, "it": "x"}),
    )
    lacking = [one for one in told if "the provider webvoice cannot do this" in one]
    assert [one.split(": the")[0] for one in lacking] == [
        "steps.a.choices.1",
        "steps.b.speech",
        "steps.c.texts.en",
        "steps.c.texts.it",
        "steps.d.texts.en",
    ]


def test_what_surrounds_a_flow_is_looked_at_where_it_is_known() -> None:
    around = Surroundings(
        queues={"support": ["voice"]}, hours=["day"], lines=["it"], languages={"f": ["en", "it"]}
    )
    told = found(
        around=around,
        a=branch({"open": "night"}, {"waiting": "x", "over": 1}, {"line": "fr"}),
    )
    assert told == [
        "steps.a.cases.0.when: unknown hours 'night' (there is day)",
        "steps.a.cases.1.when: unknown queue 'x' (there is support)",
        "steps.a.cases.2.when: unknown line 'fr' (there is it)",
        "steps.person.queue: unknown queue 'sales' (there is support)",
    ]


def test_flows_inside_each_other_have_a_limit() -> None:
    texts = "texts: {en: x}"
    sources = [
        flows.parse(
            f"flow: f{i}\nstart: a\nsteps:\n  a: {{do: run, flow: f{i + 1}, then: b}}\n"
            f"  b: {{do: return}}\n",
            f"f{i}.yaml",
        )
        for i in range(4)
    ]
    last = f"flow: f4\nstart: a\nsteps:\n  a: {{do: say, {texts}, then: b}}\n  b: {{do: return}}\n"
    sources.append(flows.parse(last, "f4.yaml"))
    told = [problem.reason for _, problem in flows.lint(sources, Surroundings())]
    assert told == ["more than 3 flows inside each other: f0 -> f1 -> f2 -> f3 -> f4"]


# ---------------------------------------------------------------- files of their own


def written(folder: Path, **changes: Any) -> Path:
    """Write rules whose flow is in a file of its own; return their path."""
    tree = copy.deepcopy(FULL)
    body = tree["flows"].pop("main")
    tree["flows"] = ["flows/*.yaml"]
    (folder / "flows").mkdir()
    flow = {"flow": "main", **body, **changes}
    text = "# What callers hear.\n" + text_of(flow)
    (folder / "flows" / "main.yaml").write_text(text, encoding="utf-8")
    (folder / "flows" / "main.tests.yaml").write_text("no flow at all", encoding="utf-8")
    path = folder / "rules.yaml"
    # Something behind the flows, whose lines move when they come in.
    path.write_text(
        text_of({key: tree[key] for key in tree if key != "lines"} | {"lines": tree["lines"]}),
        encoding="utf-8",
    )
    return path


def test_a_flow_in_a_file_of_its_own_is_as_if_it_were_inside(tmp_path: Path) -> None:
    path = written(tmp_path)
    inside = tmp_path / "inside.yaml"
    inside.write_text(text_of(FULL), encoding="utf-8")
    assert load(path, 3) == load(inside, 3)
    # What is kept of it says everything by itself, wherever it is read.
    kept = tmp_path / "kept.yaml"
    kept.write_text(read_text(path), encoding="utf-8")
    assert load(kept, 3) == load(inside, 3)
    assert str(tmp_path) not in read_text(path)


def test_a_mistake_is_told_by_the_file_it_is_in(tmp_path: Path) -> None:
    path = written(tmp_path, start="gone")
    with pytest.raises(ConfigurationError) as caught:
        load(path, 1)
    told = {p.text(str(path)) for p in caught.value.problems}
    flow = tmp_path / "flows" / "main.yaml"
    assert f"{flow}:3: flows.main.start: unknown step 'gone'" in told


def test_a_mistake_behind_the_flows_keeps_its_line(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text(encoding="utf-8").replace("flow: main", "flow: gone")
    path.write_text(text, encoding="utf-8")
    line = next(i for i, row in enumerate(text.splitlines(), 1) if "flow: gone" in row)
    with pytest.raises(ConfigurationError) as caught:
        load(path, 1)
    assert f"{path}:{line}: lines.it.flow: unknown flow 'gone' (there is main)" in {
        p.text(str(path)) for p in caught.value.problems
    }


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("none/*.yaml", "there is no file none/*.yaml"),
        ("../x.yaml", "a path inside this folder is needed"),
        ("/etc/x.yaml", "a path inside this folder is needed"),
    ],
)
def test_a_pattern_without_files_is_refused(tmp_path: Path, pattern: str, reason: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text_of({**FULL, "flows": [pattern]}), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path, 1)
    assert [problem.reason for problem in caught.value.problems] == [reason]


@pytest.mark.parametrize("broken", ["start: a\n", "a: [", "flow: {a: b}\n", "- x\n"])
def test_a_file_that_is_no_flow_is_refused(tmp_path: Path, broken: str) -> None:
    path = written(tmp_path)
    (tmp_path / "flows" / "main.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path, 1)
    assert "main.yaml" in str(caught.value)


# ---------------------------------------------------------------- documents and schema


def test_a_published_version_is_read_back_as_it_was() -> None:
    steps = {"hello": say(then="queue"), "queue": PERSON}
    for index, part in enumerate(RIGHT):
        for name, step in part.items():
            # Where they lead is of no interest here, as long as it is somewhere.
            text = json.dumps(step).replace('"b"', '"queue"').replace('"person"', '"queue"')
            steps[f"s{index}{name}"] = json.loads(text)
    tree = {"flow": "main", "start": "hello", "steps": steps}
    read = flows.parse(text_of(tree), "f.yaml", 4).flow
    kinds = {type(step).__name__ for step in read.steps.values()}
    assert kinds >= {"Say", "Menu", "Collect", "Fetch", "Branch", "Set", "Enqueue"}
    assert "AnnounceAgentCountry" in kinds
    whole = replace(parse(text_of(FULL), "rules.yaml", 4), flows={"main": read})
    assert decode(json.loads(json.dumps(encode(whole)))) == whole


def test_the_schema_is_committed_and_takes_what_is_shipped() -> None:
    schema = json.loads((ROOT / "schemas" / "flow.schema.json").read_text(encoding="utf-8"))
    assert schema == flows.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    shipped = [*(ROOT / "docs/examples/flows").glob("*.yaml"), *(ROOT / "local").rglob("flows/*")]
    for path in shipped:
        if not path.name.endswith(".tests.yaml"):
            jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"flow": "f", "start": "a", "steps": {"a": {"do": "dance"}}}, schema)
