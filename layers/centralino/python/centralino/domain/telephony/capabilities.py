"""What a provider can do: an adapter declares which of these it has.

The conformance suite tries every declared one on every adapter, a flow is refused on a line whose
provider lacks one it needs, and the reference of providers is generated from the declarations.
"""

from __future__ import annotations

from enum import StrEnum


class Provider(StrEnum):
    """Who carries calls. A contact keeps the one it came in on."""

    TWILIO = "twilio"
    WEBVOICE = "webvoice"
    CHIME = "chime"


class Capability(StrEnum):
    """One thing a call can do or have done to it; the names are those of the canonical actions."""

    SAY = "Say"
    SPEECH_MARKUP = "Say:ssml"
    NAMED_VOICES = "Say:voice"
    PLAY = "Play"
    PAUSE = "Pause"
    GATHER = "Gather"
    SPEECH_INPUT = "Gather:speech"
    QUEUE = "Queue"
    BRIDGE = "Bridge"
    HANGUP = "Hangup"
    #: Take a spoken message of the caller.
    MESSAGE = "Message"
    #: Take a payment; card data passes from the caller to the provider alone.
    PAY = "Pay"
    #: Leave for an outside number from the flow.
    DIAL = "Dial"
    HOLD = "Hold"
    RESUME = "Resume"
    #: Let nobody hear an agent, who hears on.
    MUTE = "Mute"
    #: Have the other side hear keys pressed by the agent.
    SEND_DIGITS = "SendDigits"
    #: Ring an outside number into a conversation.
    OUTSIDE = "Outside"
    CONSULT = "Consult"
    MERGE = "Merge"
    TRANSFER = "Transfer"
    MONITOR = "Monitor"
    COACH = "Coach"
    BARGE = "Barge"
    RECORD = "Record"
    PAUSE_RECORDING = "PauseRecording"
    RESUME_RECORDING = "ResumeRecording"
    #: Call a customer.
    RING = "Ring"
    #: Tell a person from an answering machine.
    DETECT_MACHINE = "DetectMachine"
    #: An agent's browser is a telephone by an access token.
    BROWSER_LEG = "BrowserLeg"
