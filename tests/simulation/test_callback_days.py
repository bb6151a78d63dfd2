"""A day with callbacks: who asks is called, what is promised is kept, waits are told truly."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from centralino.domain.errors import InvalidRequest
from centralino.simulation import CALL_COLUMNS, ListedCall, read_calls
from centralino.simulation.callbacks import (
    CallbackDay,
    CallbackOffer,
    CallbacksOfDay,
    Phones,
    simulate_callbacks,
)
from cli.commands.simulate import as_list
from cli.main import main
from tests.support.call_logs import golden_day_calls, shared_data

OFFER = CallbackOffer(after_s=60, accept=0.5, pickup=0.7)
#: Two agents, work for three: everybody who comes later waits for minutes.
CROWD = [ListedCall(f"c{n}", "", 0, 30_000 + 20 * n, 60, None) for n in range(60)]


def tuesday() -> list[ListedCall]:
    return as_list(golden_day_calls())


def asked(day: CallbackDay) -> CallbacksOfDay:
    assert day.callbacks is not None
    return day.callbacks


# --------------------------------------------------------------------------- what customers do


def test_who_takes_a_callback_is_called_and_everybody_is_served() -> None:
    day = simulate_callbacks(CROWD, 2, CallbackOffer(30, accept=1, pickup=1))
    back = asked(day)
    assert back.requested > 20
    assert (back.reached, back.unreached, back.attempts) == (back.requested, 0, back.requested)
    assert day.answered + back.reached == day.served == len(CROWD)
    assert day.abandoned == 0


def test_who_takes_a_callback_does_not_lose_patience() -> None:
    # All would hang up a second after they are offered one.
    calls = [replace(call, patience_s=31) for call in CROWD]
    day = simulate_callbacks(calls, 2, CallbackOffer(30, accept=1, pickup=1))
    assert day.abandoned == 0
    assert simulate_callbacks(calls, 2, None).abandoned > 10


def test_who_never_picks_up_is_tried_three_times() -> None:
    back = asked(simulate_callbacks(CROWD, 2, CallbackOffer(30, accept=1, pickup=0)))
    assert back.requested > 20
    assert (back.reached, back.unreached) == (0, back.requested)
    assert back.attempts == 3 * back.requested
    # The phone rings 34 s each time, the carrier's own time included.
    assert back.dialling_s == pytest.approx(34 * back.attempts)


def test_an_offer_nobody_takes_changes_nothing() -> None:
    day = simulate_callbacks(CROWD, 2, CallbackOffer(30, accept=0, pickup=1))
    assert asked(day).requested == 0
    assert replace(day, callbacks=None) == simulate_callbacks(CROWD, 2, None)


def test_the_same_seed_gives_the_same_day() -> None:
    first, again, other = (simulate_callbacks(CROWD, 2, OFFER, seed) for seed in (3, 3, 4))
    assert first == again
    assert asked(other) != asked(first)


def test_every_request_is_in_the_figures_of_promises() -> None:
    back = asked(simulate_callbacks(CROWD, 2, CallbackOffer(30, accept=1, pickup=0.5)))
    assert 0 < back.promised <= back.requested
    assert back.kept + back.broken + back.void == back.promised
    assert back.promise_kept == back.kept / (back.kept + back.broken)


@pytest.mark.parametrize(
    "wrong",
    [
        {"accept": 1.01},
        {"pickup": -0.1},
        {"after_s": -1},
        {"after_s": float("nan")},
        {"accept": float("nan")},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidRequest):
        CallbackOffer(**{"after_s": 60, "accept": 0.5, "pickup": 0.7, **wrong})


def test_a_phone_cannot_ring_for_longer_than_an_attempt_lasts() -> None:
    with pytest.raises(InvalidRequest):
        Phones(given_up_after_ms=45_000)


@pytest.mark.parametrize(("calls", "agents"), [(CROWD, 0), (CROWD, 5_001), ([], 5)])
def test_a_day_without_calls_or_agents_is_refused(calls: Sequence[ListedCall], agents: int) -> None:
    with pytest.raises(InvalidRequest):
        simulate_callbacks(calls, agents, OFFER)


# --------------------------------------------------------------------------- the real Tuesday


def test_without_callbacks_it_is_the_golden_day() -> None:
    """Served, abandoned and waits as replayed elsewhere, priorities left out."""
    path = shared_data() / "golden_replay_990209_c6_fifo.csv"
    with path.open(newline="") as table:
        rows = list(csv.DictReader(table))
    day = simulate_callbacks([replace(c, priority=0) for c in read_calls(path)], 6, None)
    served = [int(row["wait_s"]) for row in rows if row["outcome"] == "SERVED"]
    assert (day.answered, day.abandoned) == (len(served), len(rows) - len(served))
    assert day.asa_s == pytest.approx(fmean(served), abs=1e-6)


def keeps_its_promise(days: Sequence[CallbackDay]) -> None:
    """Check what is required of this day: kept, sharp, and waits told as well as ever."""
    backs = [asked(day) for day in days]
    assert fmean(back.promise_kept or 0 for back in backs) >= 0.9
    assert max(back.window_median_s or 0 for back in backs) <= 30 * 60
    assert all(back.promised >= 0.98 * back.requested > 250 for back in backs)
    told = [day.promises for day in days]
    assert all(report.unknown == 0 for report in told)
    covered = sum(report.covered for report in told) / sum(report.announced for report in told)
    assert 0.88 <= covered <= 0.92
    score = fmean(report.score_compared_s or 0 for report in told)
    assert 0 < score < fmean(report.rival_score_s or 0 for report in told)


def test_callbacks_keep_their_promise_on_a_real_day() -> None:
    keeps_its_promise([simulate_callbacks(tuesday(), 5, OFFER, seed) for seed in (1, 2)])


@pytest.mark.full
def test_callbacks_keep_their_promise_over_ten_seeds() -> None:
    keeps_its_promise([simulate_callbacks(tuesday(), 5, OFFER, s) for s in range(1, 11)])


# --------------------------------------------------------------------------- the command


@pytest.fixture
def day_file(tmp_path: Path) -> Path:
    rows = [f"{c.call},,0,{c.arrival_s},{c.service_s}," for c in CROWD]
    path = tmp_path / "calls.csv"
    path.write_text("\n".join([",".join(CALL_COLUMNS), *rows]) + "\n")
    return path


def command(day: Path, *more: str) -> list[str]:
    return ["simulate", "callbacks", "--day", str(day), "--agents", "2", *more]


def test_the_command_tells_both_days_as_json(
    day_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(day_file, "--seeds", "3", "--json")) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert printed.err == ""
    assert told["inputs"] == {
        "calls": 60,
        "agents": 2,
        "after_s": 60.0,
        "accept": 0.5,
        "pickup": 0.7,
        "seeds": 3,
    }
    assert told["without"]["asa_s"] == simulate_callbacks(CROWD, 2, None).asa_s
    assert "requested" not in told["without"]
    runs = [simulate_callbacks(CROWD, 2, OFFER, seed) for seed in (1, 2, 3)]
    assert [run["requested"] for run in told["runs"]] == [asked(run).requested for run in runs]
    waits = told["with"]["asa_s"]
    assert waits["low"] < waits["mean"] < waits["high"]
    assert waits["mean"] == fmean(run["asa_s"] for run in told["runs"])


def test_people_see_both_days_side_by_side(
    day_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(day_file, "--seeds", "1", "--after", "2m")) == 0
    printed = capsys.readouterr().out
    assert "60 calls, 2 agents, 1 seeds" in printed
    assert "promise kept" in printed


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (("--seeds", "0"), "--seeds"),
        (("--after", "6x"), "--after"),
        (("--accept", "1.5"), "accept"),
        (("--pickup", "some"), "pickup"),
        (("--agents", "0"), "agents"),
        (("--day", "no-such-file"), "no-such-file"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    wrong: tuple[str, str], named: str, day_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(day_file, *wrong)) == 2
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
    assert named in printed.err
