"""The routing benchmarks: counted again from the log alone, and what their simulation promises."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import bench as benches
from cli.bench import routing_latency
from cli.bench.latency import counting
from cli.bench.latency.prices import billed, read_prices
from cli.bench.latency.requests import Request, Run, read_runs
from cli.bench.latency.workloads import WORKLOADS
from cli.main import app

Row = dict[str, Any]


@pytest.fixture(scope="module")
def run() -> Run:
    """A light load: a second or so of work, and everything in it happens."""
    return WORKLOADS["once_light"](7)


@pytest.fixture(scope="module")
def herd() -> Run:
    return WORKLOADS["herd_without_lag"](7)


@pytest.fixture(scope="module")
def logged(run: Run, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The run's rows as whoever has only the file sees them."""
    path = tmp_path_factory.mktemp("log") / "requests.jsonl"
    with path.open("w") as file:
        run.write(file)
    first, *rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert first == {"workload": "once_light", "seed": 7}
    return rows


# --------------------------------------------------------------------------- counted again


def test_round_trips_and_claims_are_those_of_the_log(run: Run, logged: list[Row]) -> None:
    trips: set[int] = set()
    won = lost = 0
    for row in logged:
        op, key = row["op"], row.get("key", "")
        if op in ("store.waiting", "store.available", "store.claim") or (
            op.startswith("operations.") and key.split("#")[0] in ("pool", "heartbeat")
        ):
            trips.add(row["trip"])
        if op == "store.claim":
            won, lost = won + row["ok"], lost + (not row["ok"])
    figures = counting.figures(run.rows)
    assert figures.assignments == won == 60
    assert figures.round_trips == len(trips) / won
    assert figures.failed_claims == lost / won


def test_latencies_are_those_of_the_log(run: Run, logged: list[Row]) -> None:
    found = []
    for index, row in enumerate(logged):
        if row["op"] != "store.claim" or not row["ok"]:
            continue
        before = [other for other in logged[:index] if other["ok"]]
        waits = [o["t"] for o in before if o.get("contact") == row["contact"] and o.get("order")]
        frees = [o["t"] for o in before if o.get("agent") == row["agent"] and o.get("to") == "free"]
        found.append(row["t"] - max(waits[-1], frees[-1]))
    figures = counting.figures(run.rows)
    assert figures.p99_ms == pytest.approx(max(found), abs=0.01)
    assert figures.p50_ms == pytest.approx(sorted(found)[29], abs=0.01)
    assert 15 < figures.p50_ms < 150


def test_units_are_those_of_the_log(run: Run, logged: list[Row]) -> None:
    by_call: Counter[str] = Counter()
    shared = 0.0
    for row in logged:
        key = row.get("key", "").split("#")[0]
        if key == "decisions" or (
            row["purpose"] == "sign_in" and row["op"] != "store.claim" and key != "heartbeat"
        ):
            continue
        if "contact" in row:
            by_call[row["contact"]] += row["write"]
        else:
            shared += row["write"]
    figures = counting.figures(run.rows)
    assert len(by_call) == 60
    assert figures.write_units == pytest.approx((sum(by_call.values()) + shared) / 60)
    # Enqueue 2, claim 6, acknowledgment, accept, hang-up and close 1 each, release 2.
    assert Counter(by_call.values()).most_common(1)[0][0] == 14


def test_what_is_billed_is_in_the_log(run: Run, logged: list[Row]) -> None:
    ops = Counter(row["op"] for row in logged)
    counts = billed(run.rows)
    assert counts["invocations"] == ops["invoke"]
    assert counts["http_requests"] == ops["http"]
    assert counts["websocket_messages"] == ops["page.post"] + ops["page.message"]
    assert counts["write_units"] == sum(row["write"] for row in logged)
    assert counts["read_units"] == sum(row["read"] for row in logged)
    assert counts["events"] == sum(row["n"] for row in logged if row["op"] == "events.put")
    fifo = sum(row.get("key") == "fifo" for row in logged) + ops["nudges.send"]
    assert counts["sqs_fifo_requests"] == fifo
    queues = ops["timers.send"] + ops["nudges.send"] + ops["sqs.receive"] + ops["sqs.delete"]
    assert counts["sqs_requests"] + fifo == queues


def test_every_message_sent_is_taken(logged: list[Row]) -> None:
    sent: Counter[str] = Counter()
    for row in logged:
        sent[row["op"] + (":" + row["key"] if row["op"].startswith("sqs.") else "")] += row["n"]
    assert sent["timers.send"] == sent["sqs.receive:standard"] == sent["sqs.delete:standard"]
    assert sent["nudges.send"] == sent["sqs.receive:fifo"] == sent["sqs.delete:fifo"]


