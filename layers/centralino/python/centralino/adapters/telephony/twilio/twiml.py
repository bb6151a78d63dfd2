"""Canonical actions written as TwiML, the carrier's own markup.

Decides voices, attributes and callback addresses. Never decides what a call does, and refuses a
list of actions whose later part could not be reached.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from twilio.twiml.voice_response import VoiceResponse

from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.telephony import markup
from centralino.domain.telephony.actions import (
    Action,
    Bridge,
    Gather,
    Hangup,
    Pause,
    Play,
    Prompt,
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
MAX_HINTS_CHARACTERS = 1_000
_XML_LANG = "xml:lang"
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
        case Say() | Play():
            _prompt(response, action)
        case Pause():
            response.pause(length=action.seconds)
        case Gather():
            gather = response.gather(
                input="dtmf speech" if action.speech else "dtmf",
                num_digits=action.digits,
                timeout=action.timeout_s,
                # With one digit every key is an answer; with several, # ends them.
                finish_on_key="" if action.digits == 1 else "#",
                action=urls.menu(action.contact, action.step),
                method="POST",
                # Otherwise silence would fall through to the end of the document: a hang-up.
                action_on_empty_result=True,
                **_listening(action),
            )
            for prompt in action.prompts:
                _prompt(gather, prompt)
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


def _listening(gather: Gather) -> dict[str, str]:
    """Return what recognising speech needs: the language, and phrases to expect."""
    if not gather.speech:
        return {}
    tag, _ = VOICES.get(gather.speech, VOICES["en"])
    attributes = {"language": tag, "speech_timeout": "auto"}
    hints = ""
    for phrase in gather.hints:
        # A comma parts two hints.
        words = _UNWRITABLE.sub(" ", phrase.replace(",", " ")).strip()
        longer = f"{hints}, {words}" if hints else words
        if len(longer) > MAX_HINTS_CHARACTERS:
            break
        hints = longer
    return {**attributes, "hints": hints} if hints else attributes


def _prompt(parent: VoiceResponse, prompt: Prompt) -> None:
    if isinstance(prompt, Play):
        parent.play(_UNWRITABLE.sub("", prompt.url))
        return
    tag, usual = VOICES.get(prompt.language, VOICES["en"])
    voice = f"Polly.{prompt.voice}" if prompt.voice else usual
    if prompt.ssml:
        try:
            spoken = markup.parse(_UNWRITABLE.sub(" ", prompt.text))
        except markup.Unspeakable:
            prompt = replace(prompt, text=markup.plain(prompt.text), ssml=False)
        else:
            _copy(spoken, parent.say(voice=voice, language=tag))
            return
    for part in _parts(_UNWRITABLE.sub(" ", prompt.text)):
        parent.say(part, voice=voice, language=tag)


def _copy(source: Element, to: Any) -> None:
    """Write speech markup into a verb: the library takes elements and texts one by one."""
    if source.text:
        to.nest(source.text)
    for child in source:
        node = to.add_child(str(child.tag))
        for name, value in child.attrib.items():
            node.attrs[_XML_LANG if name.endswith("}lang") else name] = value
        _copy(child, node)
        if child.tail:
            to.nest(child.tail)


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
