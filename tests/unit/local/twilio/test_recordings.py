"""Recordings over REST: made, changed, told, listened to, deleted, refused."""

from __future__ import annotations

import re

import pytest

from local.twilio import Carrier, LeavesMessage, Person, silent
from tests.unit.local.twilio.product import (
    ACCOUNT,
    API,
    CALLER,
    HOLD,
    LINE,
    Product,
    Rest,
    live,
    world,
)

NOBODY = "CA" + "0" * 32
CUT = re.compile("disconnect|clos|reset", re.IGNORECASE)


async def talking(product: Product, carrier: Carrier) -> tuple[Person, str]:
    person = await carrier.call(CALLER, LINE, silent)
    await person.call.until(lambda: person.status == "in-progress" or None, 5)
    return person, f"/Calls/{person.sid}/Recordings"


async def create(rest: Rest, base: str, product: Product) -> tuple[int, dict[str, object]]:
    return await rest.post(
        f"{base}.json",
        ("RecordingStatusCallbackEvent", "in-progress"),
        ("RecordingStatusCallbackEvent", "completed"),
        RecordingChannels="dual",
        RecordingTrack="both",
        RecordingStatusCallback=f"{product.url}/recorded?name=one",
    )


@live
async def test_a_recording_from_its_beginning_to_its_end() -> None:
    product = Product(voice=HOLD)
    async with world(product) as (carrier, rest):
        person, base = await talking(product, carrier)
        status, made = await create(rest, base, product)
        assert (status, made["status"], made["channels"]) == (201, "in-progress", 2)
        current = f"{base}/Twilio.CURRENT.json"
        for word, then in (("paused", "paused"), ("in-progress", "in-progress")):
            status, body = await rest.post(current, Status=word, PauseBehavior="skip")
            assert (status, body["status"], body["sid"]) == (200, then, made["sid"])
        status, listed = await rest.get(f"{base}.json")
        assert [one["sid"] for one in listed["recordings"]] == [made["sid"]]
        person.hang_up()
        begun, ended = await product.until("recorded", 2)
        assert begun.params["RecordingStatus"] == "in-progress"
        assert ended.params["RecordingStatus"] == "completed"
        assert ended.params["RecordingSid"] == made["sid"]
        assert ended.params["RecordingUrl"].endswith(f"/{ACCOUNT}/Recordings/{made['sid']}")
        assert ended.params["name"] == "one"
        assert begun.signed
        assert ended.signed
        status, body = await rest.get(f"/Recordings/{made['sid']}.json")
        assert (status, body["status"], body["source"]) == (
            200,
            "completed",
            "StartCallRecordingAPI",
        )


@live
async def test_the_sound_is_a_wave_file_of_the_length_that_is_told() -> None:
    product = Product(voice=HOLD)
    async with world(product) as (carrier, rest):
        person, base = await talking(product, carrier)
        _, made = await create(rest, base, product)
        await person.pause(4)
        person.hang_up()
        (_, ended) = await product.until("recorded", 2)
        url = f"{carrier.url}{API}/Recordings/{made['sid']}.wav"
        async with rest._session.get(url) as response:
            sound = await response.read()
            assert response.content_type == "audio/x-wav"
        seconds = (len(sound) - 44) / (8_000 * 2 * 2)
        assert abs(seconds - int(ended.params["RecordingDuration"])) <= 1
        assert sound[:4] == b"RIFF"


@live
async def test_what_is_not_there_or_not_under_way_is_refused() -> None:
    product = Product(voice=HOLD)
    async with world(product) as (carrier, rest):
        person, base = await talking(product, carrier)
        status, body = await rest.post(f"/Calls/{NOBODY}/Recordings.json")
        assert (status, body["code"]) == (404, 20404)
        status, body = await rest.post(f"{base}/Twilio.CURRENT.json", Status="paused")
        assert (status, body["code"]) == (404, 20404)
        _, made = await create(rest, base, product)
        one = f"/Recordings/{made['sid']}.json"
        status, body = await rest.send("DELETE", one)
        assert (status, body["code"]) == (400, 21220)
        person.hang_up()
        await product.until("recorded", 2)
        status, body = await rest.post(f"{base}/{made['sid']}.json", Status="paused")
        assert (status, body["code"]) == (400, 21220)
        status, body = await rest.post(f"{base}.json")
        assert (status, body["code"]) == (400, 21220)
        assert set(body) == {"code", "message", "more_info", "status"}
        assert (await rest.send("DELETE", one))[0] == 204
        for gone in (one, f"/Recordings/{made['sid']}.wav"):
            assert (await rest.get(gone))[0] == 404


@pytest.mark.parametrize("outcome", ["absent", "failed"])
def test_a_recording_that_came_to_nothing_is_told_to_who_asked(outcome: str) -> None:
    @live
    async def run() -> None:
        product = Product(voice=HOLD)
        async with world(product) as (carrier, rest):
            person, base = await talking(product, carrier)
            carrier.faults.recording(outcome)
            status, made = await rest.post(
                f"{base}.json",
                RecordingStatusCallback=f"{product.url}/recorded",
                RecordingStatusCallbackEvent="absent",
            )
            person.hang_up()
            (told,) = await product.until("recorded")
            assert (status, told.params["RecordingStatus"]) == (201, outcome)
            assert "RecordingDuration" not in told.params
            assert (await rest.get(f"/Recordings/{made['sid']}.wav"))[0] == 404

    run()


@live
async def test_an_event_that_is_none_is_refused() -> None:
    product = Product(voice=HOLD)
    async with world(product) as (carrier, rest):
        _, base = await talking(product, carrier)
        status, body = await rest.post(
            f"{base}.json",
            RecordingStatusCallback=f"{product.url}/recorded",
            RecordingStatusCallbackEvent="begun",
        )
        assert (status, body["code"]) == (400, 21626)


@live
async def test_a_message_that_ends_with_a_hang_up_is_told_after_the_call() -> None:
    product = Product(voice='<Record action="kept" timeout="3"/>', kept="<Hangup/>")
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, LeavesMessage(5, hang_up=True))
        (kept,) = await product.until("kept")
        assert kept.params["Digits"] == "hangup"
        assert kept.params["CallStatus"] == "completed"
        assert kept.params["RecordingSid"].startswith("RE")
        assert await person.ended(within=5) == "completed"
        assert product.on("kept") == [kept]


@live
async def test_an_empty_message_is_told_to_nobody_and_the_document_goes_on() -> None:
    product = Product(voice='<Record action="kept" timeout="3"/><Say>Nothing</Say>')
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, LeavesMessage(0))
        assert await person.ended(within=5) == "completed"
        assert product.on("kept") == []
        assert person.heard[-1].text == "Nothing"


@live
async def test_a_request_that_times_out_undone_has_done_nothing() -> None:
    product = Product(voice=HOLD)
    async with world(product) as (carrier, rest):
        carrier.faults.rest_timeout("POST", seconds=0.05, done=False)
        with pytest.raises(Exception, match=CUT):
            await rest.post("/Calls.json", To="+390211111111", From=LINE, Twiml="<Response/>")
        assert carrier.calls == []
        carrier.faults.rest_timeout("POST", seconds=0.05)
        with pytest.raises(Exception, match=CUT):
            await rest.post("/Calls.json", To="+390211111111", From=LINE, Twiml="<Response/>")
        assert len(carrier.calls) == 1
