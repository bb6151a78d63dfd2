"""Text messages by AWS End User Messaging, e-mail by Amazon SES.

Neither takes an idempotency key, so the clients must not repeat a request by themselves, and a
reply that never came means that the message may have gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

from centralino.application.ports.delivery import DeliveryUnknown, Message
from centralino.domain.errors import CentralinoError, TransientDependency

_LATER = frozenset({"ThrottlingException", "TooManyRequestsException", "LimitExceededException"})
#: Nothing has been sent when it fails like this: the request never left.
_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError)


class EndUserMessaging:
    """Text messages by AWS End User Messaging (``pinpoint-sms-voice-v2``).

    Parameters
    ----------
    client
        A client that repeats nothing.
    sender : str
        The number, sender id or pool they come from; the service chooses where empty.
    """

    def __init__(self, client: Any, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, message: Message) -> str:
        """See :meth:`Delivery.send`."""
        request: dict[str, Any] = {
            "DestinationPhoneNumber": message.to,
            "MessageBody": message.text,
            "MessageType": "TRANSACTIONAL",
            "Context": {"purpose": message.purpose},
        }
        if self._sender:
            request["OriginationIdentity"] = self._sender
        return str(_asked(self._client.send_text_message, **request)["MessageId"])


class Ses:
    """E-mail by Amazon SES (``sesv2``), in plain text.

    Parameters
    ----------
    client
        A client that repeats nothing.
    sender : str
        The verified address it comes from.
    """

    def __init__(self, client: Any, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, message: Message) -> str:
        """See :meth:`Delivery.send`."""
        answer = _asked(
            self._client.send_email,
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [message.to]},
            Content={
                "Simple": {
                    "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": message.text, "Charset": "UTF-8"}},
                }
            },
            EmailTags=[{"Name": "purpose", "Value": message.purpose}],
        )
        return str(answer["MessageId"])


def _asked(ask: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any]:
    try:
        return ask(**request)
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if error.response.get("Error", {}).get("Code") in _LATER or status == 429:
            raise TransientDependency("the service asks to slow down") from error
        if status >= 500:
            raise DeliveryUnknown("the service failed") from error
        # Its message may quote the number or the address.
        raise CentralinoError("the service refuses the message", code="delivery_refused") from None
    except _NOT_SENT as error:
        raise TransientDependency("the service cannot be reached") from error
    except BotoCoreError as error:
        raise DeliveryUnknown("the service did not answer") from error
