"""Nothing of a card that the carrier tells leaves the reading of a payment's end."""

from __future__ import annotations

import traceback
from urllib.parse import parse_qsl, urlencode

import pytest

from centralino.adapters.telephony.twilio.webhooks import read
from centralino.domain.errors import InvalidRequest
from centralino.domain.telephony.commands import Command
from tests.unit.adapters.telephony.outcomes import MENU
from tests.unit.adapters.telephony.samples import ACCOUNT, FORM_HEADERS, body


def tell(payload: bytes) -> Command:
    return read("paid", MENU, payload, FORM_HEADERS, account=ACCOUNT)


def changed(name: str, drop: str = "", **fields: str) -> bytes:
    pairs = dict(parse_qsl(body(name).decode(), keep_blank_values=True))
    pairs.update(fields)
    pairs.pop(drop, None)
    return urlencode(pairs).encode()


CARD = ("4242", "visa", "1229", "xxx", "20121", "credit", "tok_x", "card was")


@pytest.mark.parametrize("name", ["paid_success", "paid_unconfirmed", "paid_declined"])
@pytest.mark.parametrize("spoilt", [{}, {"PaymentConfirmationCode": "a\r\n b\u00e9" * 99}])
def test_nothing_of_a_card_is_passed_on(name: str, spoilt: dict[str, str]) -> None:
    payload = changed(name, **spoilt)
    assert b"4242" in payload
    told = repr(tell(payload))
    assert not [word for word in CARD if word in told]
    assert all(" " < c <= "~" for c in told.replace(" ", ""))


@pytest.mark.parametrize("drop", ["Result", "CallSid", "AccountSid"])
def test_a_refused_payment_message_quotes_no_card(drop: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        tell(changed("paid_success", drop=drop))
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not [word for word in CARD if word in told]
