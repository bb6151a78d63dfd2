"""What the carrier does with a product that answers wrongly, late or not at all."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from local.twilio import Timing, silent
from local.twilio.errors import TwimlError
from local.twilio.twiml import parse
from tests.unit.local.twilio.product import CALLER, LINE, QUICK, Product, live, world


async def _late(_: object) -> str:
    await asyncio.sleep(0.3)
    return "<Hangup/>"


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ("<Shout>Hello</Shout>", 12200),
        ("<Gather><Dial/></Gather>", 12200),
        ("<Pause length='long'/>", 12200),
        ("<Dial><Conference>a</Conference><Conference>b</Conference></Dial>", 12200),
        ("<Redirect>voice</Redirect>", 12200),
        ("<Say>Hello", 12100),
        ("<Say>Hello <marquee>you</marquee></Say>", 12200),
        ("<Say>Hello <p>dear <Hangup/></p></Say>", 12200),
        ("<Say>" + "x" * 70_000 + "</Say>", 11750),
        (lambda _: web.Response(status=500), 11200),
        (lambda _: web.Response(status=404), 11200),
        (lambda _: web.Response(text="{}", content_type="application/json"), 12300),
        (lambda _: web.Response(text="<Other/>", content_type="text/xml"), 12100),
        (_late, 11200),
    ],
    ids=["unknown verb", "verb out of place", "bad number", "two rooms", "circle", "not XML",
         "unknown markup", "verb in markup",
         "too large", "500", "404", "JSON", "not a Response", "too late"],
)  # fmt: skip
def test_an_application_error_ends_the_call(page, code: int) -> None:  # type: ignore[no-untyped-def]
    @live
    async def run() -> None:
        timing = Timing(protocol_speed=50, webhook_timeout=0.2, speech_seconds_per_character=0)
        async with world(Product(voice=page), timing=timing) as (carrier, _):
            person = await carrier.call(CALLER, LINE, silent)
            assert await person.ended(within=5) == "completed"
            (alert,) = carrier.alerts
            assert (alert.code, alert.fatal, alert.call_sid) == (code, True, person.sid)
            assert person.heard[-1].text == "An application error has occurred. Goodbye."

    run()


@live
async def test_nobody_there_is_tried_twice() -> None:
    async with world(Product()) as (carrier, _):
        carrier.add_number(LINE, "http://127.0.0.1:1/voice")
        person = await carrier.call(CALLER, LINE, silent)
        assert await person.ended(within=5) == "completed"
        assert [alert.code for alert in carrier.alerts] == [11205]


@live
async def test_the_fallback_url_takes_over_with_the_reason() -> None:
    product = Product(
        voice=lambda _: web.Response(status=502), backup="<Say>Please call later</Say>"
    )
    async with world(product) as (carrier, _):
        carrier.add_number(
            LINE, f"{product.url}/voice", fallback_url=f"{product.url}/backup",
            status_url=f"{product.url}/ended",
        )  # fmt: skip
        person = await carrier.call(CALLER, LINE, silent)
        assert await person.ended(within=5) == "completed"
        (backup,) = product.on("backup")
        assert backup.params["ErrorCode"] == "11200"
        assert backup.params["ErrorUrl"] == f"{product.url}/voice"
        assert backup.signed
        assert [one.text for one in person.heard] == ["Please call later"]
        assert [alert.fatal for alert in carrier.alerts] == [False]
        assert (await product.until("ended"))[0].params["CallStatus"] == "completed"


@live
async def test_an_unknown_attribute_is_reported_and_ignored() -> None:
    async with world(Product(voice='<Say colour="red">Hello</Say>')) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        assert await person.ended(within=5) == "completed"
        (alert,) = carrier.alerts
        assert (alert.code, alert.fatal) == (12200, False)
        assert "colour" in alert.message
        assert [one.text for one in person.heard] == ["Hello"]


@pytest.mark.parametrize(
    ("verb", "status"),
    [("<Reject/>", "no-answer"), ('<Reject reason="busy"/>', "busy")],
)
def test_a_refused_call_is_never_answered(verb: str, status: str) -> None:
    @live
    async def run() -> None:
        product = Product(voice=verb)
        async with world(product) as (carrier, _):
            person = await carrier.call(CALLER, LINE, silent)
            assert await person.ended(within=5) == status
            (end,) = await product.until("status")
            assert end.params["CallDuration"] == "0"
            assert "in-progress" not in [moment.what for moment in person.history]

    run()


@live
async def test_webhooks_by_get_carry_and_sign_the_query() -> None:
    product = Product(
        voice='<Redirect method="GET">next?step=2</Redirect>', next="<Play>a.mp3</Play>"
    )
    async with world(product, timing=QUICK) as (carrier, _):
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        (hit,) = product.on("next")
        assert (hit.method, hit.params["step"], hit.params["CallSid"]) == ("GET", "2", person.sid)
        assert hit.signed
        assert person.heard[-1].text == f"{product.url}/a.mp3"


def test_speech_markup_is_text_and_not_verbs() -> None:
    document = parse("<Response><Say>One <break/>two <emphasis>three</emphasis></Say></Response>")
    assert [verb.text for verb in document.verbs] == ["One two three"]
    with pytest.raises(TwimlError):
        parse("<Response><emphasis>three</emphasis></Response>")
