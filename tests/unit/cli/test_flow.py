"""``centralino flow``: what each command prints, writes and ends with."""

from __future__ import annotations

import io
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cli.main import main

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "flows"
ORDERS = str(EXAMPLES / "order-status.yaml")
DEMO = ROOT / "local" / "demo"

BAD = """\
flow: bad
start: a
steps:
  a: {do: say, texts: {en: hello}, then: b}
  b:
    do: menu
    texts: {en: press, it: premere}
    choices: {"1": c}
    invalid: {en: no, it: no}
    otherwise: c
  c: {do: hangup, texts: {en: bye, it: ciao}}
  d: {do: hangup, texts: {en: bye, it: ciao}}
"""


@pytest.fixture
def bad(tmp_path: Path) -> str:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD, encoding="utf-8")
    return str(path)


def test_lint_names_each_problem_with_its_line(
    bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["flow", "lint", bad]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{bad}:4: steps.a.texts: no text in it",
        f"{bad}:5: steps.b: no way leads from here to a person",
        f"{bad}:12: steps.d: nothing leads to this step",
    ]


def test_lint_as_json(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", "lint", bad, "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found[0] == {
        "file": bad,
        "line": 4,
        "where": "steps.a.texts",
        "reason": "no text in it",
    }


def test_lint_is_content_with_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(path) for path in EXAMPLES.glob("*.yaml") if ".tests." not in path.name]
    assert main(["flow", "lint", *files]) == 0
    demo = ["flow", "lint", str(DEMO / "flows" / "welcome.yaml")]
    assert main([*demo, "--config", str(DEMO / "centralino.yaml")]) == 0
    assert "nothing wrong" in capsys.readouterr().out


def test_lint_with_the_rules_looks_at_queues(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(EXAMPLES / "technical-support.yaml")
    assert main(["flow", "lint", file, "--config", str(DEMO / "centralino.yaml")]) == 2
    assert "unknown queue 'experts' (there is sales, support)" in capsys.readouterr().err


def test_a_flow_without_a_line_yet_needs_the_languages_that_lines_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(
        "flow: new\nstart: a\nsteps:\n"
        "  a: {do: enqueue, queue: sales, plan: voice, texts: {en: hold}}\n",
        encoding="utf-8",
    )
    assert main(["flow", "lint", str(path)]) == 0
    assert main(["flow", "lint", str(path), "--config", str(DEMO / "centralino.yaml")]) == 2
    assert f"{path}:4: steps.a.texts: no text in it" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["a: [", "flow: x\n", "- 1\n"])
