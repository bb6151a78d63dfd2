"""Dial with a number in it: the caller is put through to a telephone."""

from __future__ import annotations

import pytest

from local.twilio import Answers, NeverAnswers, Person, Refuses, Script, silent
from tests.unit.local.twilio.product import CALLER, LINE, Product, live, world

THERE = "+390266666666"
DIAL = f'<Dial action="after" timeout="10"><Number>{THERE}</Number></Dial>'


async def talks_and_hangs_up(me: Person) -> None:
    """A caller who talks for a while to whoever is put on the line."""
    await me.connected()
    await me.pause(5)
    me.hang_up()


@live
async def test_the_caller_talks_to_who_answers_until_that_one_hangs_up() -> None:
    product = Product(voice=DIAL, after="<Say>Goodbye</Say><Hangup/>")
    async with world(product) as (carrier, rest):
        carrier.register_phone(THERE, Answers(after=1, talk=30))
        person = await carrier.call(CALLER, LINE, silent)
        (after,) = await product.until("after")
        assert await person.ended(within=5) == "completed"
        assert after.params["DialCallStatus"] == "completed"
        assert after.params["DialBridged"] == "true"
        status, leg = await rest.get(f"/Calls/{after.params['DialCallSid']}.json")
        assert (status, leg["status"], leg["direction"]) == (200, "completed", "outbound-dial")
        assert (leg["to"], leg["from"], leg["parent_call_sid"]) == (THERE, CALLER, person.sid)
        assert [one.text for one in person.heard] == ["Goodbye"]


@live
async def test_a_caller_who_hangs_up_ends_the_other_leg() -> None:
    async with world(Product(voice=DIAL)) as (carrier, _):
        carrier.register_phone(THERE, Answers(after=0))
        person = await carrier.call(CALLER, LINE, talks_and_hangs_up)
        assert await person.ended(within=5) == "completed"
        leg = carrier.calls[-1]
        await Person(leg, carrier.exchange).ended(within=5)
        assert (leg.to, leg.status) == (THERE, "completed")


@live
async def test_a_caller_who_gives_up_while_it_rings_stops_the_ringing() -> None:
    async with world(Product(voice=DIAL)) as (carrier, _):
        carrier.register_phone(THERE, NeverAnswers())
        person = await carrier.call(CALLER, LINE, silent)
        await person.call.until(lambda: len(carrier.calls) == 2 or None, 0.2)
        leg = carrier.calls[-1]
        await leg.until(lambda: leg.status == "ringing" or None, 5)
        person.hang_up()
        assert await Person(leg, carrier.exchange).ended(within=5) == "canceled"


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (Refuses(), "busy"),
        (Refuses(status="no-answer"), "no-answer"),
        (NeverAnswers(), "no-answer"),
        (None, "failed"),
    ],
    ids=["busy", "declined", "never answers", "nobody's number"],
)
def test_who_cannot_be_reached_is_told_and_the_document_goes_on(
    behaviour: Script | None, status: str
) -> None:
    @live
    async def run() -> None:
        product = Product(
            voice=f'<Dial timeout="5">{THERE}</Dial><Say>Call again</Say>'
            f'<Dial timeout="5" action="after">{THERE}</Dial>',
            after="<Hangup/>",
        )
        async with world(product) as (carrier, _):
            if behaviour is not None:
                carrier.register_phone(THERE, behaviour)
            person = await carrier.call(CALLER, LINE, silent)
            (after,) = await product.until("after")
            assert after.params["DialCallStatus"] == status
            assert after.params["DialBridged"] == "false"
            assert await person.ended(within=5) == "completed"
            assert [one.text for one in person.heard] == ["Call again"]

    run()


@live
async def test_a_dial_is_not_slowed_by_the_rate_of_calls_asked_for_over_rest() -> None:
    product = Product(voice=DIAL, after="<Hangup/>")
    async with world(product, calls_per_second=0.01) as (carrier, rest):
        carrier.register_phone("+390211111111", silent)
        for _ in range(2):
            await rest.post("/Calls.json", To="+390211111111", From=LINE, Twiml="<Response/>")
        carrier.register_phone(THERE, Refuses())
        person = await carrier.call(CALLER, LINE, silent)
        assert await person.ended(within=5) == "completed"
        assert product.on("after")[0].params["DialCallStatus"] == "busy"
