"""Canonical actions written as TwiML, the carrier's own markup.

Decides voices, attributes and callback addresses. Never decides what a call does, and refuses a
list of actions whose later part could not be reached.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from twilio.twiml.voice_response import VoiceResponse

from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.telephony.actions import (
    Action,
    Bridge,
    Gather,
    Hangup,
    Pause,
    Queue,
    Say,
)

#: language -> (language tag, voice). Voices by name, so that a change of the carrier's default
#: does not change how a line sounds.
VOICES = {
    "en": ("en-GB", "Polly.Amy"),
    "it": ("it-IT", "Polly.Bianca"),
}
MAX_SAY_CHARACTERS = 4_000  # the carrier reads 4,096 of one verb
CONFERENCE_EVENTS = ("join", "leave")
_LAST = (Gather, Queue, Bridge, Hangup)
# XML 1.0 has no way to write these, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(actions: Sequence[Action], urls: Urls) -> str:
    """Write actions as a TwiML document.

    Parameters
    ----------
    actions
        In order; none after a ``Gather``, ``Queue``, ``Bridge`` or ``Hangup``. No action at all
        is the right answer to a callback that asks for nothing.

    Raises
    ------
    ValueError
        An action stands behind one that is always last.
    """
    if any(isinstance(action, _LAST) for action in actions[:-1]):
        raise ValueError("nothing can follow a Gather, Queue, Bridge or Hangup")
    response = VoiceResponse()
    for action in actions:
        _write(response, action, urls)
    return str(response)


def queue_name(contact: str) -> str:
    """Return the carrier's queue a contact waits in.

    The carrier's queues only hold calls; who is served next is decided here. A queue takes 1,000
    calls, so the last character of the id, a hash, spreads contacts over 32 of them.
    """
    return f"centralino-{contact[-1]}"


def _write(response: VoiceResponse, action: Action, urls: Urls) -> None:
    match action:
        case Say():
            _say(response, action)
        case Pause():
            response.pause(length=action.seconds)
        case Gather():
            gather = response.gather(
                input="dtmf",
                num_digits=action.digits,
                timeout=action.timeout_s,
                # With one digit every key is an answer; with several, # ends them.
                finish_on_key="" if action.digits == 1 else "#",
                action=urls.menu(action.contact, action.step),
                method="POST",
                # Otherwise silence would fall through to the end of the document: a hang-up.
                action_on_empty_result=True,
            )
            for prompt in action.prompts:
                _say(gather, prompt)
        case Queue():
            response.enqueue(
                name=queue_name(action.contact),
                action=urls.left(action.contact),
                method="POST",
                wait_url=urls.wait(action.contact),
                wait_url_method="POST",
            )
        case Bridge():
            dial = response.dial(action=urls.present(action.contact), method="POST")
            dial.conference(
                action.contact,
                beep="false",
                start_conference_on_enter=True,
                end_conference_on_exit=True,
                # An empty address is silence; none at all is the carrier's music.
                wait_url="",
                status_callback=urls.conference(action.contact),
                status_callback_method="POST",
                status_callback_event=" ".join(CONFERENCE_EVENTS),
            )
        case Hangup():
            response.hangup()


def _say(parent: VoiceResponse, say: Say) -> None:
    tag, voice = VOICES.get(say.language, VOICES["en"])
    for part in _parts(_UNWRITABLE.sub(" ", say.text)):
        parent.say(part, voice=voice, language=tag)


def _parts(text: str) -> list[str]:
    """Cut a text between words into pieces one verb can take; an empty text gives none."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > MAX_SAY_CHARACTERS:
        cut = rest.rfind(" ", 1, MAX_SAY_CHARACTERS)
        cut = cut if cut > 0 else MAX_SAY_CHARACTERS
        parts.append(rest[:cut])
        rest = rest[cut:].strip()
    return [*parts, rest] if rest else parts
