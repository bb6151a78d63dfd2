"""Text messages over Twilio's REST API.

Twilio takes no idempotency key: a message whose reply never came may have been sent.
"""

from __future__ import annotations

from centralino.adapters.telephony.twilio.api import OutcomeUnknown, TwilioApi
from centralino.application.ports.delivery import DeliveryUnknown, Message

#: How the name of a messaging service begins; anything else is a number or a sender id.
_SERVICE = "MG"


class TwilioTexts:
    """Sends text messages.

    Parameters
    ----------
    api : TwilioApi
    sender : str
        The number, sender id or messaging service they come from; each message's own where empty.
    """

    def __init__(self, api: TwilioApi, sender: str = "") -> None:
        self._api = api
        self._sender = sender

    def send(self, message: Message) -> str:
        """Send a message and return its SID. See :meth:`Delivery.send`."""
        sender = self._sender or message.sender
        name = "MessagingServiceSid" if sender.startswith(_SERVICE) else "From"
        form = [("To", message.to), (name, sender), ("Body", message.text)]
        try:
            answer = self._api.operation().post_once("/Messages.json", form)
        except OutcomeUnknown as error:
            raise DeliveryUnknown("the carrier did not answer") from error
        return str(answer.get("sid", ""))
