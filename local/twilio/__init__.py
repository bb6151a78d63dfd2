"""A stateful fake of the carrier Twilio Voice, for tests, the demo and simulations.

It serves the REST API on loopback, sends signed webhooks to the product, plays the TwiML it is
given and moves simulated people through it. `Carrier` is the way in.
"""

from local.twilio.behaviours import (
    Answers,
    Caller,
    LeavesMessage,
    NeverAnswers,
    Pays,
    Refuses,
    silent,
)
from local.twilio.carrier import Carrier, CarrierThread
from local.twilio.errors import CallEnded
from local.twilio.journal import RestEntry, WebhookEntry
from local.twilio.model import Call, Timing
from local.twilio.people import Person, Script
from local.twilio.webhooks import sign

__all__ = [
    "Answers",
    "Call",
    "CallEnded",
    "Caller",
    "Carrier",
    "CarrierThread",
    "LeavesMessage",
    "NeverAnswers",
    "Pays",
    "Person",
    "Refuses",
    "RestEntry",
    "Script",
    "Timing",
    "WebhookEntry",
    "sign",
    "silent",
]
