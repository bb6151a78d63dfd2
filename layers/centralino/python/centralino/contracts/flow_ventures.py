"""How a team writes the steps for which somebody else acts; see :mod:`.flow_file`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from centralino.contracts.fields import Duration, Id, Part
from centralino.contracts.flow_words import Digit, Timeout, Tries, WordsPart

#: E.164, or a variable that holds such a number.
NUMBER = r"^(\+[1-9][0-9]{5,14}|\{[a-z][a-z0-9_]{0,31}\})$"


class VoicemailPart(Part):
    """Take a message; it becomes a contact in a queue. ``otherwise`` where nothing was said."""

    do: Literal["voicemail"]
    texts: WordsPart
    queue: Id
    plan: Id
    then: Id
    otherwise: Id
    longest: Annotated[Duration, Field(ge=5_000, le=600_000)] = 120_000
    silence: Annotated[Duration, Field(ge=1_000, le=30_000)] = 5_000
    deadline: Annotated[Duration, Field(ge=60_000, le=2_592_000_000)] = 4 * 3_600_000


class TransferPart(Part):
    """Put the caller through to an outside number; ``otherwise`` where nobody answers."""

    do: Literal["transfer"]
    texts: WordsPart
    number: Annotated[str, Field(pattern=NUMBER)]
    then: Id
    otherwise: Id
    timeout: Annotated[Duration, Field(ge=5_000, le=120_000)] = 30_000


class PayPart(Part):
    """Have the provider take a payment; card data never reaches this product."""

    do: Literal["pay"]
    texts: WordsPart
    amount: Annotated[str, Field(min_length=1, max_length=60)]
    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")]
    then: Id
    otherwise: Id
    invalid: WordsPart
    description: Annotated[str, Field(max_length=120)] = ""
    connector: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,64}$")] = ""
    tries: Tries = 3


class ConsentPart(Part):
    """Ask for a consent and put the answer on record; ``otherwise`` where there is none."""

    do: Literal["consent"]
    texts: WordsPart
    purpose: Literal["recording", "survey", "sms", "email", "marketing"]
    text_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    then: Id
    otherwise: Id
    invalid: WordsPart
    yes: Digit = "1"
    no: Digit = "2"
    tries: Tries = 2
    timeout: Timeout = 5_000
    record: bool = False

    @model_validator(mode="after")
    def _sound(self) -> ConsentPart:
        if self.yes == self.no:
            raise ValueError("yes and no are the same key")
        if self.record and self.purpose != "recording":
            raise ValueError("record needs the purpose recording")
        return self


class OfferCallbackPart(Part):
    """Offer to call back; ``otherwise`` for who declines."""

    do: Literal["offer_callback"]
    texts: WordsPart
    ask: WordsPart
    invalid: WordsPart
    queue: Id
    plan: Id
    then: Id
    otherwise: Id
    digit: Digit = "1"
    other_digit: Digit = "2"
    tries: Tries = 3
    timeout: Timeout = 5_000

    @model_validator(mode="after")
    def _sound(self) -> OfferCallbackPart:
        if self.digit == self.other_digit:
            raise ValueError("digit and other_digit are the same key")
        return self


class PickTimePart(Part):
    """Let the caller pick the time of a call back, move the one that stands, or cancel it.

    The times and their keys are said after ``texts``; ``otherwise`` is for who stays in line.
    """

    do: Literal["pick_time"]
    texts: WordsPart
    invalid: WordsPart
    queue: Id
    plan: Id
    then: Id
    otherwise: Id
    tries: Tries = 3
    timeout: Timeout = 5_000


class SurveyPart(Part):
    """Ask one question whose answer is a score."""

    do: Literal["survey"]
    texts: WordsPart
    scale: Literal["csat", "nps", "ces"]
    invalid: WordsPart
    then: Id
    tries: Tries = 2
    timeout: Timeout = 5_000
