"""Reading a day of calls from a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from local.demo.day_file import COLUMNS, DayFileError, DroppedRow, parse_day, read_day
from tests.support import call_logs

HEADER = ",".join(COLUMNS)
ANSWERED = (
    "AA0109,30063,58418922,2,PS,990209,13:53:46,13:53:56,10,13:53:56,13:54:15,19,"
    "AGENT,13:54:14,13:57:14,180,YITZ"
)
HUNG_UP = (
    "AA0103,26209,0,0,NW,990209,2:59:26,2:59:46,20,0:00:00,0:00:00,0,"
    "HANG,0:00:00,0:00:00,0,NO_SERVER"
)


def parse(*rows: str, header: str = HEADER):
    return parse_day([f"{line}\r\n" for line in (header, *rows)], "day.csv")


def changed(row: str, **columns: str) -> str:
    fields = dict(zip(COLUMNS, row.split(","), strict=True)) | columns
    return ",".join(fields.values())


def test_an_answered_call() -> None:
    (call,) = parse(ANSWERED).calls
    assert (call.line_number, call.trunk, call.call_id) == (2, "AA0109", "30063")
    assert (call.customer, call.priority, call.kind) == ("58418922", 2, "PS")
    assert call.day == date(1999, 2, 9)
    assert (call.entered_s, call.left_menu_s, call.menu_s) == (50_026, 50_036, 10)
    assert (call.waited_s, call.answered) == (19, True)
    assert (call.service_start_s, call.service_end_s, call.service_s) == (50_054, 50_234, 180)
    assert call.agent == "YITZ"


def test_a_call_hung_up_in_the_menu() -> None:
    (call,) = parse(HUNG_UP).calls
    assert not call.answered
    assert (call.customer, call.agent, call.waited_s) == (None, None, 0)
    assert (call.service_start_s, call.service_end_s, call.service_s) == (None, None, 0)


def test_the_known_oddities_are_kept_as_they_are() -> None:
    rows = (
        changed(ANSWERED, vru_time="-55", vru_exit="13:52:51"),
        changed(ANSWERED, ser_start="13:53:55"),
        changed(ANSWERED, ser_time="0", server="NO_SERVER"),
        changed(HUNG_UP, ser_start="13:54:18", ser_exit="13:54:24", ser_time="6"),
        changed(ANSWERED, server="YITZ   "),
    )
    backwards, early, nothing, served_nobody, blanks = parse(*rows).calls
    assert backwards.menu_s == -55
    assert backwards.left_menu_s < backwards.entered_s
    assert early.service_start_s == early.left_menu_s - 1
    assert (nothing.answered, nothing.service_s, nothing.agent) == (True, 0, None)
    assert (served_nobody.answered, served_nobody.service_s) == (False, 6)
    assert blanks.agent == "YITZ"


def test_phantoms_and_rows_without_a_separator_are_left_out() -> None:
    phantom = changed(HUNG_UP, outcome="PHANTOM")
    joined = ANSWERED.replace(",30063", "   30063", 1)
    found = parse(ANSWERED, joined, phantom, "", HUNG_UP)
    assert [call.line_number for call in found.calls] == [2, 6]
    assert found.dropped == (DroppedRow(3, "the separator between two columns is missing"),)
    assert found.phantoms == 1


def test_tabs_do_as_well_as_commas() -> None:
    tabs = parse(ANSWERED.replace(",", "\t"), header=HEADER.replace(",", "\t"))
    assert tabs.calls == parse(ANSWERED).calls


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"q_time": "long"}, "column q_time: 'long' is not a whole number of seconds"),
        ({"q_time": "-1"}, "column q_time: '-1' is not a whole number of seconds"),
        ({"ser_time": ""}, "column ser_time: '' is not a whole number of seconds"),
        ({"vru_entry": "25:00:00"}, "column vru_entry: '25:00:00' is not a time of day"),
        ({"vru_exit": "9:61:00"}, "column vru_exit: '9:61:00' is not a time of day"),
        ({"ser_start": "noon"}, "column ser_start: 'noon' is not a time of day"),
        ({"date": "990230"}, "column date: '990230' is not a date as YYMMDD"),
        ({"date": "9 Feb"}, "column date: '9 Feb' is not a date as YYMMDD"),
        ({"outcome": "LOST"}, "column outcome: 'LOST' is not AGENT or HANG or PHANTOM"),
        ({"priority": "3"}, "column priority: '3' is not 0 or 1 or 2"),
        ({"type": ""}, "column type: '' is not a text"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_column(
    columns: dict[str, str], message: str
) -> None:
    with pytest.raises(DayFileError) as caught:
        parse(HUNG_UP, changed(ANSWERED, **columns))
    text = str(caught.value)
    assert text.startswith(f"day.csv line 3, {message}")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("", (), "day.csv line 1: column 1 must be vru+line, not "),
        ("a,b", (ANSWERED,), "day.csv line 1: column 1 must be vru+line, not a"),
        (
            HEADER.removesuffix(",server"),
            (ANSWERED,),
            "day.csv line 1: column 17 must be server, not nothing",
        ),
        (HEADER + ",x", (ANSWERED,), "day.csv line 1: 18 columns, 17 expected"),
        (HEADER, (ANSWERED + ",1",), "day.csv line 2: 18 columns, 17 expected"),
        (HEADER, ("AA0109,1",), "day.csv line 2: 2 columns, 17 expected"),
        (HEADER, (), "day.csv: no calls in the file"),
    ],
)
def test_a_file_of_another_shape_is_refused(
    header: str, rows: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DayFileError) as caught:
        parse(*rows, header=header)
    assert str(caught.value) == message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DayFileError, match=r"^gone\.csv: No such file or directory$"):
        read_day(tmp_path / "gone.csv")
    (tmp_path / "picture.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(DayFileError, match=r"^picture\.csv: not a text file in UTF-8$"):
        read_day(tmp_path / "picture.csv")
    (tmp_path / "marked.csv").write_text(f"{HEADER}\n{ANSWERED}\n", encoding="utf-8-sig")
    assert len(read_day(tmp_path / "marked.csv").calls) == 1


def test_a_whole_real_day() -> None:
    found = read_day(call_logs.shared_data() / "golden_day_990209.csv")
    assert (len(found.calls), found.dropped, found.phantoms) == (1424, (), 0)
    assert sum(call.answered for call in found.calls) == 1157
    assert {call.day for call in found.calls} == {date(1999, 2, 9)}
