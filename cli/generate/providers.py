"""``docs/reference/providers/README.md``: which provider can do what, from the declarations.

Decides how a declaration is shown. Never declares one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from centralino.adapters.telephony.declared import declared
from centralino.domain.telephony.capabilities import Capability, Provider

PAGE = Path("docs/reference/providers/README.md")
NAMES = {
    Provider.TWILIO: "Twilio Voice",
    Provider.WEBVOICE: "Web voice",
    Provider.CHIME: "Chime SIP media application",
}
_PAGES = {
    Provider.TWILIO: "twilio.md",
    Provider.WEBVOICE: "webvoice.md",
    Provider.CHIME: "chime.md",
}
_MEANINGS = {
    Capability.SAY: "speak a text",
    Capability.SPEECH_MARKUP: "speak with pauses, emphasis and other markup",
    Capability.NAMED_VOICES: "speak with a voice that a flow names",
    Capability.PLAY: "play a recorded file",
    Capability.PAUSE: "be silent for a while",
    Capability.GATHER: "ask for keys",
    Capability.SPEECH_INPUT: "ask for words",
    Capability.QUEUE: "wait in line",
    Capability.BRIDGE: "talk to an agent",
    Capability.HANGUP: "end the call",
    Capability.MESSAGE: "take a spoken message",
    Capability.PAY: "take a payment; card data passes from the caller to the provider alone",
    Capability.DIAL: "be put through to an outside number by the flow",
    Capability.HOLD: "put the caller on hold",
    Capability.RESUME: "take the caller off hold",
    Capability.MUTE: "let nobody hear the agent, who hears on",
    Capability.SEND_DIGITS: "let the other side hear keys that the agent presses",
    Capability.OUTSIDE: "ring an outside number into a conversation",
    Capability.CONSULT: "talk to a third party while the caller is held",
    Capability.MERGE: "bring caller, agent and third party together",
    Capability.TRANSFER: "leave the caller with the third party",
    Capability.MONITOR: "let a supervisor listen",
    Capability.COACH: "let a supervisor be heard by the agent alone",
    Capability.BARGE: "let a supervisor be heard by all",
    Capability.RECORD: "record the call",
    Capability.PAUSE_RECORDING: "leave a part out of the recording",
    Capability.RESUME_RECORDING: "record again",
    Capability.RING: "call a customer",
    Capability.DETECT_MACHINE: "tell a person from an answering machine",
    Capability.BROWSER_LEG: "an agent's browser is the telephone",
}
_INTRODUCTION = """\
# Telephony providers

<!-- Written by `make schemas` from the declarations of the adapters; do not edit. -->

A contact keeps the provider its call came in on. A flow that needs what the provider of a line
cannot do is refused for that line. Every declaration of an adapter with a test bench is tried by
the conformance suite under `tests/contract/telephony/conformance`.
"""


def render() -> str:
    """Return the page."""
    able = declared()
    shown = [provider for provider in Provider if provider in able]
    lines = [
        f"| capability | what it is | {' | '.join(NAMES[one] for one in shown)} |",
        "|---|---|" + "---|" * len(shown),
    ]
    for capability in Capability:
        cells = " | ".join("yes" if capability in able[one] else "no" for one in shown)
        lines.append(f"| `{capability}` | {_MEANINGS[capability]} | {cells} |")
    return f"{_INTRODUCTION}\n{chr(10).join(lines)}\n\n{_pages(shown)}"


def files() -> Iterator[tuple[Path, str]]:
    """Yield the path under the checkout and the text of the page."""
    yield PAGE, render()


def _pages(shown: list[Provider]) -> str:
    root = Path(__file__).resolve().parents[2] / PAGE.parent
    links = [f"[{NAMES[one]}]({_PAGES[one]})" for one in shown if (root / _PAGES[one]).exists()]
    return f"How each of them is spoken to: {', '.join(links)}.\n"
