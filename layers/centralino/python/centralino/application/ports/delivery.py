"""The port of what is sent to customers in writing: text messages and e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from centralino.domain.errors import CentralinoError


class Kind(StrEnum):
    """By which way a message goes."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be sent, once.

    Attributes
    ----------
    id : str
        What it is, whoever asks for it and however often: it is sent once. No personal data.
    to : str
        An E.164 number, or an address.
    sender : str
        The number of ours (E.164) a text message comes from, where the deployment names none.
    subject : str
        Of an e-mail; a text message has none.
    purpose : str
        What for, for the log and the provider's own records: ``callback``, ``code``, ``survey``.
    """

    id: str
    kind: Kind
    to: str
    language: str
    text: str
    purpose: str
    business_unit: str
    subject: str = ""
    sender: str = ""


class DeliveryUnknown(CentralinoError):
    """The message may have been sent: it must not be sent again."""

    code = "delivery_unknown"


class Delivery(Protocol):
    """Sends messages."""

    def offers(self, kind: Kind) -> bool:
        """Tell whether messages of a kind are sent here at all."""
        ...

    def send(self, message: Message) -> str:
        """Send a message and return the provider's name of it.

        Raises
        ------
        TransientDependency
            It was not sent; the same may work later.
        DeliveryUnknown
            It may have been sent.
        CentralinoError
            It is refused for good.
        """
        ...


class NoDelivery:
    """Sends nothing: where no way is set up."""

    def offers(self, kind: Kind) -> bool:  # noqa: ARG002 - the port's
        """Tell that nothing is sent."""
        return False

    def send(self, message: Message) -> str:
        """Refuse (``delivery_not_set_up``)."""
        raise CentralinoError(f"no {message.kind} is sent here", code="delivery_not_set_up")


class Links(Protocol):
    """What signed links are made of."""

    def key(self) -> bytes:
        """Return the deployment's key."""
        ...

    def base(self) -> str:
        """Return the base URL under which customers reach us."""
        ...


class NoLinks:
    """No links: where no address of ours is known."""

    def key(self) -> bytes:
        """Refuse (``links_not_set_up``)."""
        raise CentralinoError("links are not set up here", code="links_not_set_up")

    def base(self) -> str:
        """Refuse (``links_not_set_up``)."""
        raise CentralinoError("links are not set up here", code="links_not_set_up")
