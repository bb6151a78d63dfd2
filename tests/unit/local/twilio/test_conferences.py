"""Conferences and participants over REST, and what agents' telephones do."""

from __future__ import annotations

from typing import Any

import pytest

from local.twilio import (
    Answers,
    Caller,
    Carrier,
    NeverAnswers,
    Person,
    Refuses,
    Script,
    Timing,
    silent,
)
from tests.unit.local.twilio.product import (
    CALLER,
    LINE,
    Product,
    Rest,
    centre,
    live,
    offer,
    world,
)


async def talking(
    product: Product, carrier: Carrier, rest: Rest, talk: float | None = None
) -> tuple[Person, Any, str]:
    """Bring a caller and an agent together; give the person, the leg and the conference path."""
    carrier.register_client("ag_1", Answers(after=0))
    person = await carrier.call(CALLER, LINE, Caller(talk=talk))
    await product.until("wait")
    leg = await offer(rest, product)
    await product.until("conference")
    await rest.post(f"/Calls/{person.sid}.json", Url=f"{product.url}/present")
    await product.until("conference", 3)
    return person, leg, f"/Conferences/{leg['conference_sid']}"


@pytest.mark.parametrize(
    ("behaviour", "status", "sip"),
    [
        (Refuses(), "busy", "486"),
        (Refuses(status="no-answer"), "no-answer", "480"),
        (Refuses(status="failed"), "failed", "404"),
        (NeverAnswers(), "no-answer", None),
        (None, "no-answer", "480"),
    ],
    ids=["refuses", "no answer", "fails", "never answers", "not signed in"],
)
def test_an_agent_who_does_not_take_the_call(
    behaviour: Script | None, status: str, sip: str | None
) -> None:
    @live
    async def run() -> None:
        product = centre()
        async with world(product) as (carrier, rest):
            if behaviour is not None:
                carrier.register_client("ag_1", behaviour)
            leg = await offer(rest, product, Timeout="5")
            assert leg["status"] == "queued"
            (left,) = await product.until("conference")
            assert left.params["StatusCallbackEvent"] == "participant-leave"
            assert left.params["ReasonParticipantLeft"] == "participant_add_failed"
            assert left.params["ParticipantCallStatus"] == status
            assert left.params["ParticipantLabel"] == "ct_1#2"
            last = (await product.until("leg", 3))[-1]
            assert last.params["CallStatus"] == status
            assert last.params.get("SipResponseCode") == sip
            _, body = await rest.get(f"/Conferences/{leg['conference_sid']}.json")
            assert body["status"] == "completed"

    run()


@live
async def test_a_client_on_a_call_is_busy_to_the_next() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        carrier.register_client("ag_1", Answers(after=0))
        await offer(rest, product)
        await product.until("conference")
        other = await rest.post(
            "/Conferences/ct_2/Participants.json", To="client:ag_1", From=LINE,
            StatusCallback=f"{product.url}/other",
        )  # fmt: skip
        assert other[0] == 201
        (end,) = await product.until("other")
        assert end.params["CallStatus"] == "busy"


@live
async def test_an_agent_who_hangs_up_leaves_the_caller_in_the_room() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        person, leg, path = await talking(product, carrier, rest)
        await rest.post(f"/Calls/{leg['call_sid']}.json", Status="completed")
        end = (await product.until("leg", 4))[3]
        assert end.params["CallStatus"] == "completed"
        _, body = await rest.get(f"{path}.json")
        assert body["status"] == "in-progress"
        assert person.status == "in-progress"
        _, body = await rest.get(f"{path}/Participants.json")
        assert [one["call_sid"] for one in body["participants"]] == [person.sid]


@live
async def test_hold_mute_modify_and_kick() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        person, leg, path = await talking(product, carrier, rest)
        one = f"{path}/Participants/{person.sid}.json"
        product.pages["music"] = '<Pause length="60"/>'
        status, body = await rest.post(
            one, Hold="true", HoldUrl=f"{product.url}/music", HoldMethod="POST"
        )
        assert (status, body["hold"]) == (200, True)
        await product.until("music")
        await rest.post(one, Hold="false")
        await rest.post(one, Muted="true")
        await rest.post(one, EndConferenceOnExit="false")
        agent = f"{path}/Participants/{leg['label']}.json".replace("#", "%23")
        status, body = await rest.get(agent)
        assert (status, body["call_sid"]) == (200, leg["call_sid"])
        status, _ = await rest.send("DELETE", one)
        assert status == 204
        await product.until("conference", 8)
        assert product.events("conference")[3:] == [
            "participant-hold", "participant-unhold", "participant-mute", "participant-modify",
            "participant-leave",
        ]  # fmt: skip
        kicked = product.on("conference")[-1].params
        assert kicked["ReasonParticipantLeft"] == "participant_updated_via_api"
        assert kicked["ParticipantCallStatus"] == "in-progress"
        # What follows the Dial in the caller's own document is played: here, nothing.
        assert await person.ended(within=5) == "completed"
        assert carrier.violations == []


