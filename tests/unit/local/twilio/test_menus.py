"""Gather as the carrier does it: keys, time-out, barge-in, speech, silence."""

from __future__ import annotations

import asyncio
import time

import pytest

from local.twilio import Caller, Person, Timing, silent
from tests.unit.local.twilio.product import CALLER, LINE, Product, live, world


async def keyed(gather: str, script, **options) -> tuple[Product, Person]:  # type: ignore[no-untyped-def]
    """Run one call through one Gather whose result ends the call."""
    product = Product(voice=f"{gather}<Say>Nothing came</Say>", result="<Hangup/>")
    async with world(product, **options) as (carrier, _):
        person = await carrier.call(CALLER, LINE, script)
        await person.ended(within=5)
        assert carrier.alerts == []
    return product, person


@pytest.mark.parametrize(
    ("gather", "keys", "digits"),
    [
        ('<Gather action="result" numDigits="3"/>', "12345", "123"),
        ('<Gather action="result"/>', "12#", "12"),
        ('<Gather action="result" finishOnKey="*"/>', "1#*", "1#"),
        ('<Gather action="result" finishOnKey="" numDigits="2"/>', "#*", "#*"),
        ('<Gather action="result" timeout="2"/>', "77", "77"),
    ],
    ids=["number of digits", "finish key", "other finish key", "no finish key", "time-out"],
)
def test_what_reaches_the_product(gather: str, keys: str, digits: str) -> None:
    @live
    async def run() -> None:
        product, person = await keyed(gather, Caller(digits=[keys], think=0))
        assert product.on("result")[0].params["Digits"] == digits
        assert "Nothing came" not in [one.text for one in person.heard]

    run()


@live
async def test_silence_falls_through() -> None:
    product, person = await keyed('<Gather action="result" timeout="1"/>', silent)
    assert product.on("result") == []
    assert [one.text for one in person.heard] == ["Nothing came"]
    assert person.status == "completed"


@live
async def test_silence_is_told_when_asked_for() -> None:
    gather = '<Gather action="result" timeout="1" actionOnEmptyResult="true"/>'
    product, _ = await keyed(gather, silent)
    assert product.on("result")[0].params["Digits"] == ""


@live
async def test_a_finish_key_alone_is_no_result() -> None:
    product, _ = await keyed('<Gather action="result"/>', Caller(digits=["#"], think=0))
    assert product.on("result") == []


@live
async def test_a_key_cuts_the_prompt_short() -> None:
    gather = '<Gather action="result" numDigits="1"><Say>A very long text</Say></Gather>'
    slow = Timing(speech_seconds_per_character=10)
    started = time.monotonic()
    product, _ = await keyed(gather, Caller(digits=["4"], think=0), timing=slow)
    assert product.on("result")[0].params["Digits"] == "4"
    assert time.monotonic() - started < 2


@live
async def test_speech_goes_to_a_gather_that_listens() -> None:
    async def script(me: Person) -> None:
        await me.prompt()
        assert me.say("opening hours")
        await me.ended()

    product, _ = await keyed('<Gather action="result" input="speech dtmf"/>', script)
    result = product.on("result")[0].params
    assert result["SpeechResult"] == "opening hours"
    assert 0 < float(result["Confidence"]) <= 1
    assert "Digits" not in result


@live
async def test_speech_is_lost_on_a_gather_for_keys() -> None:
    async def script(me: Person) -> None:
        await me.prompt()
        assert not me.say("hello")
        me.hang_up()

    product, _ = await keyed('<Gather action="result"/>', script)
    assert product.on("result") == []


@live
async def test_keys_pressed_while_nobody_asks_go_nowhere() -> None:
    async def script(me: Person) -> None:
        await me.until(lambda: me.heard or None)
        assert not await me.press("1")
        await me.ended()

    product = Product(voice='<Say>Hello</Say><Gather action="result" timeout="1"/>')
    slow = Timing(speech_seconds_per_character=0.2, protocol_speed=10)
    async with world(product, timing=slow) as (carrier, _):
        person = await carrier.call(CALLER, LINE, script)
        await person.ended(within=5)
    assert product.on("result") == []
    assert any("nobody listens" in moment.detail for moment in person.history)


@live
async def test_gather_without_action_asks_its_own_document_again() -> None:
    asked = []

    def voice(hit) -> str:  # type: ignore[no-untyped-def]
        asked.append(hit.params.get("Digits"))
        return "<Hangup/>" if len(asked) == 2 else '<Gather numDigits="1"/>'

    async with world(Product(voice=voice)) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(digits=["8"], think=0))
        assert await person.ended(within=5) == "completed"
    assert asked == [None, "8"]


@live
async def test_wrong_choices_are_pressed_one_prompt_at_a_time() -> None:
    product = Product(
        voice='<Gather numDigits="1" action="menu"/>',
        menu=lambda hit: (
            "<Hangup/>"
            if hit.params["Digits"] == "1"
            else "<Say>No such choice</Say><Redirect>voice</Redirect>"
        ),
    )
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(digits=["9", "", "1"], think=0))
        await asyncio.sleep(0)
        product.pages["voice"] = (
            '<Gather numDigits="1" action="menu" timeout="1"/><Redirect>voice</Redirect>'
        )
        assert await person.ended(within=5) == "completed"
    assert [hit.params["Digits"] for hit in product.on("menu")] == ["9", "1"]
    assert len(product.on("voice")) >= 3


@live
async def test_speed_divides_the_pauses_of_people_and_not_the_protocol() -> None:
    async def script(me: Person) -> None:
        await me.until(lambda: me.heard or None)
        started = time.monotonic()
        await me.pause(10)
        taken.append(time.monotonic() - started)
        await me.ended()

    taken: list[float] = []
    product = Product(voice='<Pause length="1"/>')
    timing = Timing(protocol_speed=5)
    async with world(product, timing=timing, speed=1000) as (carrier, _):
        started = time.monotonic()
        person = await carrier.call(CALLER, LINE, script)
        await person.ended(within=5)
        assert time.monotonic() - started >= 0.2
    assert taken[0] < 0.1


@live
async def test_a_caller_says_what_is_no_key() -> None:
    gather = '<Gather action="result" input="dtmf speech"/>'
    product, _ = await keyed(gather, Caller(digits=["opening hours"], think=0))
    assert product.on("result")[0].params["SpeechResult"] == "opening hours"


@live
async def test_speech_markup_is_heard_as_words() -> None:
    markup = 'One <emphasis level="strong">two</emphasis> <lang xml:lang="it-IT">tre</lang> four'
    product = Product(voice=f"<Say>{markup}</Say><Hangup/>")
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        assert carrier.alerts == []
    assert [one.text for one in person.heard] == ["One two tre four"]
