"""Lists of calls and of staff: what is read, and that one wrong cell is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from centralino.simulation import (
    CallListError,
    ListedCall,
    Staff,
    StaffError,
    read_calls,
    read_staff,
)
from centralino.simulation.call_list import parse_calls
from centralino.simulation.staff import parse_staff

HEADER = "call,type,priority,arrival_s,service_s,patience_s"


def test_calls_are_read_with_and_without_patience() -> None:
    rows = [HEADER, "a,PS,0,25694,71,", "", "b,NW,2,25700,0,30"]
    assert parse_calls(rows, "day.csv") == (
        ListedCall("a", "PS", 0, 25694, 71, None),
        ListedCall("b", "NW", 2, 25700, 0, 30),
    )


def test_columns_may_come_in_any_order_with_others_between() -> None:
    rows = ["note,patience_s,service_s,arrival_s,priority,type,call", "x,5,4,3,2,T,c"]
    assert parse_calls(rows, "day.csv") == (ListedCall("c", "T", 2, 3, 4, 5),)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "line 1: no column call"),
        ([HEADER.replace("patience_s", "patience")], "line 1: no column patience_s"),
        ([HEADER], "no calls"),
        ([HEADER, "a,PS,0,1,2"], "line 2: 5 columns, 6 expected"),
        ([HEADER, ",PS,0,1,2,"], "line 2, column call"),
        ([HEADER, "a,PS,x,1,2,"], "line 2, column priority"),
        ([HEADER, "a,PS,0,-1,2,"], "line 2, column arrival_s"),
        ([HEADER, "a,PS,0,1,2.5,"], "line 2, column service_s"),
        ([HEADER, "a,PS,0,1,1_0,"], "line 2, column service_s"),
        ([HEADER, "a,PS,0,1,2,99999999"], "line 2, column patience_s"),
        ([HEADER, "a,PS,0,1,2,", "a,PS,0,1,2,"], "listed twice"),
        ([HEADER, '"a,PS'], "columns"),
    ],
)
def test_a_wrong_list_of_calls_is_refused(rows: list[str], words: str) -> None:
    with pytest.raises(CallListError, match=words) as refused:
        parse_calls(rows, "day.csv")
    assert "\n" not in str(refused.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_bytes(b"\xff\xfe\x00")
    for read, error in ((read_calls, CallListError), (read_staff, StaffError)):
        with pytest.raises(error, match="not a text file"):
            read(tmp_path / "day.csv")
        with pytest.raises(error, match="No such file"):
            read(tmp_path / "none.csv")


def test_staff_is_read() -> None:
    rows = ["profile,agents,from,until,skills", "all,3,,,", "sales,2,09:00,17:30,english=3 card=1"]
    assert parse_staff(rows, "staff.csv") == (
        Staff("all", 3),
        Staff("sales", 2, 32_400, 63_000, {"english": 3, "card": 1}),
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no column profile"),
        (["profile,agents"], "nobody works"),
        (["profile,agents,shift", "all,1,x"], "unknown column 'shift'"),
        (["profile,agents", "all,many"], "line 2, column agents"),
        (["profile,agents", "all"], "line 2: 2 columns"),
        (["profile,agents", "all,1,2"], "line 2: 2 columns"),
        (["profile,agents,from", "all,1,9h"], "not a time of day"),
        (["profile,agents,skills", "all,1,english"], "column skills"),
        (["profile,agents,skills", "all,1,english=11"], "column skills"),
    ],
)
def test_a_wrong_list_of_staff_is_refused(rows: list[str], words: str) -> None:
    with pytest.raises(StaffError, match=words):
        parse_staff(rows, "staff.csv")