@live
async def test_a_supervisor_coaches_the_agent() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        _, leg, path = await talking(product, carrier, rest)
        carrier.register_client("sv_1", Answers(after=0))
        coach = await offer(
            rest, product, "sv_1", Label="sv", Coaching="true", CallSidToCoach=leg["call_sid"]
        )
        await product.until("conference", 4)
        one = f"{path}/Participants/{coach['call_sid']}.json"
        _, body = await rest.get(one)
        assert (body["coaching"], body["call_sid_to_coach"]) == (True, leg["call_sid"])
        assert product.on("conference")[3].params["Coaching"] == "true"
        _, body = await rest.post(one, Coaching="false")
        assert (body["coaching"], body["call_sid_to_coach"]) == (False, None)
        status, body = await rest.post(one, Coaching="true", CallSidToCoach="CA" + "0" * 32)
        assert (status, body["code"]) == (404, 20404)


@live
async def test_ending_the_conference_by_rest_ends_legs_and_rings() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        person, leg, path = await talking(product, carrier, rest)
        carrier.register_client("ag_2", NeverAnswers())
        ringing = await offer(rest, product, "ag_2", Label="ct_1#3")
        status, body = await rest.post(f"{path}.json", Status="completed")
        assert (status, body["status"]) == (200, "completed")
        assert body["reason_conference_ended"] == "conference-ended-via-api"
        assert await person.ended(within=5) == "completed"
        for sid, ended in ((leg["call_sid"], "completed"), (ringing["call_sid"], "canceled")):
            _, body = await rest.get(f"/Calls/{sid}.json")
            assert body["status"] == ended
        await product.until("conference", 7)
        reasons = [hit.params.get("ReasonParticipantLeft") for hit in product.on("conference")]
        assert sorted(filter(None, reasons)) == [
            "conference_ended_via_api", "conference_ended_via_api", "participant_add_failed",
        ]  # fmt: skip
        status, body = await rest.post(f"{path}/Participants.json", To="client:ag_1", From=LINE)
        assert (status, body["code"]) == (404, 20404)


@live
async def test_conferences_and_participants_are_found_by_name_and_status() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        _, leg, path = await talking(product, carrier, rest)
        _, body = await rest.get("/Conferences.json", FriendlyName="ct_1", Status="in-progress")
        assert [one["sid"] for one in body["conferences"]] == [leg["conference_sid"]]
        _, body = await rest.get("/Conferences.json", FriendlyName="ct_1", Status="completed")
        assert body["conferences"] == []
        _, body = await rest.get(f"{path}/Participants.json", Muted="true")
        assert body["participants"] == []
        await rest.post(f"{path}.json", Status="completed")
        again = await offer(rest, product)
        assert again["conference_sid"] != leg["conference_sid"]
        _, body = await rest.get("/Conferences.json", FriendlyName="ct_1")
        assert [one["status"] for one in body["conferences"]] == ["init", "completed"]


@live
async def test_two_participants_cannot_carry_one_label() -> None:
    product = centre()
    async with world(product) as (carrier, rest):
        carrier.register_client("ag_1", Answers(after=0))
        carrier.register_client("ag_2", Answers(after=0))
        await offer(rest, product)
        await product.until("conference")
        await offer(rest, product, "ag_2")
        await product.until("conference", 2)
        assert product.events("conference") == ["participant-join", "participant-leave"]
        left = product.on("conference")[1].params
        assert left["ReasonParticipantLeft"] == "participant_add_failed"
        assert [alert.code for alert in carrier.alerts] == [16025]


@live
async def test_waiting_for_the_moderator() -> None:
    product = Product(
        voice='<Dial action="after"><Conference startConferenceOnEnter="false" waitUrl="wait" '
        'statusCallback="conference" statusCallbackEvent="start end join leave" '
        'participantLabel="guest">room</Conference></Dial>',
        wait='<Pause length="5"/>',
        after="<Say>Thanks</Say>",
    )
    timing = Timing(protocol_speed=100)
    async with world(product, timing=timing) as (carrier, rest):
        carrier.register_client("ag_1", Answers(after=0, hang_up=5))
        person = await carrier.call(CALLER, LINE, silent)
        await product.until("wait", 2)
        assert product.events("conference") == ["participant-join"]
        status, _ = await rest.post(
            "/Conferences/room/Participants.json", To="client:ag_1", From=LINE,
            EndConferenceOnExit="true",
        )  # fmt: skip
        assert status == 201
        (after,) = await product.until("after")
        assert after.params["DialCallStatus"] == "answered"
        assert await person.ended(within=5) == "completed"
        await product.until("conference", 6)
        assert product.events("conference") == [
            "participant-join", "conference-start", "participant-join",
            "participant-leave", "participant-leave", "conference-end",
        ]  # fmt: skip
        assert len(product.on("wait")) <= 5


@live
async def test_an_announcement_is_played_and_told() -> None:
    product = centre()
    product.pages["notice"] = "<Say>This call is recorded</Say>"
    async with world(product) as (carrier, rest):
        person, _, path = await talking(product, carrier, rest)
        status, _ = await rest.post(f"{path}.json", AnnounceUrl=f"{product.url}/notice")
        assert status == 200
        await product.until("notice", 2)
        heard = await person.until(
            lambda: "This call is recorded" in [one.text for one in person.heard] or None,
            within=250,
        )
        assert heard is True
