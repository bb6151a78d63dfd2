"""Reads TwiML into verbs and decides whether a document is one the carrier can play.

Never plays anything. A verb the carrier does not have, or one in a place where it may not stand,
makes the document unusable; an attribute it does not have is reported and ignored, as the
carrier does.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from local.twilio.errors import TwimlError

LARGEST = 64 * 1024

_SPEECH = {"voice", "language", "loop"}
_CALLBACK = {"statusCallback", "statusCallbackMethod", "statusCallbackEvent"}
_RECORDING = {
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
}
ATTRIBUTES: dict[str, set[str]] = {
    "Say": _SPEECH,
    "Play": {"loop", "digits"},
    "Pause": {"length"},
    "Gather": {
        "action", "method", "input", "timeout", "numDigits", "finishOnKey", "language", "hints",
        "actionOnEmptyResult", "speechTimeout", "profanityFilter", "speechModel", "enhanced",
        "bargeIn", "debug", "maxSpeechTime", "partialResultCallback",
        "partialResultCallbackMethod",
    },
    "Enqueue": {"action", "method", "waitUrl", "waitUrlMethod", "workflowSid"},
    "Dial": {
        "action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId", "record", "trim",
        "answerOnBridge", "ringTone", "recordingTrack", "sequential", *_RECORDING,
    },
    "Conference": {
        "muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl", "waitMethod",
        "maxParticipants", "record", "region", "trim", "coach", "participantLabel",
        "jitterBufferSize", "eventCallbackUrl", *_CALLBACK, *_RECORDING,
    },
    "Number": {"sendDigits", "url", "method", "byoc", *_CALLBACK},
    "Record": {
        "action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim",
        "transcribe", "transcribeCallback", "recordingConfigurationId", *_RECORDING,
    },
    "Pay": {
        "action", "method", "input", "timeout", "maxAttempts", "securityCode", "postalCode",
        "minPostalCodeLength", "paymentConnector", "paymentMethod", "tokenType", "chargeAmount",
        "currency", "description", "validCardTypes", "language", "bankAccountType",
        "statusCallback", "statusCallbackMethod",
    },
    "Redirect": {"method"},
    "Hangup": set(),
    "Reject": {"reason"},
    "Leave": set(),
}  # fmt: skip
#: Speech markup that may stand in Say, with its attributes; ``xml:lang`` as it is read.
SSML: dict[str, set[str]] = {
    "break": {"strength", "time"},
    "emphasis": {"level"},
    "lang": {"{http://www.w3.org/XML/1998/namespace}lang"},
    "p": set(),
    "phoneme": {"alphabet", "ph"},
    "prosody": {"volume", "rate", "pitch"},
    "s": set(),
    "say-as": {"interpret-as", "format", "role"},
    "sub": {"alias"},
    "w": {"role"},
}
CHILDREN: dict[str, set[str]] = {
    "Response": set(ATTRIBUTES) - {"Conference", "Number"},
    "Gather": {"Say", "Play", "Pause"},
    "Dial": {"Conference", "Number"},
}
# What may be played to somebody who waits, by where they wait.
WAITING_IN_QUEUE = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Leave", "Hangup"})
WAITING_IN_CONFERENCE = frozenset({"Say", "Play", "Pause", "Redirect"})


@dataclass(frozen=True)
class Verb:
    """One TwiML element."""

    name: str
    text: str
    attributes: dict[str, str]
    children: tuple[Verb, ...] = ()

    def attribute(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def flag(self, name: str, default: bool) -> bool:
        """Read a true/false attribute."""
        return self.attributes.get(name, str(default)).lower() == "true"

    @property
    def loops(self) -> float:
        """How many times it is played: 0 in the document means until something stops it."""
        return self.seconds("loop", 1.0) or math.inf

    def seconds(self, name: str, default: float) -> float:
        """Read an attribute that is a whole number of seconds."""
        value = self.attributes.get(name, "")
        if not value:
            return default
        if not value.isdigit():
            raise TwimlError(12200, f"{self.name} {name}={value!r} is not a whole number")
        return float(value)


@dataclass(frozen=True)
class Document:
    """A document ready to be played. ``url`` is where relative addresses start from."""

    verbs: tuple[Verb, ...]
    url: str
    warnings: tuple[str, ...] = field(default=())


def parse(text: bytes | str, url: str = "") -> Document:
    """Read a TwiML document.

    Raises
    ------
    TwimlError
        12100 if the XML is malformed, 11750 if it is too large, 12200 if a verb is unknown or
        stands where it may not.
    """
    if len(text) > LARGEST:
        raise TwimlError(11750, f"the document has more than {LARGEST} bytes", url)
    try:
        # The product under test wrote it, on this machine: nobody hostile to guard against.
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise TwimlError(12100, f"the document is not XML: {error}", url) from None
    if root.tag != "Response":
        raise TwimlError(12100, f"the document starts with {root.tag!r}, not Response", url)
    warnings: list[str] = []
    verbs = _children(root, url, warnings)
    return Document(verbs, url, tuple(warnings))


def _children(element: ElementTree.Element, url: str, warnings: list[str]) -> tuple[Verb, ...]:
    allowed = CHILDREN.get(element.tag, set())
    verbs = []
    if element.tag == "Say":
        _speech(element, url, warnings)
        return ()
    for child in element:
        if child.tag not in allowed:
            raise TwimlError(12200, f"{child.tag!r} cannot stand in {element.tag}", url)
        for name in sorted(set(child.attrib) - ATTRIBUTES[child.tag]):
            warnings.append(f"{child.tag} has no attribute {name!r}")
        text = "".join(child.itertext()).strip() if child.tag == "Say" else (child.text or "")
        verbs.append(
            Verb(child.tag, text.strip(), dict(child.attrib), _children(child, url, warnings))
        )
    return tuple(verbs)


def _speech(element: ElementTree.Element, url: str, warnings: list[str]) -> None:
    """Check the speech markup in a Say, which is heard as text and not played as verbs."""
    for child in element.iter():
        if child is element:
            continue
        known = SSML.get(str(child.tag))
        if known is None:
            raise TwimlError(12200, f"{child.tag!r} cannot stand in Say", url)
        for name in sorted(set(child.attrib) - known):
            warnings.append(f"{child.tag} has no attribute {name!r}")
