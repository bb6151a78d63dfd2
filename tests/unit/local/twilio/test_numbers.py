"""The account's numbers over REST, and whose webhooks a call to one of them asks."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from aiohttp import web

from local.twilio import Timing, silent
from local.twilio.spec import shared_folder
from tests.unit.local.twilio.product import (
    ACCOUNT,
    CALLER,
    TOKEN,
    Page,
    Product,
    Rest,
    live,
    world,
)

OURS = "+390299999901"
NUMBERS = "/IncomingPhoneNumbers.json"
APPLICATION = "AP" + "a" * 32
TRUNK = "TK" + "b" * 32
SORRY = "<Say>We are sorry</Say><Hangup/>"


async def sid_of(rest: Rest, number: str = OURS) -> str:
    status, body = await rest.get(NUMBERS, PhoneNumber=number)
    assert status == 200
    (row,) = body["incoming_phone_numbers"]
    return str(row["sid"])


async def put(rest: Rest, **settings: Any) -> Any:
    status, body = await rest.post(f"/IncomingPhoneNumbers/{await sid_of(rest)}.json", **settings)
    assert status == 200, body
    return body


@live
async def test_a_number_comes_as_the_carrier_sells_it() -> None:
    async with world(Product()) as (carrier, rest):
        carrier.buy_number(OURS, "Reception")
        status, body = await rest.get(f"/IncomingPhoneNumbers/{await sid_of(rest)}.json")
        assert status == 200
        assert body["friendly_name"] == "Reception"
        assert body["voice_url"] == "https://demo.twilio.com/welcome/voice/"
        assert (body["voice_method"], body["voice_fallback_url"]) == ("POST", "")
        assert (body["voice_application_sid"], body["trunk_sid"]) == (None, None)
        assert body["status_callback"] == ""
        assert carrier.violations == []


@live
async def test_numbers_are_listed_in_pages_and_none_twice() -> None:
    async with world(Product()) as (carrier, rest):
        bought = [f"+39029999990{last}" for last in range(5)]
        for number in bought:
            carrier.buy_number(number)
        found: list[str] = []
        query: dict[str, str] = {"PageSize": "2"}
        sizes = []
        while query:
            _, page = await rest.get(NUMBERS, **query)
            rows = page["incoming_phone_numbers"]
            sizes.append(len(rows))
            found += [row["phone_number"] for row in rows]
            query = dict(parse_qsl(urlsplit(page["next_page_uri"] or "").query))
        assert sizes == [2, 2, 1]
        assert found == bought[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"PhoneNumber": "+390299999901"}, ["+390299999901"]),
        ({"PhoneNumber": "9999990"}, ["+390299999902", "+390299999901"]),
        ({"PhoneNumber": "39029999990*"}, ["+390299999902", "+390299999901"]),
        ({"PhoneNumber": "+3906"}, []),
        ({"FriendlyName": "Sales"}, ["+390299999902"]),
        ({"Origin": "hosted"}, []),
    ],
    ids=["whole", "part", "star", "none", "name", "origin"],
)
def test_numbers_are_filtered(query: dict[str, str], found: list[str]) -> None:
    @live
    async def run() -> None:
        async with world(Product()) as (carrier, rest):
            carrier.buy_number(OURS)
            carrier.buy_number("+390299999902", "Sales")
            _, body = await rest.get(NUMBERS, **query)
            assert [row["phone_number"] for row in body["incoming_phone_numbers"]] == found

    run()


@live
async def test_an_application_and_a_trunk_take_each_other_s_place() -> None:
    async with world(Product()) as (carrier, rest):
        carrier.buy_number(OURS)
        assert (await put(rest, VoiceApplicationSid=APPLICATION))["trunk_sid"] is None
        body = await put(rest, TrunkSid=TRUNK)
        assert (body["trunk_sid"], body["voice_application_sid"]) == (TRUNK, None)
        body = await put(rest, TrunkSid="", VoiceUrl="https://example.com/voice")
        assert (body["trunk_sid"], body["voice_url"]) == (None, "https://example.com/voice")


@pytest.mark.parametrize(
    "settings",
    [
        {"VoiceUrl": "example.com/voice"},
        {"VoiceMethod": "PUT"},
        {"TrunkSid": "TK1"},
        {"Colour": "red"},
    ],
    ids=["address", "method", "trunk", "unknown"],
)
@pytest.mark.skipif(not shared_folder().is_dir(), reason="needs the carrier's OpenAPI document")
def test_what_the_document_does_not_allow_is_refused(settings: dict[str, str]) -> None:
    @live
    async def run() -> None:
        async with world(Product()) as (carrier, rest):
            carrier.buy_number(OURS)
            path = f"/IncomingPhoneNumbers/{await sid_of(rest)}.json"
            status, _ = await rest.post(path, **settings)
            assert status == 400
            assert len(carrier.violations) == 1

    run()


@live
async def test_a_number_that_is_not_ours_is_not_found() -> None:
    async with world(Product()) as (_, rest):
        for send in (rest.get, rest.post):
            status, body = await send(f"/IncomingPhoneNumbers/PN{'0' * 32}.json")
            assert (status, body["code"]) == (404, 20404)


@live
async def test_the_account_tells_its_state_to_who_has_its_token() -> None:
    async with world(Product()) as (carrier, _):
        carrier.exchange.numbers.account_status = "suspended"
        url = f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}.json"
        for token, status in ((TOKEN, 200), ("another", 401)):
            secret = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, token)}
            async with aiohttp.ClientSession(headers=secret) as session, session.get(url) as got:
                assert got.status == status
                body = await got.json()
        assert body["code"] == 20003
        other = url.replace(ACCOUNT, "AC" + "f" * 32)
        secret = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        async with aiohttp.ClientSession(headers=secret) as session:
            async with session.get(url) as got:
                assert (await got.json())["status"] == "suspended"
            async with session.get(other) as got:
                assert got.status == 401


@live
async def test_a_call_asks_the_number_s_own_webhooks() -> None:
    product = Product(own="<Say>Ours</Say><Hangup/>")
    async with world(product) as (carrier, rest):
        carrier.buy_number(OURS)
        url = product.url
        await put(rest, VoiceUrl=f"{url}/own", StatusCallback=f"{url}/ended", VoiceMethod="GET")
        person = await carrier.call(CALLER, OURS, silent)
        assert await person.ended(within=5) == "completed"
        (asked,) = await product.until("own")
        assert (asked.method, asked.signed, asked.params["To"]) == ("GET", True, OURS)
        (ended,) = await product.until("ended")
        assert (ended.method, ended.params["CallStatus"]) == ("POST", "completed")
        assert product.on("voice") == product.on("status") == []


@pytest.mark.parametrize("setting", ["VoiceApplicationSid", "TrunkSid", "VoiceUrl"])
def test_a_call_to_a_number_that_leads_elsewhere_does_not_reach_us(setting: str) -> None:
    @live
    async def run() -> None:
        product = Product()
        async with world(product) as (carrier, rest):
            carrier.buy_number(OURS)
            await put(rest, VoiceUrl=f"{product.url}/own")
            other = {"VoiceApplicationSid": APPLICATION, "TrunkSid": TRUNK, "VoiceUrl": ""}
            await put(rest, **{setting: other[setting]})
            person = await carrier.call(CALLER, OURS, silent)
            assert await person.ended(within=5) == "no-answer"
            assert product.hits == []

    run()


async def _late(_: object) -> str:
    await asyncio.sleep(0.5)
    return SORRY


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (lambda _: web.Response(status=500), "11200"),
        (lambda _: web.Response(status=503), "11200"),
        (_late, "11200"),
        ("<Say>never closed", "12100"),
        (None, "11205"),
    ],
    ids=["500", "503", "too late", "not TwiML", "nobody there"],
)
def test_a_webhook_that_fails_gives_way_to_the_number_s_fallback(
    page: Page | None, code: str
) -> None:
    @live
    async def run() -> None:
        product = Product(sorry=SORRY)
        if page is not None:
            product.pages["own"] = page
        timing = Timing(protocol_speed=50, webhook_timeout=0.2, speech_seconds_per_character=0)
        async with world(product, timing=timing) as (carrier, rest):
            carrier.buy_number(OURS)
            voice = f"{product.url}/own" if page is not None else "http://127.0.0.1:1/own"
            await put(
                rest,
                VoiceUrl=voice,
                VoiceFallbackUrl=f"{product.url}/sorry",
                VoiceFallbackMethod="GET",
            )
            person = await carrier.call(CALLER, OURS, silent)
            assert await person.ended(within=5) == "completed"
            assert [one.text for one in person.heard] == ["We are sorry"]
            (asked,) = product.on("sorry")
            assert (asked.method, asked.signed) == ("GET", True)
            assert (asked.params["ErrorCode"], asked.params["ErrorUrl"]) == (code, voice)
            assert [alert.fatal for alert in carrier.alerts] == [False]

    run()
