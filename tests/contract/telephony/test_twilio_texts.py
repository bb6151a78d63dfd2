"""Text messages by Twilio: as its OpenAPI document has them, and never sent twice by us."""

from __future__ import annotations

import pytest

from centralino.adapters.telephony.twilio.api import Refused, TwilioApi
from centralino.adapters.telephony.twilio.texts import TwilioTexts
from centralino.application.ports.delivery import DeliveryUnknown, Kind, Message
from centralino.domain.errors import TransientDependency
from tests.contract.telephony.stub import ACCOUNT, TOKEN, Fault, Stub

SENDER, CUSTOMER = "+390200000001", "+393331234567"
HELLO = Message(
    id="m1",
    kind=Kind.SMS,
    to=CUSTOMER,
    language="it",
    text="La richiameremo martedì: https://x.example/è",
    purpose="callback",
    business_unit="demo",
    sender=SENDER,
)


def texts(stub: Stub, sender: str = "") -> TwilioTexts:
    return TwilioTexts(TwilioApi(ACCOUNT, TOKEN, stub.url, timeout_s=0.5), sender)


def test_a_text_goes_from_the_line_s_number(stub: Stub) -> None:
    assert texts(stub).send(HELLO).startswith("SM")
    (form,) = stub.posted("/Messages.json")
    assert dict(form) == {"To": CUSTOMER, "From": SENDER, "Body": HELLO.text}
    assert stub.violations == []


def test_a_deployment_s_own_sender_comes_first(stub: Stub) -> None:
    service = "MG" + "0" * 32
    texts(stub, "Acme").send(HELLO)
    texts(stub, service).send(HELLO)
    named, served = (dict(form) for form in stub.posted("/Messages.json"))
    assert named["From"] == "Acme"
    assert served["MessagingServiceSid"] == service
    assert "From" not in served
    assert stub.violations == []


@pytest.mark.parametrize("kind", ["lost", "silent", 500])
def test_a_reply_that_never_came_means_that_it_may_have_gone(stub: Stub, kind: str | int) -> None:
    stub.faults.append(Fault("Messages", kind))
    with pytest.raises(DeliveryUnknown):
        texts(stub).send(HELLO)
    assert len(stub.posted("/Messages.json")) == 1


def test_asked_to_slow_down_it_has_not_gone(stub: Stub) -> None:
    stub.faults.append(Fault("Messages", 429))
    with pytest.raises(TransientDependency):
        texts(stub).send(HELLO)
    assert stub.texts == 0


def test_a_refusal_is_final_and_says_no_number(stub: Stub) -> None:
    stub.faults.append(Fault("Messages", 400, code=21610))
    with pytest.raises(Refused) as error:
        texts(stub).send(HELLO)
    assert (error.value.code, error.value.number) == ("carrier_refused", 21610)
    assert CUSTOMER not in str(error.value)
