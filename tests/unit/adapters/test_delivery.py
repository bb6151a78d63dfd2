"""Messages by AWS, by the outbox, and by whichever way a kind has."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from centralino.adapters.aws_messages import EndUserMessaging, Ses
from centralino.adapters.delivery import Outbox, Ways
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.operations import MemoryOperations
from centralino.application.ports.delivery import DeliveryUnknown, Kind, Message
from centralino.domain.errors import CentralinoError, TransientDependency

POOL = "pool-" + "0" * 32
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1"}


def message(kind: Kind = Kind.SMS, to: str = "+393331234567") -> Message:
    return Message("m1", kind, to, "en", "Hello", "callback", "demo", subject="Sales")


class Fails:
    """A client whose every request ends like this."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def send_text_message(self, **_: Any) -> Any:
        raise self._error


def test_a_text_goes_by_end_user_messaging_from_our_pool() -> None:
    client = boto3.client("pinpoint-sms-voice-v2", **KEYS)  # type: ignore[call-overload]
    with Stubber(client) as stub:
        stub.add_response(
            "send_text_message",
            {"MessageId": "1"},
            {
                "DestinationPhoneNumber": "+393331234567",
                "MessageBody": "Hello",
                "MessageType": "TRANSACTIONAL",
                "Context": {"purpose": "callback"},
                "OriginationIdentity": POOL,
            },
        )
        assert EndUserMessaging(client, POOL).send(message()) == "1"
        stub.assert_no_pending_responses()


def test_e_mail_goes_by_ses_in_plain_text() -> None:
    client = boto3.client("sesv2", **KEYS)  # type: ignore[call-overload]
    with Stubber(client) as stub:
        stub.add_response(
            "send_email",
            {"MessageId": "1"},
            {
                "FromEmailAddress": "us@example.com",
                "Destination": {"ToAddresses": ["a@example.com"]},
                "Content": {
                    "Simple": {
                        "Subject": {"Data": "Sales", "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": "Hello", "Charset": "UTF-8"}},
                    }
                },
                "EmailTags": [{"Name": "purpose", "Value": "callback"}],
            },
        )
        ses = Ses(client, "us@example.com")
        assert ses.send(message(Kind.EMAIL, "a@example.com")) == "1"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, TransientDependency),
        ("InternalServerException", 500, DeliveryUnknown),
        ("ConflictException", 409, CentralinoError),
        ("ValidationException", 400, CentralinoError),
    ],
)
def test_what_the_service_answers_is_told_apart(
    code: str, status: int, expected: type[CentralinoError]
) -> None:
    client = boto3.client("pinpoint-sms-voice-v2", **KEYS)  # type: ignore[call-overload]
    with Stubber(client) as stub:
        stub.add_client_error(
            "send_text_message", code, "about +393331234567", http_status_code=status
        )
        with pytest.raises(CentralinoError) as error:
            EndUserMessaging(client, POOL).send(message())
    assert type(error.value) is expected
    assert "+39" not in str(error.value)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ReadTimeoutError(endpoint_url="x"), DeliveryUnknown),
        (ConnectTimeoutError(endpoint_url="x"), TransientDependency),
        (EndpointConnectionError(endpoint_url="x"), TransientDependency),
    ],
)
def test_no_answer_is_not_the_same_as_no_connection(
    failure: Exception, expected: type[CentralinoError]
) -> None:
    with pytest.raises(CentralinoError) as error:
        EndUserMessaging(Fails(failure), POOL).send(message())
    assert type(error.value) is expected


def test_each_kind_goes_its_way_and_no_other() -> None:
    clock = VirtualClock()
    outbox = Outbox(MemoryOperations(clock), clock)
    ways = Ways({Kind.SMS: lambda: outbox})
    assert (ways.offers(Kind.SMS), ways.offers(Kind.EMAIL)) == (True, False)
    ways.send(message())
    with pytest.raises(CentralinoError) as error:
        ways.send(message(Kind.EMAIL, "a@example.com"))
    assert error.value.code == "delivery_not_set_up"
    (kept,) = outbox.kept()
    assert kept.attributes["text"] == "Hello"


def test_the_outbox_shows_the_latest_first_and_keeps_a_day() -> None:
    clock = VirtualClock()
    outbox = Outbox(MemoryOperations(clock), clock)
    outbox.send(message())
    clock.move_to(clock.time + 1_000)
    outbox.send(message(to="+393337654321"))
    assert [item.attributes["to"] for item in outbox.kept()] == ["+393337654321", "+393331234567"]
    clock.move_to(clock.time + 24 * 3_600_000 + 1_000)
    assert outbox.kept() == []
