"""The REST API: who may ask, what is refused and how, rate, lists."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from local.twilio import Answers, Caller, Person, Refuses, silent
from local.twilio.spec import DOCUMENT, TwilioSpec, shared_folder
from tests.unit.local.twilio.product import (
    ACCOUNT,
    API,
    CALLER,
    HOLD,
    LINE,
    Product,
    live,
    world,
)

NOBODY = "CA" + "0" * 32
needs_document = pytest.mark.skipif(
    not (shared_folder() / DOCUMENT).is_file(), reason="the carrier's OpenAPI document is not here"
)


async def _in_progress(person: Person) -> None:
    assert await person.until(lambda: person.status == "in-progress" or None, within=250)


def refusal(status: int, code: int, message: str) -> dict[str, object]:
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


@live
async def test_a_wrong_token_a_wrong_account_or_none() -> None:
    async with world(Product()) as (carrier, _):
        wrong: tuple[dict[str, str], ...] = (
            {},
            {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, "guess")},
            {"Authorization": aiohttp.encode_basic_auth("AC" + "9" * 32, "test-token")},
            {"Authorization": "Basic not-base64!"},
        )
        async with aiohttp.ClientSession(carrier.url) as session:
            for headers in wrong:
                async with session.get(f"{API}/Calls.json", headers=headers) as response:
                    assert response.status == 401
                    assert await response.json() == refusal(401, 20003, "Authenticate")
                    assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'


@live
async def test_what_is_not_there() -> None:
    async with world(Product()) as (_, rest):
        for path in (f"/Calls/{NOBODY}.json", "/Conferences/CF" + "0" * 32 + ".json", "/Nope.json"):
            status, body = await rest.get(path)
            assert (status, body) == (
                404,
                refusal(404, 20404, f"The requested resource {API}{path} was not found"),
            )
        status, body = await rest.send("PUT", "/Calls.json")
        assert (status, body["code"]) == (405, 20004)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "12345"}, 21211),
        ({"To": "client:"}, 21211),
        ({"From": ""}, 21213),
        ({"From": "me"}, 21212),
        ({"Url": ""}, 21205),
        ({"StatusCallback": "http://127.0.0.1:1/s", "StatusCallbackEvent": "dialled"}, 21626),
        ({"StatusCallback": "http://127.0.0.1:1/s", "StatusCallbackEvent": "ringing answered"},
         21626),
    ],
)  # fmt: skip
def test_calls_that_cannot_be_placed(change: dict[str, str], code: int) -> None:
    @live
    async def run() -> None:
        async with world(Product(), validate=False) as (carrier, rest):
            form = {"To": CALLER, "From": LINE, "Url": "http://127.0.0.1:1/x", **change}
            status, body = await rest.post("/Calls.json", **form)
            assert (status, body["code"], body["status"]) == (400, code, 400)
            assert carrier.calls == []

    run()


@live
async def test_a_call_that_is_over_cannot_be_redirected() -> None:
    async with world(Product(voice="<Hangup/>")) as (carrier, rest):
        person = await carrier.call(CALLER, LINE, silent)
        await person.ended(within=5)
        for change in ({"Url": "http://127.0.0.1:1/x"}, {"Twiml": "<Response/>"},
                       {"Status": "completed"}):  # fmt: skip
            status, body = await rest.post(f"/Calls/{person.sid}.json", **change)
            assert (status, body) == (
                400, refusal(400, 21220, "Call is not in-progress. Cannot redirect."),
            )  # fmt: skip


@live
async def test_an_outbound_call_from_ring_to_end() -> None:
    product = Product(answered="<Say>Good morning</Say>")
    async with world(product) as (carrier, rest):
        carrier.register_phone(CALLER, Answers(after=1), answered_by="machine_start")
        status, body = await rest.post(
            "/Calls.json", ("StatusCallbackEvent", "initiated"), ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"), ("StatusCallbackEvent", "completed"),
            To=CALLER, From=LINE, Url=f"{product.url}/answered", MachineDetection="Enable",
            StatusCallback=f"{product.url}/progress",
        )  # fmt: skip
        assert (status, body["status"], body["direction"]) == (201, "queued", "outbound-api")
        progress = [hit.params for hit in await product.until("progress", 4)]
        assert [one["CallStatus"] for one in progress] == [
            "initiated", "ringing", "in-progress", "completed",
        ]  # fmt: skip
        assert product.on("answered")[0].params["AnsweredBy"] == "machine_start"
        _, body = await rest.get(f"/Calls/{body['sid']}.json")
        assert (body["status"], body["answered_by"]) == ("completed", "machine_start")
        assert body["end_time"].endswith("+0000")


@live
async def test_a_call_can_be_taken_back_while_it_rings() -> None:
    async with world(Product()) as (carrier, rest):
        carrier.register_phone(CALLER, silent)
        _, body = await rest.post("/Calls.json", To=CALLER, From=LINE, Twiml="<Response/>")
        status, body = await rest.post(f"/Calls/{body['sid']}.json", Status="canceled")
        assert (status, body["status"]) == (200, "canceled")


@live
async def test_calls_are_listed_newest_first_by_filter_and_page() -> None:
    async with world(Product(voice=HOLD)) as (carrier, rest):
        people = [await carrier.call(f"+39333000000{n}", LINE, silent) for n in range(1, 4)]
        people[0].hang_up()
        _, body = await rest.get("/Calls.json", Status="completed")
        assert body["calls"] == []
        _, body = await rest.get("/Calls.json", Status="canceled")
        assert [one["sid"] for one in body["calls"]] == [people[0].sid]
        _, body = await rest.get("/Calls.json", From="+393330000002", To=LINE)
        assert [one["sid"] for one in body["calls"]] == [people[1].sid]
        _, body = await rest.get("/Calls.json", PageSize="2")
        assert [one["sid"] for one in body["calls"]] == [people[2].sid, people[1].sid]
        follow = body["next_page_uri"].removeprefix(API)
        _, body = await rest.get(follow)
        assert [one["sid"] for one in body["calls"]] == [people[0].sid]
        assert body["next_page_uri"] is None
        _, body = await rest.get("/Calls.json", **{"StartTime<": "2001-01-01T00:00:00Z"})
        assert body["calls"] == []


@live
async def test_legs_over_the_rate_wait_in_the_carriers_queue() -> None:
    async with world(Product(), calls_per_second=10, timing=None) as (carrier, rest):
        carrier.default_phone(Refuses())
        form = {"To": CALLER, "From": LINE, "Twiml": "<Response/>"}
        answers = [await rest.post("/Calls.json", **form) for _ in range(3)]
        assert [status for status, _ in answers] == [201, 201, 201]
        waits = [int(body["queue_time"]) for _, body in answers]
        assert waits[0] == 0
        assert 50 < waits[1] < waits[2] <= 200
        calls = carrier.calls
        for call in calls:
            assert await Person(call, carrier.exchange).ended(within=5) == "busy"
        rang = [next(m.at for m in call.history if m.what == "ringing") for call in calls]
        assert rang[2] - rang[0] > 0.15


@live
async def test_legs_over_the_rate_are_refused_when_told_so() -> None:
    async with world(Product(), calls_per_second=1, over_limit="refuse") as (carrier, rest):
        form = {"To": CALLER, "From": LINE, "Twiml": "<Response/>"}
        assert (await rest.post("/Calls.json", **form))[0] == 201
        status, body = await rest.post("/Calls.json", **form)
        assert (status, body) == (429, refusal(429, 20429, "Too Many Requests"))
        status, _ = await rest.post("/Conferences/x/Participants.json", To=CALLER, From=LINE)
        assert status == 429
        assert len(carrier.calls) == 1


@needs_document
@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/Calls.json", {"Timeout": "soon"}, "Timeout"),
        ("/Calls.json", {"Record": "perhaps"}, "Record"),
        ("/Calls.json", {"Method": "PATCH"}, "Method"),
        ("/Calls.json", {"Url": "present"}, "Url"),
        ("/Calls.json", {"ApplicationSid": "AP1"}, "ApplicationSid"),
        ("/Calls.json", {"Colour": "red"}, "Unknown parameters: Colour"),
        (f"/Calls/{NOBODY}.json", {"Status": "busy"}, "Status"),
        ("/Conferences/x/Participants.json", {"Muted": "yes"}, "Muted"),
        ("/Conferences/x/Participants.json", {"CallSidToCoach": "CA1"}, "CallSidToCoach"),
    ],
)
def test_what_the_openapi_document_does_not_allow(
    path: str, form: dict[str, str], said: str
) -> None:
    @live
    async def run() -> None:
        async with world(Product()) as (carrier, rest):
            base = {} if NOBODY in path else {"To": CALLER, "From": LINE}
            status, body = await rest.post(path, **base, **form)
            assert (status, body["code"]) == (400, 20001)
            assert said in body["message"]
            assert len(carrier.violations) == 1
            assert carrier.calls == []

    run()


@needs_document
@live
async def test_sids_and_repeated_parameters_of_the_wrong_form() -> None:
    async with world(Product()) as (carrier, rest):
        # A friendly name may name the room to create a participant in, not to list them.
        status, body = await rest.get("/Conferences/ct_1/Participants.json")
        assert (status, body["code"]) == (404, 20404)
        status, body = await rest.post(
            "/Calls.json", ("To", CALLER), ("To", LINE), From=LINE, Twiml="<Response/>"
        )
        assert (status, body["code"]) == (400, 20001)
        assert len(carrier.violations) == 2


@needs_document
@live
async def test_an_answer_of_the_carriers_own_that_does_not_conform_is_a_failure() -> None:
    spec = TwilioSpec.find()
    assert spec is not None
    template = "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json"
    assert spec.check_response("GET", template, 200, {"sid": NOBODY, "status": "queued"}) == []
    for wrong in ({"status": "initiated"}, {"sid": "CA1"}, {"date_created": "yesterday"},
                  {"date_created": "Sun, 22 Nov 2026 14:59:21 -0000"}):  # fmt: skip
        assert spec.check_response("GET", template, 200, wrong) != []
    assert spec.check_response("GET", template, 201, {}) == ["status 201 is not declared"]


def test_without_the_document_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CENTRALINO_SHARED", str(tmp_path))

    @live
    async def run() -> None:
        async with world(Product()) as (carrier, rest):
            status, _ = await rest.post(
                "/Calls.json", To=CALLER, From=LINE, Twiml="<Response/>", Colour="red"
            )
            assert status == 201
            assert carrier.violations == []

    run()
    assert [record.message for record in caplog.records if "OpenAPI" in record.message] == [
        f"no OpenAPI document at {tmp_path / DOCUMENT}: REST requests are not validated"
    ]


@live
async def test_redirect_by_inline_twiml_and_time_limit() -> None:
    async with world(Product(voice=HOLD)) as (carrier, rest):
        person = await carrier.call(CALLER, LINE, silent)
        await _in_progress(person)
        twiml = "<Response><Say>One moment</Say><Pause length='60'/></Response>"
        status, _ = await rest.post(f"/Calls/{person.sid}.json", Twiml=twiml)
        assert status == 200
        await person.until(lambda: "One moment" in [one.text for one in person.heard] or None, 250)
        await rest.post(f"/Calls/{person.sid}.json", TimeLimit="5")
        assert await person.ended(within=1) == "completed"


@live
async def test_requests_at_once_do_not_disturb_each_other() -> None:
    product = Product(voice=HOLD)
    async with world(product) as (carrier, rest):
        people = [await carrier.call(f"+3933300000{n:02}", LINE, Caller()) for n in range(20)]
        await product.until("voice", 20)
        for person in people:
            await _in_progress(person)
        answers = await asyncio.gather(
            *(rest.post(f"/Calls/{person.sid}.json", Status="completed") for person in people)
        )
        assert [body["sid"] for _, body in answers] == [person.sid for person in people]
        assert {body["status"] for _, body in answers} == {"completed"}


@live
async def test_of_two_redirects_at_once_one_is_played() -> None:
    product = Product(voice=HOLD, one=HOLD, two=HOLD)
    async with world(product) as (carrier, rest):
        person = await carrier.call(CALLER, LINE, silent)
        await _in_progress(person)
        path = f"/Calls/{person.sid}.json"
        answers = await asyncio.gather(
            rest.post(path, Url=f"{product.url}/one"), rest.post(path, Url=f"{product.url}/two")
        )
        assert [status for status, _ in answers] == [200, 200]
        heard = await person.until(lambda: len(person.heard) if len(person.heard) > 2 else None, 50)
        assert heard in (3, 4)
        await carrier.settled()
        playing = [task for task in asyncio.all_tasks() if "Calls._flow" in repr(task)]
        assert playing == [person.call.flow]
