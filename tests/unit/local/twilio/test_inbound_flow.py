"""One call from the first ring to the last callback, against a product in miniature."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from local.twilio import Answers, Caller
from tests.unit.local.twilio.product import (
    ACCOUNT,
    CALLER,
    LINE,
    Product,
    centre,
    live,
    offer,
    world,
)


@live
async def test_menu_queue_agent_conference_and_hang_up() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        carrier.register_client("ag_1", Answers(after=1))
        person = await carrier.call(CALLER, LINE, Caller(digits=["1"], talk=20))
        await product.until("wait")
        leg = await offer(rest, product)
        await product.until("conference")
        status, _ = await rest.post(f"/Calls/{person.sid}.json", Url=f"{product.url}/present")
        assert status == 200
        assert await person.ended(within=5) == "completed"
        await product.until("leg", 4)
        await product.until("conference", 6)
        await carrier.settled()

        _check_webhooks_of_the_call(product, person.sid)
        _check_agent_leg(product, leg["call_sid"])
        _check_conference(product, person.sid, leg["call_sid"])
        assert [hit for hit in product.hits if not hit.signed] == []
        assert carrier.alerts == []
        assert carrier.violations == []
        heard = [(one.verb, one.text) for one in person.heard]
        assert heard[:3] == [("Say", "Press one"), ("Say", "Please hold"), ("Pause", "")]


def _check_webhooks_of_the_call(product: Product, sid: str) -> None:
    voice = product.on("voice")[0]
    assert voice.method == "POST"
    assert voice.content_type == "application/x-www-form-urlencoded"
    assert voice.params == {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": sid,
        "CallStatus": "ringing", "Direction": "inbound", "From": CALLER, "To": LINE,
        "Caller": CALLER, "Called": LINE, "FromCountry": "IT", "ToCountry": "IT",
    }  # fmt: skip
    menu = product.on("menu")[0].params
    assert menu["Digits"] == "1"
    assert menu["CallStatus"] == "in-progress"
    wait = product.on("wait")[0].params
    assert wait["QueuePosition"] == "1"
    assert wait["CurrentQueueSize"] == "1"
    assert {"QueueSid", "QueueTime", "AvgQueueTime"} <= set(wait)
    assert product.on("left")[0].params["QueueResult"] == "redirected"
    (end,) = product.on("status")
    assert end.params["CallStatus"] == "completed"
    assert end.params["CallbackSource"] == "call-progress-events"
    assert end.params["SequenceNumber"] == "0"
    assert end.params["CallDuration"].isdigit()
    offset = parsedate_to_datetime(end.params["Timestamp"]).utcoffset()
    assert offset is not None
    assert not offset


def _check_agent_leg(product: Product, sid: str) -> None:
    legs = [hit.params for hit in product.on("leg")]
    assert [leg["CallStatus"] for leg in legs] == [
        "initiated", "ringing", "in-progress", "completed",
    ]  # fmt: skip
    assert [leg["SequenceNumber"] for leg in legs] == ["0", "1", "2", "3"]
    assert {leg["CallSid"] for leg in legs} == {sid}
    assert {leg["Direction"] for leg in legs} == {"outbound-api"}
    assert {leg["To"] for leg in legs} == {"client:ag_1"}


def _check_conference(product: Product, caller: str, agent: str) -> None:
    events = [hit.params for hit in product.on("conference")]
    assert [event["StatusCallbackEvent"] for event in events] == [
        "participant-join", "conference-start", "participant-join",
        "participant-leave", "participant-leave", "conference-end",
    ]  # fmt: skip
    assert [event["SequenceNumber"] for event in events] == ["1", "2", "3", "4", "5", "6"]
    assert {event["FriendlyName"] for event in events} == {"ct_1"}
    assert len({event["ConferenceSid"] for event in events}) == 1
    first, _, second, left, ended, end = events
    assert first["CallSid"] == agent
    assert first["ParticipantLabel"] == "ct_1#2"
    assert first["EndConferenceOnExit"] == "false"
    assert second["CallSid"] == caller
    assert second["EndConferenceOnExit"] == "true"
    assert left["ReasonParticipantLeft"] == "participant_hung_up"
    assert left["ParticipantCallStatus"] == "completed"
    assert ended["CallSid"] == agent
    assert ended["ReasonParticipantLeft"] == "moderator_ended_conference"
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert end["CallSidEndingConference"] == caller


@live
async def test_caller_who_gives_up_in_the_queue() -> None:
    product = centre()
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(patience=10))
        assert await person.ended(within=5) == "completed"
        (left,) = await product.until("left")
        assert left.params["QueueResult"] == "hangup"
        assert left.params["CallStatus"] == "completed"
        (end,) = await product.until("status")
        assert end.params["CallStatus"] == "completed"


@live
async def test_caller_who_gives_up_while_it_rings() -> None:
    product = centre()
    product.pages["voice"] = _slow
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(ringing=1))
        assert await person.ended(within=5) == "canceled"
        (end,) = await product.until("status")
        assert end.params["CallStatus"] == "canceled"
        assert end.params["CallDuration"] == "0"
        assert person.heard == []


async def _slow(_: object) -> str:
    import asyncio

    await asyncio.sleep(0.2)
    return "<Say>Too late</Say>"


@live
async def test_caller_who_hangs_up_in_the_menu() -> None:
    product = centre()
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Caller(digits=[], menu=1))
        assert await person.ended(within=5) == "completed"
        await product.until("status")
        assert product.on("menu") == []


@live
async def test_a_script_of_ones_own_sees_what_is_heard() -> None:
    product = centre()
    seen = []

    async def script(me) -> None:  # type: ignore[no-untyped-def]
        gathering = await me.prompt()
        seen.append(gathering.prompts)
        assert not await me.press("9x")
        me.hang_up()

    product.pages["menu"] = "<Say>Wrong</Say><Redirect>voice</Redirect>"
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, script)
        await person.ended(within=5)
    assert seen == [("Press one",)]
    whats = [moment.what for moment in person.history]
    assert whats[0] == "ringing"
    assert whats[-1] == "completed"
    assert [moment.at for moment in person.history] == sorted(m.at for m in person.history)
