"""The demo's rules: what the file says, and the one thing a fast day shortens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.memory.configuration import MemoryConfiguration
from centralino.adapters.memory.world import world
from centralino.application import publishing
from centralino.application.publishing import Office
from centralino.contracts.configuration import load, read_text
from centralino.domain.configuration.model import Configuration
from centralino.domain.flows.model import Enqueue, Hangup, Menu
from local.demo import calls, rules
from tests.support.flows import pressed


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load(rules.FILE, 1)


def test_two_queues_three_profiles_one_menu_in_two_languages(configuration: Configuration) -> None:
    assert set(configuration.queues) == {"sales", "support"}
    served = {
        key: [queue.queue for queue in profile.queues]
        for key, profile in configuration.profiles.items()
    }
    assert served == {"sales": ["sales"], "support": ["support"], "all": ["sales", "support"]}
    (flow,) = configuration.flows.values()
    assert sum(isinstance(step, Menu) for step in flow.steps.values()) == 1
    assert all(set(step.texts) == {"en", "it"} for step in flow.steps.values())
    assert len(configuration.pools) == 1


def test_the_lines_are_those_that_the_callers_dial(configuration: Configuration) -> None:
    italian = configuration.line_of(calls.ITALIAN_LINE)
    english = configuration.line_of(calls.ENGLISH_LINE)
    assert italian is not None
    assert english is not None
    assert (italian.language, english.language) == ("it", "en")


def test_the_keys_lead_where_the_callers_think(configuration: Configuration) -> None:
    flow = configuration.flow("welcome")
    led = {key: pressed(configuration.flows, flow.id, key).step for key in ("1", "2", "3", "9")}
    assert isinstance(led[calls.SALES], Enqueue)
    assert led[calls.SALES].queue == "sales"
    assert isinstance(led[calls.SUPPORT], Enqueue)
    assert led[calls.SUPPORT].queue == "support"
    assert isinstance(led[calls.OPENING_HOURS], Hangup)
    assert isinstance(led[calls.WRONG_KEY], Menu)


@pytest.mark.parametrize(
    ("speed", "expected_ms"),
    [(1, 20_000), (2, 10_000), (5, 4_000), (10, 2_000), (30, 2_000), (1_000, 2_000)],
)
def test_offers_ring_shorter_on_a_fast_day_but_never_under_two_seconds(
    configuration: Configuration, speed: float, expected_ms: int
) -> None:
    fast = rules.for_speed(configuration, speed)
    assert {queue.offer_timeout_ms for queue in fast.queues.values()} == {expected_ms}


def test_nothing_else_changes_with_the_speed(configuration: Configuration) -> None:
    fast = rules.for_speed(configuration, 30)
    back = {
        key: replace(queue, offer_timeout_ms=configuration.queue(key).offer_timeout_ms)
        for key, queue in fast.queues.items()
    }
    assert replace(fast, queues=back) == configuration


def test_a_time_out_that_is_shorter_already_is_not_made_longer() -> None:
    assert rules.offer_timeout_ms(1_500, 1) == 1_500


# --------------------------------------------------------------------------- publishing


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    """A deployment without rules, in memory."""
    made = world(load(rules.FILE, 1))
    office = Office(MemoryConfiguration(), made.store, made.operations, made.clock)
    monkeypatch.setattr(rules, "publishing_office", lambda _: office)
    return office


def publish(speed: float) -> Configuration:
    deployment: Any = None
    return rules.publish(deployment, speed)


def test_the_demo_publishes_as_everybody_does(office: Office) -> None:
    assert publish(1).version == 1
    (release,) = publishing.history(office, 9)
    assert (release.by, release.base, release.note) == ("demo", 0, "")
    assert publishing.looked_up(office)[1] == read_text(rules.FILE)


def test_seeding_again_publishes_only_what_changes(office: Office) -> None:
    assert [publish(speed).version for speed in (1, 1, 10, 10, 1)] == [1, 1, 2, 2, 3]
    assert publishing.history(office, 2)[1].note.endswith("10 times as fast")


def test_rules_that_somebody_applied_are_left_in_force(office: Office) -> None:
    publish(1)
    text = read_text(rules.FILE).replace("wrap_up: 60s", "wrap_up: 30s")
    plan = publishing.planned(office, publishing.drafted(text, "rules.yaml"))
    theirs = publishing.publish(office, plan, "ada")
    assert publish(1) == theirs.rules
    assert office.releases.in_force() == theirs
