"""Imports: an Amazon Connect instance's calls become events of ours, once, whatever happens."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.memory.world import World, world
from centralino.application.importing import Importer
from centralino.domain.configuration.model import Importing
from centralino.domain.errors import TransientDependency
from centralino.domain.imports.history import GRACE_MS
from centralino.runtime import wiring
from tests.support.centre import KEY, configuration
from tests.support.wired import Letters, handler
from tests.unit.domain.imports.connect_calls import INSTANCE, QUEUE, answered_call, event


class Desk:
    """The function over ports in memory, and its own queue."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rules = replace(
            configuration(), imports={INSTANCE: Importing(INSTANCE, "demo", {QUEUE: "sales"})}
        )
        self.world: World = world(rules)
        self.letters = Letters()
        self.reminders: list[tuple[int, dict[str, Any]]] = []
        self.full = False
        app = self.world.app
        importer = Importer(app.operations, app.configuration, app.clock, app.log)
        monkeypatch.setattr(wiring, "importer", lambda: importer)
        monkeypatch.setattr(wiring, "bus", lambda: self.world.bus)
        monkeypatch.setattr(wiring, "identity_key", lambda: KEY)
        monkeypatch.setattr(wiring, "dead_letters", lambda: self.letters)
        monkeypatch.setattr(wiring, "imports_queue", lambda: self)

    def send(self, message: dict[str, Any], delay_ms: int) -> None:
        """Remember a reminder."""
        if self.full:
            raise TransientDependency("the queue does not answer")
        self.reminders.append((self.world.clock.now() + delay_ms, message))

    def hear(self, *messages: Any) -> list[str]:
        """Have the function consume a batch; return which messages come again."""
        records = [
            {
                "messageId": f"m{number}",
                "body": message if isinstance(message, str) else json.dumps(message),
                "attributes": {},
            }
            for number, message in enumerate(messages)
        ]
        answer = handler("imports")({"Records": records}, None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def wait(self, ms: int) -> None:
        """Let time pass; reminders come when they are due."""
        until = self.world.clock.now() + ms
        while due := sorted((at, json.dumps(m)) for at, m in self.reminders if at <= until):
            at, body = due[0]
            self.reminders.remove((at, json.loads(body)))
            self.world.clock.advance(max(0, at - self.world.clock.now()))
            assert self.hear(body) == []
        self.world.clock.advance(until - self.world.clock.now())

    @property
    def told(self) -> list[tuple[str, int, str]]:
        """What was published: type, sequence and event id."""
        return [(o.type, o.sequence, o.event_id) for o in self.world.bus.published]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


def test_a_call_is_told_once_after_its_end(desk: Desk) -> None:
    assert desk.hear(*answered_call(), *answered_call()) == []
    desk.wait(GRACE_MS - 1)
    assert desk.told == []
    desk.wait(24 * 3_600_000)
    assert [kind for kind, _, _ in desk.told] == [
        "ContactStarted",
        "ContactEnqueued",
        "ContactConnected",
        "ContactWrapupStarted",
        "ContactClosed",
    ]
    assert desk.reminders == []
    connected = desk.world.bus.published[2]
    assert connected.data["queue"] == "sales"
    assert connected.data["agent_id"].startswith("ag_")
    assert len(connected.data["agent_id"]) == 29


def test_a_call_that_goes_on_for_hours_is_waited_for(desk: Desk) -> None:
    desk.hear(*answered_call()[:4])
    desk.wait(3 * 3_600_000)
    assert desk.told == []
    desk.hear(*answered_call()[4:])
    desk.wait(GRACE_MS)
    assert desk.told[-1][0] == "ContactClosed"


def test_a_late_message_changes_nothing_that_was_told(desk: Desk) -> None:
    desk.hear(*answered_call())
    desk.wait(GRACE_MS)
    told = desk.told
    desk.hear(event("COMPLETED", "c2", initialContactId="c1"))
    desk.wait(24 * 3_600_000)
    assert desk.told == told


def test_a_message_that_comes_while_a_call_is_told_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hear(*answered_call())
    bus = desk.world.bus
    publish = bus.publish

    def late_first(occurrences: Any) -> Any:
        monkeypatch.setattr(bus, "publish", publish)
        assert desk.hear(event("COMPLETED", "c2", initialContactId="c1")) == []
        return publish(occurrences)

    monkeypatch.setattr(bus, "publish", late_first)
    desk.wait(24 * 3_600_000)
    assert len(desk.told) == 5
    assert desk.reminders == []


def test_dying_between_publishing_and_noting_it_tells_the_same_events_again(desk: Desk) -> None:
    desk.hear(*answered_call())
    desk.world.clock.advance(GRACE_MS)
    desk.world.faults.refuse("operations.put_if")
    ((_, reminder),) = {(0, json.dumps(m)) for _, m in desk.reminders}
    assert desk.hear(reminder) == ["m0"]
    once = desk.told
    desk.hear(reminder)
    assert desk.told == once + once
    desk.hear(reminder)
    assert desk.told == once + once


def test_a_bus_that_refuses_brings_the_reminder_back(desk: Desk) -> None:
    desk.hear(*answered_call())
    desk.world.clock.advance(GRACE_MS)
    desk.world.bus.refuses = lambda occurrence: occurrence.sequence == 3
    assert desk.hear({"settle": "c1"}) == ["m0"]
    desk.world.bus.refuses = None
    assert desk.hear({"settle": "c1"}) == []
    assert {sequence for _, sequence, _ in desk.told} == {1, 2, 3, 4, 5}


def test_nothing_is_written_before_its_reminder_is_durable(desk: Desk) -> None:
    desk.full = True
    assert desk.hear(answered_call()[0]) == ["m0"]
    desk.full = False
    desk.hear(answered_call()[0])
    assert len(desk.reminders) == 1


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "invalid_message"),
        ([], "invalid_message"),
        ({"settle": 7}, "invalid_message"),
        ({"source": "somebody"}, "malformed_event"),
        (
            event("QUEUED", instanceArn="arn:aws:connect:eu-west-1:1:instance/other"),
            "unknown_instance",
        ),
    ],
)
def test_what_helps_no_figure_goes_to_the_dead_letters_with_its_reason(
    desk: Desk, message: Any, code: str
) -> None:
    assert desk.hear(message) == []
    assert desk.letters.buried == [("m0", code)]
    assert desk.told == []
