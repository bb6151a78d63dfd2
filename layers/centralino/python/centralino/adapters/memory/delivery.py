"""Messages that are sent nowhere and remembered, and links of a fixed key."""

from __future__ import annotations

from dataclasses import dataclass

from centralino.adapters.memory.faults import Faults
from centralino.application.ports.delivery import DeliveryUnknown, Kind, Message
from centralino.domain.errors import CentralinoError, TransientDependency


class MemoryDelivery:
    """The port ``Delivery``, recording.

    Like the real ones it knows no repetition: asked twice, it sends twice. A fault on
    ``delivery.send`` refuses, loses the reply, or kills whoever asks.

    Attributes
    ----------
    sent : list of Message
        Everything sent, in order.
    kinds : set of Kind
        What is offered.
    refused : set of str
        Numbers and addresses that the provider refuses.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self._faults = faults or Faults()
        self.sent: list[Message] = []
        self.kinds = set(Kind)
        self.refused: set[str] = set()

    def offers(self, kind: Kind) -> bool:
        """See :meth:`Delivery.offers`."""
        return kind in self.kinds

    def send(self, message: Message) -> str:
        """See :meth:`Delivery.send`."""
        self._faults.before("delivery.send")
        if message.to in self.refused:
            raise CentralinoError("the provider refuses", code="carrier_refused")
        self.sent.append(message)
        try:
            self._faults.after("delivery.send")
        except TransientDependency as error:
            raise DeliveryUnknown("the provider did not answer") from error
        return f"m{len(self.sent)}"


@dataclass(frozen=True, slots=True)
class FixedLinks:
    """The port ``Links`` with what it was given."""

    secret: bytes = b"k" * 32
    address: str = "https://api.example.com"

    def key(self) -> bytes:
        """See :meth:`Links.key`."""
        return self.secret

    def base(self) -> str:
        """See :meth:`Links.base`."""
        return self.address
