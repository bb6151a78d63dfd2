"""Real call logs as contact facts, with their independently computed answers.

The logs live outside the project, in the folder named by ``CENTRALINO_SHARED`` (by default
``shared`` beside the repository), and tests that need them skip where it is absent.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from centralino.domain.kpi.facts import ContactFacts, Outcome, QueueLeg, Segment, Stage
from local.demo.day_file import DayCall, parse_day, read_day

_ROOT = Path(__file__).resolve().parents[2]
_DAY_MS = 86_400_000


def shared_data() -> Path:
    """Return the folder of real data, or skip the test saying that it is absent."""
    shared = Path(os.environ.get("CENTRALINO_SHARED", _ROOT.parent / "shared"))
    folder = shared / "data"
    if not (folder / "expected_kpis.json").is_file():
        pytest.skip(f"no real call logs in {folder}; set CENTRALINO_SHARED")
    return folder


@cache
def expected() -> dict[str, Any]:
    """Return the reference answers."""
    answers: dict[str, Any] = json.loads((shared_data() / "expected_kpis.json").read_text())
    return answers


@cache
def golden_day_calls() -> tuple[DayCall, ...]:
    """Return the calls of 9 February 1999."""
    return read_day(shared_data() / "golden_day_990209.csv").calls


@cache
def february_calls() -> tuple[tuple[DayCall, ...], int, int]:
    """Return the calls of February 1999, the rows dropped and the phantoms left out."""
    path = shared_data() / "anonymous_bank_1999_02.txt.gz"
    with gzip.open(path, "rt", encoding="latin-1", newline="") as lines:
        found = parse_day(lines, path.name)
    return found.calls, len(found.dropped), found.phantoms


def rows(name: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a CSV file of the folder, compressed or not."""
    path = shared_data() / name
    raw = path.read_bytes()
    text = gzip.decompress(raw) if name.endswith(".gz") else raw
    return list(csv.DictReader(text.decode().splitlines(), delimiter=delimiter))


def midnight_ms(call: DayCall) -> int:
    """Return the start of the call's day, the log's local clock being read as UTC."""
    moment = datetime(call.day.year, call.day.month, call.day.day, tzinfo=UTC)
    return int(moment.timestamp()) * 1000


def contact_id(call: DayCall) -> str:
    """Name a call: trunk and call id come back on other days, the line of the file does not."""
    return f"{call.day:%y%m%d}-{call.line_number}"


def as_facts(call: DayCall) -> ContactFacts:
    """Turn a call into facts.

    The recorded durations are used as they are, because the clocks of menu, queue and agents
    disagree by seconds. A caller who hung up without any queue time left in the menu.
    """
    midnight = midnight_ms(call)
    queued_ms = midnight + call.left_menu_s * 1000
    left_ms = queued_ms + call.waited_s * 1000
    in_menu = not call.answered and call.waited_s == 0
    segment = None
    if call.answered:
        start_s = call.service_start_s
        start = left_ms if start_s is None else midnight + start_s * 1000
        end_s = call.service_end_s
        end = start + call.service_s * 1000 if end_s is None else midnight + end_s * 1000
        # The log's clock starts again at midnight, its durations do not.
        end += _DAY_MS if end < start else 0
        segment = Segment(
            rid=contact_id(call),
            agent_id=call.agent,
            queue=call.kind,
            connected_ms=start,
            talk_ended_ms=end,
            ended_ms=end,
            talk_ms=call.service_s * 1000,
        )
    return ContactFacts(
        contact_id=contact_id(call),
        entered_ms=midnight + call.entered_s * 1000,
        queue=None if in_menu else call.kind,
        priority=call.priority,
        enqueued_ms=None if in_menu else queued_ms,
        dequeued_ms=None if in_menu else left_ms,
        answered_ms=left_ms if call.answered else None,
        ended_ms=left_ms if segment is None else segment.ended_ms,
        outcome=Outcome.HANDLED if call.answered else Outcome.ABANDONED,
        stage=None if call.answered else Stage.MENU if in_menu else Stage.QUEUE,
        wait_ms=call.waited_s * 1000,
        legs=() if in_menu else (QueueLeg(1, call.kind, queued_ms, left_ms),),
        segments=() if segment is None else (segment,),
        customer=call.customer,
        topic=call.kind,
    )


def facts_of(calls: Iterable[DayCall]) -> list[ContactFacts]:
    """Turn calls into facts, in the order of the log."""
    return [as_facts(call) for call in calls]


def day_start_ms(facts: ContactFacts) -> int:
    """Return the midnight before a contact's arrival."""
    return facts.entered_ms // _DAY_MS * _DAY_MS
