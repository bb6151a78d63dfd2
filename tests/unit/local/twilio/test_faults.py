"""Every knob that spoils the traffic does what it says, and nothing else."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from local.twilio import Answers, Caller, silent
from tests.unit.local.twilio.product import CALLER, LINE, Product, centre, live, offer, world


@live
async def test_a_duplicated_voice_webhook_does_not_play_twice() -> None:
    product = Product(voice="<Say>Hello</Say>")
    async with world(product) as (carrier, _):
        carrier.faults.duplicate("/voice", copies=2)
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        first, second, third = await product.until("voice", 3)
        assert first.params == second.params == third.params
        assert first.signature == third.signature
        assert len(person.heard) == 1
        await carrier.call(CALLER, LINE, silent)
        await product.until("voice", 4)
        await carrier.settled()
        assert len(product.on("voice")) == 4


@live
async def test_a_duplicated_callback_keeps_its_sequence_number() -> None:
    product = Product(voice="<Hangup/>")
    async with world(product) as (carrier, _):
        carrier.faults.duplicate("completed", copies=1)
        await carrier.call(CALLER, LINE, silent)
        first, second = await product.until("status", 2)
        assert first.params == second.params
        entries = list(carrier.journal.sent("call", "completed"))
        assert entries[1].copy_of == entries[0].number
        assert entries[1].fault == "duplicate"


@live
async def test_a_dropped_callback_never_comes() -> None:
    product = Product(voice="<Hangup/>")
    async with world(product) as (carrier, _):
        carrier.faults.drop("completed")
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        await carrier.settled()
        assert product.on("status") == []
        (entry,) = [one for one in carrier.journal.webhooks if one.kind == "call"]
        assert (entry.fault, entry.sent) == ("drop", False)


@live
async def test_a_dropped_voice_webhook_is_an_application_error() -> None:
    async with world(Product(voice="<Hangup/>")) as (carrier, _):
        carrier.faults.drop("/voice")
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        assert [alert.code for alert in carrier.alerts] == [11205]


async def _events_of_a_leg(product, carrier, rest) -> list[str]:  # type: ignore[no-untyped-def]
    carrier.register_client("ag_1", Answers(after=0, hang_up=5))
    await offer(rest, product)
    hits = await product.until("leg", 4)
    return [hit.params["SequenceNumber"] for hit in hits]


@live
async def test_callbacks_in_order_unless_told() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        assert await _events_of_a_leg(product, carrier, rest) == ["0", "1", "2", "3"]


@live
async def test_a_reordered_callback_comes_after_the_next() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        carrier.faults.reorder("ringing")
        assert await _events_of_a_leg(product, carrier, rest) == ["0", "2", "1", "3"]


@live
async def test_a_reordered_last_callback_still_comes() -> None:
    product = Product(voice="<Hangup/>")
    async with world(product) as (carrier, _):
        carrier.faults.reorder("completed", within=0.05)
        await carrier.call(CALLER, LINE, silent)
        assert len(await product.until("status")) == 1


@live
async def test_a_late_callback_is_overtaken() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        carrier.faults.delay(0.2, "initiated")
        assert await _events_of_a_leg(product, carrier, rest) == ["1", "2", "3", "0"]


@live
async def test_a_late_voice_webhook_keeps_the_caller_ringing() -> None:
    async with world(Product(voice="<Say>Hello</Say>")) as (carrier, _):
        carrier.faults.delay(0.2, "/voice")
        person = await carrier.call(CALLER, LINE, Caller(ringing=2))
        assert await person.ended(within=5) == "canceled"


@live
async def test_an_old_webhook_is_replayed_byte_for_byte() -> None:
    product = Product(voice="<Hangup/>")
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        await carrier.settled()
        entry = next(carrier.journal.sent("twiml"))
        copy = await carrier.replay(entry)
        assert (copy.status, copy.copy_of) == (200, entry.number)
        first, second = product.on("voice")
        assert (first.params, first.signature) == (second.params, second.signature)
        assert second.signed


@live
async def test_a_rest_request_is_carried_out_though_its_answer_is_lost() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        carrier.register_client("ag_1", silent)
        carrier.faults.rest_timeout("Participants.json", seconds=0.02)
        with pytest.raises(aiohttp.ClientError):
            await offer(rest, product)
        _, body = await rest.get("/Conferences.json", FriendlyName="ct_1", Status="init")
        (room,) = body["conferences"]
        _, body = await rest.get(f"/Conferences/{room['sid']}/Participants.json")
        assert [one["label"] for one in body["participants"]] == ["ct_1#2"]
        lost = next(iter(carrier.journal.requests("POST", "/Participants.json")))
        assert (lost.fault, lost.effect, lost.status) == ("timeout", True, 201)


@live
async def test_server_errors_and_refusals_do_nothing() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        carrier.faults.rest_error("Calls.json", status=503)
        carrier.faults.too_many("Calls.json", times=2)
        form = {"To": CALLER, "From": LINE, "Twiml": "<Response/>"}
        answers = [await rest.post("/Calls.json", **form) for _ in range(4)]
        assert [(status, body.get("code")) for status, body in answers] == [
            (503, 20500), (429, 20429), (429, 20429), (201, None),
        ]  # fmt: skip
        assert len(carrier.calls) == 1
        assert [entry.effect for entry in carrier.journal.rest] == [False, False, False, True]


@live
async def test_knobs_can_be_turned_off_and_matched_by_a_function() -> None:
    product = Product(voice="<Hangup/>")
    async with world(product) as (carrier, _):
        carrier.faults.drop(lambda entry: entry.param("From") == "+393330000009", times=-1)
        for from_ in ("+393330000009", CALLER):
            person = await carrier.call(from_, LINE, silent)
            await person.ended(within=5)
        await asyncio.wait_for(carrier.settled(), 5)
        assert [hit.params["From"] for hit in product.on("status")] == [CALLER]
        carrier.faults.clear()
        await carrier.call("+393330000009", LINE, silent)
        assert len(await product.until("status", 2)) == 2
