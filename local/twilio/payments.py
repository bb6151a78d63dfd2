"""Takes a payment by keypad, as the Pay verb does, and a gateway whose answers a test decides.

Card data stays between the person and this module: what is told to the product is the result,
and of the card what the carrier tells, its kind and last four digits.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field

from local.twilio.model import Call, Timing, new_sid
from local.twilio.twiml import Verb

LANGUAGES = frozenset(
    {"de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX", "es-US", "fr-CA",
     "fr-FR", "it-IT"}
)  # fmt: skip
_AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")
_CURRENCY = re.compile(r"[A-Za-z]{3}")


@dataclass
class Gateway:
    """The payment gateway behind a connector.

    Attributes
    ----------
    answers : deque of str
        What the next payments end with: ``approved``, ``declined`` or ``unreachable``; approved
        once there is none left.
    charged : list of (str, str)
        Amount and currency of each approved payment.
    """

    connectors: frozenset[str] = frozenset({"Default"})
    answers: deque[str] = field(default_factory=deque)
    charged: list[tuple[str, str]] = field(default_factory=list)

    def charge(self, amount: str, currency: str) -> str:
        answer = self.answers.popleft() if self.answers else "approved"
        if answer == "approved":
            self.charged.append((amount, currency))
        return answer


class Paying:
    """One Pay verb while it asks; ``asked`` is what it wants now."""

    def __init__(self, call: Call, timing: Timing, gateway: Gateway, verb: Verb) -> None:
        self.asked = ""
        self._call = call
        self._timing = timing
        self._gateway = gateway
        self._verb = verb
        self._keys = ""
        self._star = False
        self._moved = asyncio.Event()

    def press(self, key: str) -> bool:
        """Take one key."""
        if key == "*":
            self._star = True
        else:
            self._keys += key
        self._moved.set()
        return True

    async def run(self) -> dict[str, str]:
        """Ask for the card, charge it, and give what the action is told."""
        verb = self._verb
        amount, currency = verb.attribute("chargeAmount", "0"), verb.attribute("currency", "usd")
        usable = (
            _AMOUNT.fullmatch(amount)
            and _CURRENCY.fullmatch(currency)
            and verb.attribute("language", "en-US") in LANGUAGES
        )
        if not usable:
            return {"Result": "validation-error"}
        connector = verb.attribute("paymentConnector", "Default")
        if connector not in self._gateway.connectors:
            return {"Result": "payment-connector-error", "PaymentError": "Connector not found"}
        fields = [("payment-card-number", 16), ("expiration-date", 4)]
        if verb.flag("securityCode", True):
            fields.append(("security-code", 3))
        if verb.flag("postalCode", True):
            fields.append(("postal-code", 5))
        card: dict[str, str] = {}
        for name, length in fields:
            value = await self._ask(name, length)
            if value is None:
                star = "caller-interrupted-with-star"
                return {"Result": star if self._star else "too-many-failed-attempts"}
            card[name] = value
        return self._charge(card["payment-card-number"], amount, currency)

    def _charge(self, number: str, amount: str, currency: str) -> dict[str, str]:
        masked = {
            "PaymentMethod": "credit-card",
            "PaymentCardNumber": f"xxxxxxxxxxxx{number[-4:]}",
            "PaymentCardType": "visa" if number.startswith("4") else "mastercard",
            "ExpirationDate": "xxxx",
            "SecurityCode": "xxx",
        }
        answer = self._gateway.charge(amount, currency)
        if answer == "approved":
            code = new_sid("ch_")
            return {"Result": "success", "PaymentConfirmationCode": code, **masked}
        words = {"declined": "Your card was declined."}.get(answer, "The gateway did not answer.")
        return {"Result": "payment-connector-error", "PaymentError": words, **masked}

    async def _ask(self, name: str, length: int) -> str | None:
        """Ask until the answer is right; None after the last try, or after a star."""
        for _ in range(int(self._verb.seconds("maxAttempts", 1.0))):
            self.asked, self._keys = name, ""
            self._call.hear("Prompt", name)
            while len(self._keys.rstrip("#")) < length and not self._star:
                self._moved.clear()
                try:
                    async with asyncio.timeout(
                        self._verb.seconds("timeout", 5.0) / self._timing.protocol_speed
                    ):
                        await self._moved.wait()
                except TimeoutError:
                    break
            if self._star:
                return None
            value = self._keys.rstrip("#")[:length]
            if len(value) == length and (name != "payment-card-number" or _luhn(value)):
                return value
        return None


def _luhn(number: str) -> bool:
    """Check a card number's last digit, ISO/IEC 7812-1 annex B."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
