"""Enqueue: order, wait loop, ways out."""

from __future__ import annotations

import time

from local.twilio import Caller, Person, Timing, silent
from tests.unit.local.twilio.product import CALLER, LINE, Product, centre, live, world


def waiting(wait: str, **pages: str) -> Product:
    enqueue = '<Enqueue waitUrl="wait" action="left">sales</Enqueue><Say>After</Say>'
    return Product(voice=enqueue, wait=wait, **pages)


@live
async def test_wait_url_is_asked_again_only_when_its_document_is_over() -> None:
    product = waiting('<Say>Hold</Say><Pause length="10"/>')
    timing = Timing(speech_seconds_per_character=0, protocol_speed=100)
    async with world(product, timing=timing) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        started = time.monotonic()
        await product.until("wait", 4)
        taken = time.monotonic() - started
        # Three pauses of ten protocol seconds, a hundred times faster.
        assert 0.28 < taken < 1
        person.hang_up()
        await product.until("left")
    times = [int(hit.params["QueueTime"]) for hit in product.on("wait")]
    assert times == sorted(times)


@live
async def test_a_wait_document_without_a_sound_does_not_become_a_storm() -> None:
    product = waiting("")
    async with world(product, timing=Timing(shortest_loop=0.1)) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(digits=[], patience=15))
        await person.ended(within=5)
    assert 2 <= len(product.on("wait")) <= 4


@live
async def test_leave_goes_on_with_the_action() -> None:
    product = waiting("<Leave/>", left="<Say>Bye</Say>")
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
    (left,) = product.on("left")
    assert left.params["QueueResult"] == "leave"
    assert left.params["CallStatus"] == "in-progress"
    assert [one.text for one in person.heard] == ["Bye"]


@live
async def test_leave_without_an_action_goes_on_with_the_next_verb() -> None:
    product = Product(
        voice='<Enqueue waitUrl="wait">sales</Enqueue><Say>After</Say>', wait="<Leave/>"
    )
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
    assert [one.text for one in person.heard] == ["After"]


@live
async def test_key_in_the_queue_can_take_the_call_elsewhere() -> None:
    product = waiting(
        '<Gather numDigits="1" action="choice" timeout="30"><Say>Press 1</Say></Gather>',
        choice="<Leave/>",
        left="<Say>We will call back</Say>",
    )
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(digits=["1"], think=0, menu=100))
        await person.ended(within=5)
    assert product.on("choice")[0].params["Digits"] == "1"
    assert product.on("choice")[0].params["QueuePosition"] == "1"
    assert product.on("left")[0].params["QueueResult"] == "leave"


@live
async def test_a_verb_that_may_not_be_played_to_who_waits() -> None:
    product = waiting("<Dial><Conference>x</Conference></Dial>", left="<Say>Sorry</Say>")
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        assert [alert.code for alert in carrier.alerts] == [12200]
    assert product.on("left")[0].params["QueueResult"] == "error"


@live
async def test_order_size_and_members_by_rest() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        first = await carrier.call(CALLER, LINE, Caller())
        await product.until("wait", 1)
        second = await carrier.call("+393330000002", LINE, Caller())
        (_, mine) = await product.until("wait", 2)
        assert mine.params["QueuePosition"] == "2"
        assert mine.params["CurrentQueueSize"] == "2"
        status, body = await rest.get("/Queues.json")
        assert status == 200
        (queue,) = body["queues"]
        assert (queue["friendly_name"], queue["current_size"]) == ("ct_1", 2)
        path = f"/Queues/{queue['sid']}/Members"
        _, body = await rest.get(f"{path}.json")
        assert [one["call_sid"] for one in body["queue_members"]] == [first.sid, second.sid]
        _, one = await rest.get(f"{path}/{second.sid}.json")
        assert one["position"] == 2
        status, _ = await rest.post(f"{path}/Front.json", Url=f"{product.url}/left")
        assert status == 200
        assert await first.ended(within=5) == "completed"
        _, one = await rest.get(f"{path}/{second.sid}.json")
        assert one["position"] == 1
        status, body = await rest.get(f"{path}/{first.sid}.json")
        assert (status, body["code"]) == (404, 20404)


@live
async def test_a_full_queue_is_told_to_the_action() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        status, _ = await rest.post("/Queues.json", FriendlyName="ct_1", MaxSize="1")
        assert status == 201
        await carrier.call(CALLER, LINE, Caller())
        await product.until("wait")
        late = await carrier.call("+393330000002", LINE, Caller())
        assert await late.ended(within=5) == "completed"
    assert product.on("left")[0].params["QueueResult"] == "queue-full"


@live
async def test_without_a_wait_url_nothing_is_asked() -> None:
    async def script(me: Person) -> None:
        member = await me.queued()
        assert member is not None
        assert member.queue.name == "sales"
        await me.pause(5)
        me.hang_up()

    product = Product(voice="<Enqueue>sales</Enqueue>")
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, script)
        assert await person.ended(within=5) == "completed"
    assert {hit.path for hit in product.hits} <= {"voice", "status"}


@live
async def test_music_in_a_loop_is_asked_for_once() -> None:
    product = waiting('<Play loop="0">hold.mp3</Play>')
    async with world(product, timing=Timing(protocol_speed=1000)) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(digits=[], patience=10))
        assert await person.ended(within=5) == "completed"
        (left,) = await product.until("left")
        assert left.params["QueueResult"] == "hangup"
    assert len(product.on("wait")) == 1