def test_a_herd_is_served_in_order_when_nothing_lags(herd: Run) -> None:
    """Unfairness counted the slow way: every claim against everybody who waited."""
    waits: dict[str, tuple[float, str, str]] = {}
    ends: dict[str, float] = {}
    for row in herd.rows:
        if row.ok and row.op == "store.save_contact" and row.order and row.skills:
            waits[str(row.contact)] = (row.t, row.order, row.skills[0])
        elif row.ok and row.op == "store.claim":
            ends[str(row.contact)] = row.t
    overtaken = 0
    for claim in counting.assignments(herd.rows):
        overtaken += any(
            need in (claim.skills or ())
            and order < (claim.order or "")
            and since <= claim.t - 50
            and ends.get(contact, 1e9) > claim.t + 50
            for contact, (since, order, need) in waits.items()
        )
    assert counting.unfair(herd.rows) == overtaken == 0


def test_overtaking_is_seen(herd: Run) -> None:
    """Were the claims' order of time turned round, many would have overtaken somebody."""
    claims = counting.assignments(herd.rows)
    times = [row.t for row in claims]
    for row, t in zip(claims, reversed(times), strict=True):
        row.t += 1_000.0 + 20 * (t - row.t)
    assert counting.unfair(herd.rows) > 0


# --------------------------------------------------------------------------- the simulation


def test_nobody_is_assigned_twice_and_every_call_ends(run: Run) -> None:
    claims = counting.assignments(run.rows)
    assert len({row.contact for row in claims}) == len(claims) == 60
    assert overbooked(run.rows) == []
    last: dict[str, str] = {}
    for row in run.rows:
        if row.op == "store.save_contact" and row.ok:
            last[str(row.contact)] = str(row.to)
    assert Counter(last.values()) == {"CLOSED": 60}


def overbooked(rows: list[Request]) -> list[str]:
    """Return the agents who got a contact while they had one."""
    found, taken = [], set()
    for row in rows:
        if row.op == "store.save_agent" and row.ok and row.to == "free":
            taken.discard(row.agent)
        elif row.op == "store.claim" and row.ok:
            if row.agent in taken:
                found.append(str(row.agent))
            taken.add(row.agent)
    return found


def test_requests_take_the_time_they_should(run: Run) -> None:
    median: dict[str, float] = {}
    by_op: defaultdict[str, list[float]] = defaultdict(list)
    for row in run.rows:
        if row.ms:
            by_op[row.op].append(row.ms)
    for op, taken in by_op.items():
        median[op] = sorted(taken)[len(taken) // 2]
    assert 4 < median["store.waiting"] < 6
    assert 7 < median["store.save_contact"] < 9
    assert 12 < median["store.claim"] < 18
    assert 7 < median["timers.send"] < 9


def test_transactions_collide_when_two_want_the_same_agent() -> None:
    runs = [WORKLOADS["once_busy"](seed).rows for seed in range(2)]
    assert any(not row.ok for rows in runs for row in counting.claims(rows))
    assert [overbooked(rows) for rows in runs] == [[], []]


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = (WORKLOADS["once_light"](3) for _ in range(2))
    assert [row.line() for row in first.rows] == [row.line() for row in second.rows]
    assert first.rows != WORKLOADS["once_light"](4).rows


def test_a_written_run_reads_back(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with path.open("w") as file:
        run.write(file)
        run.write(file)
    first, second = read_runs(path)
    assert (first.workload, first.seed) == (run.workload, run.seed)
    assert len(first.rows) == len(second.rows) == len(run.rows)
    assert counting.round_trips_per_assignment(first.rows) == (
        counting.round_trips_per_assignment(run.rows)
    )


# --------------------------------------------------------------------------- the command


def test_the_command_writes_the_requests_behind_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(benches.REQUESTS_FILE, "")
    routing_latency._runs.cache_clear()
    path = tmp_path / "requests.jsonl"
    metric = "routing.round_trips_per_assignment.once_light"
    done = CliRunner().invoke(
        app, ["bench", "--only", metric, "--seed", "3", "--requests", str(path)]
    )
    assert done.exit_code == 0
    (figure,) = [json.loads(line) for line in done.output.splitlines()]
    counted = sorted(counting.round_trips_per_assignment(r.rows) for r in read_runs(path))
    assert len(counted) == routing_latency.SEEDS
    assert figure["value"] == round(counted[routing_latency.SEEDS // 2], 4)


def test_the_prices_are_dated_and_complete(run: Run) -> None:
    prices = read_prices()
    assert (prices.region, prices.date) == ("us-east-1", "2026-11")
    counts = billed(run.rows)
    assert counts.keys() == prices.each.keys()
    # The call's own budget at these prices, by hand: 15.2 WRU and 5 RRU are 10.1 dollars.
    million = prices.cost({"write_units": 15.2e6, "read_units": 5e6})
    assert sum(million.values()) == pytest.approx(10.125)
