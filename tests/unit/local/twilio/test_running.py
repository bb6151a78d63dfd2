"""The carrier as a thing to run: in a thread, with a journal, with many calls at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from pathlib import Path

import pytest

from local.twilio import Answers, Caller, Carrier, CarrierThread, Person, Timing, silent
from tests.unit.local.twilio.product import (
    ACCOUNT,
    CALLER,
    HOLD,
    LINE,
    TOKEN,
    Product,
    centre,
    live,
    offer,
    world,
)


def test_a_thread_serves_tests_that_are_not_async() -> None:
    with CarrierThread(ACCOUNT, TOKEN, "http://127.0.0.1:1") as thread:
        assert thread.url.startswith("http://127.0.0.1:")
        thread.apply(lambda carrier: carrier.register_client("ag_1", Answers()))
        person = thread.run(thread.carrier.call(CALLER, LINE, silent))
        assert thread.run(person.ended(within=5)) == "completed"
        assert [alert.code for alert in thread.carrier.alerts] == [11205]


@pytest.mark.parametrize("options", [{"speed": 0}, {"over_limit": "perhaps"}])
def test_settings_without_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not"):
        Carrier(ACCOUNT, TOKEN, "http://127.0.0.1:1", **options)  # type: ignore[arg-type]


def test_a_script_that_fails_is_told_at_the_end() -> None:
    async def broken(me: Person) -> None:
        await me.until(lambda: me.heard or None)
        raise LookupError("no such thing")

    @live
    async def run() -> None:
        async with world(Product(voice=HOLD)) as (carrier, _):
            person = await carrier.call(CALLER, LINE, broken)
            assert await person.ended(within=5) == "completed"

    with pytest.raises(ExceptionGroup) as told:
        run()
    assert [type(error) for error in told.value.exceptions] == [LookupError]


def test_the_journal_file_recounts_everything(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"

    @live
    async def run() -> None:
        product = centre()
        async with world(product, journal_path=path) as (carrier, rest):
            carrier.register_client("ag_1", Answers(after=0, hang_up=1))
            await offer(rest, product)
            await product.until("leg", 4)
            await carrier.settled()

    run()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert Counter((line["what"], line.get("kind")) for line in lines) == {
        ("rest", None): 1, ("webhook", "call"): 4, ("webhook", "conference"): 3,
    }  # fmt: skip
    (rest,) = [line for line in lines if line["what"] == "rest"]
    assert ["Label", "ct_1#2"] in rest["params"]
    assert rest["status"] == 201


@live
async def test_changes_of_status_are_told_as_they_happen() -> None:
    seen = []
    async with world(Product(voice="<Hangup/>")) as (carrier, _):
        carrier.on_change(lambda call, status: seen.append((call.from_, status)))
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
    assert seen == [(CALLER, "ringing"), (CALLER, "in-progress"), (CALLER, "completed")]


@live
async def test_two_hundred_calls_at_once() -> None:
    product = centre()
    timing = Timing(speech_seconds_per_character=0.001)
    async with world(product, timing=timing, speed=1) as (carrier, _):
        caller = Caller(digits=["1"], think=0.2, patience=0.8)
        started = time.process_time()
        people = [await carrier.call(f"+39333{number:07}", LINE, caller) for number in range(200)]
        ended = await asyncio.gather(*(person.ended(within=8) for person in people))
        await carrier.settled()
        assert Counter(ended) == {"completed": 200}
        assert len(product.on("status")) == 200
        assert len({hit.params["CallSid"] for hit in product.on("status")}) == 200
        assert [hit for hit in product.hits if not hit.signed] == []
        # One wait document of 10 s each: nobody asks twice in a second.
        assert len(product.on("wait")) == 200
        assert time.process_time() - started < 6