def test_a_file_that_is_no_flow_is_bad_input(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    for command in (["lint"], ["test"], ["simulate"], ["draw", "-o", str(tmp_path / "x.svg")]):
        assert main(["flow", command[0], str(path), *command[1:]]) == 2
        assert capsys.readouterr().err.startswith(f"{path}:")


def test_two_files_of_one_flow_are_refused(
    tmp_path: Path, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    second = tmp_path / "second.yaml"
    second.write_text(BAD, encoding="utf-8")
    assert main(["flow", "lint", bad, str(second)]) == 2
    assert "'bad' is the flow of" in capsys.readouterr().err


def test_test_plays_the_conversations_beside_a_flow(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", "test", ORDERS]) == 0
    assert capsys.readouterr().out == "5 of 5 conversations go as written\n"


GOOD = "conversations:\n  - {name: n, talk: [{silent: true}], ends: {hangup: true}}\n"


@pytest.mark.parametrize(
    ("talk", "ends", "wrong"),
    [
        ("[{hears: goodbye}]", "{hangup: true}", "turn 1: expected to hear 'goodbye', heard"),
        ("[{presses: 2}, {at: c}]", "{hangup: true}", "turn 2: expected to be at c, is at b"),
        ("[{presses: 1}]", "{queue: sales}", "expected another end: the call ends"),
        ("[{hears: press}]", "{hangup: true}", "not at an end, but at b"),
        ("[{presses: 1}, {presses: 1}]", "{hangup: true}", "turn 2: there is nothing to answer"),
        ("[{presses: 1}]", "{hangup: true}, fails: [no_answer]", "steps failed: none, expected"),
        ("[{presses: 1}]", "{hangup: true}, told: {x: {a: b}}", "x was expected to tell"),
    ],
)
def test_a_conversation_that_goes_otherwise_fails(
    bad: str, talk: str, ends: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = Path(bad).with_name("bad.tests.yaml")
    text = f"conversations:\n  - {{name: n, talk: {talk}, ends: {ends}}}\n"
    tests.write_text(text, encoding="utf-8")
    assert main(["flow", "test", bad]) == 1
    assert f"bad: n: {wrong}" in capsys.readouterr().err
    assert main(["flow", "test", bad, "--json"]) == 1
    (result,) = json.loads(capsys.readouterr().out)
    assert result["wrong"].startswith(wrong)


def test_conversations_that_are_missing_or_wrong_are_bad_input(
    bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["flow", "test", bad]) == 2
    assert "bad.tests.yaml is missing" in capsys.readouterr().err
    tests = Path(bad).with_name("bad.tests.yaml")
    tests.write_text(GOOD.replace("silent: true", "silent: true, hears: x"), encoding="utf-8")
    assert main(["flow", "test", bad]) == 2
    assert "exactly one of hears, presses, says, silent, at" in capsys.readouterr().err


def test_draw_writes_every_step_and_way(tmp_path: Path) -> None:
    for path in EXAMPLES.glob("*.yaml"):
        if ".tests." in path.name:
            continue
        target = tmp_path / f"{path.stem}.svg"
        assert main(["flow", "draw", str(path), "-o", str(target), "--language", "it"]) == 0
        root = ET.parse(target).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        texts = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
        from centralino.contracts.flows import load
        from centralino.domain.flows.model import leads

        flow = load(path).flow
        assert set(flow.steps) <= texts
        ways = {(name, to) for name, step in flow.steps.items() for to in leads(step).values()}
        # The definition of the arrow is a path, too.
        assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) == len(ways) + 1
        before = target.read_bytes()
        assert main(["flow", "draw", str(path), "-o", str(target), "--language", "it"]) == 0
        assert target.read_bytes() == before


def test_draw_says_when_it_cannot_write(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", "draw", bad, "-o", "/nowhere/x.svg"]) == 2
    assert "/nowhere/x.svg" in capsys.readouterr().err


def walked(lines: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    return main(["flow", "simulate", *arguments])


def test_simulate_walks_with_what_is_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = '123456\n{"status": "shipped", "due": "2026-12-01"}\noperatore\n'
    assert walked(lines, monkeypatch, ORDERS, "--language", "it") == 0
    out = capsys.readouterr().out
    assert "Benvenuti al servizio ordini." in out
    assert '{"order": "123456", "language": "it"}' in out
    assert "Arriverà il primo dicembre 2026." in out
    assert out.endswith("= waits in queue support (plan voice)\n")


def test_simulate_asks_for_facts_and_tells_what_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = str(EXAMPLES / "customer-service.yaml")
    assert walked("n\nwhat?\n2\n30\n", monkeypatch, service) == 0
    out = capsys.readouterr().out
    assert "Is today a holiday by the hours office? [y/n] > n" in out
    assert "! customer-service.hours failed: undecided" in out
    assert "Many people are calling" in out
    assert out.endswith("= waits in queue sales (plan voice)\n")


def test_simulate_ends_with_its_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert walked("9\n\n", monkeypatch, str(DEMO / "flows" / "welcome.yaml")) == 0
    out = capsys.readouterr().out
    assert out.count("Sorry, that is not one of the choices.") == 2
    assert out.endswith("= the caller hangs up\n")


def test_simulate_walks_errands_and_offers_in_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = str(EXAMPLES / "callback-while-waiting.yaml")
    assert walked("2\nHello, it is me.\n", monkeypatch, waiting) == 0
    out = capsys.readouterr().out
    assert "[line] (in line: 1 2) > 2" in out
    assert "[message] (your message) > Hello" in out
    assert "we have your message" in out
    assert walked("1\n1\n", monkeypatch, waiting) == 0
    assert "on 1 May 2026 at 14:30" in capsys.readouterr().out
    assert walked("\n", monkeypatch, waiting) == 0
    assert capsys.readouterr().out.endswith("= waits in queue support (plan voice)\n")
    bills = str(EXAMPLES / "bill-payment.yaml")
    answer = '{"state": "open", "due": "12.50", "until": "2026-12-01"}'
    assert walked(f"12345678\n{answer}\n1\nn\ny\n5\n", monkeypatch, bills) == 0
    out = capsys.readouterr().out
    assert "The payment did not go through." in out
    assert "[happy] (1-5) > 5" in out


def test_simulate_puts_through_and_asks_about_the_customer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night = str(EXAMPLES / "out-of-hours.yaml")
    assert walked("y\n9\nn\n", monkeypatch, night) == 0
    out = capsys.readouterr().out
    assert "[emergency] (does somebody answer? y/n) > n" in out
    assert out.endswith("= waits in queue support (plan voice)\n")
    assert walked("1\ngold\n", monkeypatch, str(EXAMPLES / "recorded-service.yaml")) == 0
    out = capsys.readouterr().out
    assert "[may_we] (1 2) > 1" in out
    assert "What is the customer's segment? > gold" in out
    assert "one of our advisers" in out


def test_lint_holds_a_flow_against_a_provider_or_against_its_lines_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bills = str(EXAMPLES / "bill-payment.yaml")
    assert main(["flow", "lint", bills, "--provider", "webvoice"]) == 2
    assert "steps.pay: the provider webvoice cannot do this (Pay)" in capsys.readouterr().err
    rules = (DEMO / "centralino.yaml").read_text(encoding="utf-8")
    start = rules.index("lines:")
    text = rules[:start] + (
        "lines:\n"
        "  web: {provider: webvoice, business_unit: demo, flow: bill-payment, language: it}\n"
    )
    text += rules[rules.index("flows:", start) :]
    text = text.replace("flows: [flows/*.yaml]", "flows: [bill-payment.yaml]")
    config = tmp_path / "rules.yaml"
    config.write_text(text, encoding="utf-8")
    (tmp_path / "bill-payment.yaml").write_text(
        Path(bills).read_text(encoding="utf-8"), encoding="utf-8"
    )
    commands = (
        ["flow", "lint", bills, "--config", str(config)],
        ["config", "plan", str(config)],
        ["config", "apply", str(config), "--yes"],
    )
    for command in commands:
        assert main(command) == 2
        assert "the provider webvoice cannot do this (Pay)" in capsys.readouterr().err


PAID = """\
conversations:
  - name: n
    talk:
      - presses: "12345678"
      - payment: paid
    ends: {hangup: true}
"""


def test_a_conversation_that_has_the_carrier_do_what_it_was_not_asked_to_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bill-payment.yaml"
    path.write_text((EXAMPLES / "bill-payment.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    beside = tmp_path / "bill-payment.tests.yaml"
    for turn, told in (
        ("payment: paid", "nothing is paid at number"),
        ("message: 5s", "no message is taken at number"),
        ("dialled: busy", "nobody is dialled at number"),
    ):
        text = PAID.replace('      - presses: "12345678"\n', "").replace("payment: paid", turn)
        beside.write_text(text, encoding="utf-8")
        assert main(["flow", "test", str(path)]) == 1
        assert told in capsys.readouterr().err
