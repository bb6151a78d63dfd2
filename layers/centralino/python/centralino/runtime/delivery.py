"""By which way messages to customers go, and what links are made of; part of the composition root.

Only what a process uses is imported and made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from centralino.adapters.delivery import Outbox, Way, Ways
from centralino.application.ports.delivery import Delivery, Kind, Message
from centralino.domain.errors import CentralinoError
from centralino.runtime.settings import DeliverySettings, TelephonySettings, settings


class DeferredDelivery:
    """The port ``Delivery``, its settings read when first asked."""

    def offers(self, kind: Kind) -> bool:
        """See :meth:`Delivery.offers`."""
        return _ways().offers(kind)

    def send(self, message: Message) -> str:
        """See :meth:`Delivery.send`."""
        return _ways().send(message)


class DeploymentLinks:
    """The port ``Links``: the key of ids, and where the carrier reaches us, too."""

    def key(self) -> bytes:
        """See :meth:`Links.key`."""
        from centralino.runtime import wiring

        return wiring.identity_key()

    def base(self) -> str:
        """See :meth:`Links.base`."""
        return str(settings(TelephonySettings).public_url).rstrip("/")


def outbox() -> Outbox | None:
    """Return what is kept instead of sent; ``None`` where messages are sent."""
    found = settings(DeliverySettings)
    return _outbox() if "outbox" in (found.sms_by, found.email_by) else None


@cache
def _ways() -> Delivery:
    found = settings(DeliverySettings)
    ways: dict[Kind, Callable[[], Way]] = {}
    if found.sms_by != "none":
        ways[Kind.SMS] = lambda: _way(found.sms_by, found.sms_sender)
    if found.email_by != "none":
        ways[Kind.EMAIL] = lambda: _way(found.email_by, found.email_sender)
    return Ways(ways)


def _way(name: str, sender: str) -> Way:
    if name == "outbox":
        return _outbox()
    if name == "twilio":
        from centralino.adapters.telephony.twilio.texts import TwilioTexts
        from centralino.runtime import wiring

        # For each message anew: a rotated secret is taken up.
        return TwilioTexts(wiring.twilio_api(wiring.twilio()), sender)
    from centralino.adapters.aws_messages import EndUserMessaging, Ses

    if name == "aws":
        return EndUserMessaging(_client("pinpoint-sms-voice-v2"), sender)
    if name == "ses":
        return Ses(_client("sesv2"), sender)
    raise CentralinoError("this way is not set up here", code="delivery_not_set_up")


@cache
def _outbox() -> Outbox:
    from centralino.runtime import wiring

    app = wiring.app()
    return Outbox(app.operations, app.clock)


@cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    # A request that is repeated may send a message twice.
    once = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1})
    return boto3.client(service, config=once)  # type: ignore[call-overload]
