"""What is offered in line to a caller from a page, and taken with a key."""

from __future__ import annotations

import pytest

from tests.support.web_centre import Web
from tests.unit.application.flow_calls import rules

FLOW = """
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
      interval: 30s
      offers:
        - {digit: "1", to: more, every: 60s, texts: {en: press 1, it: prema 1}}
  more:
    do: menu
    texts: {en: more, it: altro}
    choices: {"1": bye, "2": line}
    invalid: {en: what, it: come}
    otherwise: line
  bye: {do: hangup, texts: {en: bye, it: ciao}}
"""


@pytest.fixture
def offering(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """A centre whose line offers a menu."""
    return Web(monkeypatch, rules(FLOW))


def test_an_offer_in_line_is_taken_and_the_caller_comes_back_to_the_line(offering: Web) -> None:
    caller = offering.caller()
    assert caller.doing == "gather"
    assert caller.heard == ["hold"]
    since = offering.centre.contact(caller.contact).enqueued_at
    caller.say("input", step=caller.playing[-1]["step"], digits="1")
    offering.settle()
    assert caller.doing == "gather"
    assert caller.heard[-1] == "more"
    assert offering.centre.state(caller.contact) == "WAITING"
    caller.say("input", step=caller.playing[-1]["step"], digits="2")
    offering.settle()
    assert caller.doing == "gather"
    assert offering.centre.contact(caller.contact).enqueued_at == since


def test_who_presses_nothing_goes_on_hearing_the_line(offering: Web) -> None:
    caller = offering.caller()
    for _ in range(8):
        offering.advance(20_000)
        before = len(caller.played)
        caller.say("input", step=caller.playing[-1]["step"], digits="")
        offering.settle()
        assert caller.doing == "gather"
        assert len(caller.played) >= before
    assert caller.heard.count("press 1") > 1


def test_an_agent_who_is_found_comes_before_what_was_offered(offering: Web) -> None:
    caller = offering.caller()
    caller.say("input", step=caller.playing[-1]["step"], digits="1")
    offering.settle()
    offering.desk()
    rid = offering.accept(caller.contact)
    assert offering.centre.state(caller.contact) == "CONNECTED"
    assert caller.hears(rid)


def test_a_page_that_still_waits_is_told_where_the_call_went(offering: Web) -> None:
    caller = offering.caller()
    caller.say("input", step=caller.playing[-1]["step"], digits="1")
    offering.settle()
    caller.say("wait")
    offering.settle()
    for _ in range(2):
        caller.over()
        offering.settle()
    assert caller.doing == "gather"
    assert caller.heard[-1] == "more"
