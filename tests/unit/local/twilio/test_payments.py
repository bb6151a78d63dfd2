"""Pay: what is asked of the caller, what the gateway answers, and what the product is told."""

from __future__ import annotations

import pytest

from local.twilio import Pays, Script
from tests.unit.local.twilio.product import CALLER, LINE, Product, live, world

PAY = '<Pay action="paid" chargeAmount="9.90" currency="eur" postalCode="false" maxAttempts="2"/>'


@pytest.mark.parametrize(
    ("script", "answers", "result", "charged"),
    [
        (Pays(), [], "success", 1),
        (Pays(), ["declined"], "payment-connector-error", 0),
        (Pays(stop_at="payment-card-number"), [], "caller-interrupted-with-star", 0),
        (Pays(stop_at="expiration-date", hang_up=True), [], "caller-hung-up", 0),
        (Pays(number="4242424242424241"), [], "too-many-failed-attempts", 0),
        (Pays(number="4242"), [], "too-many-failed-attempts", 0),
    ],
)
def test_how_a_payment_ends(script: Script, answers: list[str], result: str, charged: int) -> None:
    @live
    async def run() -> None:
        product = Product(voice=PAY, paid="<Hangup/>")
        async with world(product) as (carrier, _):
            carrier.gateway.answers.extend(answers)
            person = await carrier.call(CALLER, LINE, script)
            (paid,) = await product.until("paid")
            assert paid.signed
            assert paid.params["Result"] == result
            assert ("PaymentConfirmationCode" in paid.params) is bool(charged)
            assert carrier.gateway.charged == [("9.90", "eur")] * charged
            assert await person.ended(within=5) == "completed"

    run()


@live
async def test_a_card_stays_between_the_caller_and_the_gateway() -> None:
    product = Product(voice=PAY, paid="<Hangup/>")
    async with world(product) as (carrier, _):
        person = await carrier.call(CALLER, LINE, Pays())
        (paid,) = await product.until("paid")
        await person.ended(within=5)
        assert paid.params["PaymentCardNumber"] == "xxxxxxxxxxxx4242"
        assert paid.params["SecurityCode"] == "xxx"
        told = f"{paid.params} {[moment.detail for moment in person.history]}"
        assert "4242424242424242" not in told
        assert "1230" not in told


@pytest.mark.parametrize(
    ("attributes", "result"),
    [
        ('chargeAmount="9,90"', "validation-error"),
        ('chargeAmount="9.90" currency="euro"', "validation-error"),
        ('chargeAmount="9.90" language="la-VA"', "validation-error"),
        ('chargeAmount="9.90" paymentConnector="Nobody"', "payment-connector-error"),
    ],
)
def test_a_payment_that_cannot_be_taken_asks_for_no_card(attributes: str, result: str) -> None:
    @live
    async def run() -> None:
        product = Product(voice=f'<Pay action="paid" {attributes}/>', paid="<Hangup/>")
        async with world(product) as (carrier, _):
            person = await carrier.call(CALLER, LINE, Pays())
            (paid,) = await product.until("paid")
            assert paid.params["Result"] == result
            await person.ended(within=5)
            assert [heard.verb for heard in person.heard] == []

    run()
