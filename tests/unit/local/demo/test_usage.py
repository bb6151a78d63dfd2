"""Write units by the meter rule: each line of the budget, index changes and transactions."""

from __future__ import annotations

from dataclasses import replace

from local.demo import usage
from local.demo.evidence import Evidence, Write
from tests.unit.local.demo.good_run import CALLS, World, good_run

EMPTY = Evidence([], [], [], [], [], [], [], 0)


def one_call() -> World:
    """One agent and one call, straight through."""
    world = World()
    agent = world.hire(1)
    contact = world.dial(CALLS[0])
    world.enqueue(contact)
    rid = world.offer(contact, agent)
    world.accept(contact, rid)
    world.hang_up(contact)
    world.wrap_up(contact, rid)
    return world


def test_a_call_costs_what_the_meter_rule_says() -> None:
    counted = usage.count(one_call().evidence(CALLS[:1]))
    # The item and the index: +1 to be inserted. In the claim both items cost twice, and both
    # leave their index: +1 each. The agent's release puts it back into the index.
    assert {line: counted.lines.get(line, 0) for line in usage.CALL_LINES} == {
        "enqueue": 2,
        "claim": 6,
        "acknowledge": 1,
        "accept": 1,
        "connect": 1,
        "requeue": 0,
        "hang_up": 1,
        "abandon": 0,
        "close": 1,
        "release": 2,
        "routing": 1,
        "pages": 0,
        "other": 0,
    }
    assert counted.queued == 1
    assert counted.per_call == 16


def test_the_menu_and_the_agents_presence_are_not_the_call_s() -> None:
    counted = usage.count(one_call().evidence(CALLS[:1]))
    # The menu's contact and its marker; the agent registered, routable (into the index), and
    # its connection, made and deleted.
    assert counted.lines["menu"] == 2
    assert counted.lines["presence"] == 1 + 2 + 2
    assert set(counted.lines) <= {*usage.CALL_LINES, *usage.OTHER_LINES}


def test_only_queued_calls_divide_and_every_write_has_a_line() -> None:
    counted = usage.count(good_run().evidence())
    assert counted.queued == 3
    assert counted.lines["requeue"] > 0
    assert counted.lines["abandon"] > 0
    assert "other" not in counted.lines


def test_an_item_over_a_kilobyte_costs_its_started_kilobytes() -> None:
    evidence = one_call().evidence(CALLS[:1])
    *before, last = evidence.contact_writes
    assert last.item is not None
    heavy = Write(last.key, {**last.item, "filler": "x" * 1500})
    counted = usage.count(replace(evidence, contact_writes=[*before, heavy]))
    assert counted.lines["close"] == usage.count(evidence).lines["close"] + 2 - 1


def test_a_deletion_is_charged_for_what_it_deletes() -> None:
    put = Write(("conn#1", "agent"), {"pk": "conn#1", "sk": "agent", "d": {"x": "y" * 2000}})
    counted = usage.count(replace(EMPTY, ops_writes=[put, Write(put.key, None)]))
    assert counted.lines == {"presence": 4}


def test_nothing_queued_has_no_price() -> None:
    assert usage.count(EMPTY).per_call is None
