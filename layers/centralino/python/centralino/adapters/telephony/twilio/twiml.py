"""Canonical actions written as TwiML, the carrier's own markup.

Decides voices, attributes and callback addresses. Never decides what a call does, and refuses a
list of actions whose later part could not be reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from twilio.twiml.voice_response import VoiceResponse

from centralino.adapters import speech
from centralino.adapters.speech import UNWRITABLE, parts
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.telephony import markup
from centralino.domain.telephony.actions import (
    Action,
    Bridge,
    Dial,
    Gather,
    Hangup,
    Message,
    Pause,
    Pay,
    Play,
    Prompt,
    Queue,
    Say,
    SendDigits,
)

#: language -> (language tag, voice), as the carrier names voices.
VOICES = {language: (tag, f"Polly.{name}") for language, (tag, name) in speech.VOICES.items()}
MAX_SAY_CHARACTERS = 4_000  # the carrier reads 4,096 of one verb
MAX_HINTS_CHARACTERS = 1_000
_XML_LANG = "xml:lang"
CONFERENCE_EVENTS = ("join", "leave")
_LAST = (Gather, Message, Pay, Dial, Queue, Bridge, Hangup)
#: What the carrier plays to a call without taking it out of its queue.
_IN_QUEUE = (Say, Play, Pause, Gather, Hangup)
MESSAGE_KEYS = "1234567890*#"
#: How often a caller may key in a card anew, the most the carrier allows.
PAY_TRIES = 3


def render(actions: Sequence[Action], urls: Urls, *, queued: bool = False) -> str:
    """Write actions as a TwiML document.

    Parameters
    ----------
    actions
        In order; none after a ``Gather``, ``Message``, ``Pay``, ``Dial``, ``Queue``, ``Bridge`` or
        ``Hangup``. No action at all is the right answer to a callback that asks for nothing.
    queued : bool
        Whether it answers a call that stands in the carrier's queue (:func:`.webhooks.queued`).
        There a document may neither dial, record nor take a payment: such actions are asked for
        again once the call has left, so nothing may hang on being said only now.

    Raises
    ------
    ValueError
        An action stands behind one that is always last.
    """
    if any(isinstance(action, _LAST) for action in actions[:-1]):
        raise ValueError("nothing can follow a Gather, Message, Pay, Dial, Queue, Bridge or Hangup")
    response = VoiceResponse()
    if not queued or all(isinstance(action, _IN_QUEUE) for action in actions):
        for action in actions:
            _write(response, action, urls, queued)
    elif isinstance(actions[-1], Queue):
        # The call is in line already; what is heard there follows at once.
        for action in actions[:-1]:
            _write(response, action, urls, queued)
        response.redirect(urls.wait(actions[-1].contact), method="POST")
    else:
        response.leave()
    return str(response)


def queue_name(contact: str) -> str:
    """Return the carrier's queue a contact waits in.

    The carrier's queues only hold calls; who is served next is decided here. A queue takes 1,000
    calls, so the last character of the id, a hash, spreads contacts over 32 of them.
    """
    return f"centralino-{contact[-1]}"


def _write(response: VoiceResponse, action: Action, urls: Urls, queued: bool) -> None:
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
                action=urls.menu(action.contact, action.step, queued=queued),
                method="POST",
                # Otherwise silence would fall through to the end of the document: a hang-up.
                action_on_empty_result=True,
                **_listening(action),
            )
            for prompt in action.prompts:
                _prompt(gather, prompt)
        case Message():
            _message(response, action, urls)
        case Pay():
            _pay(response, action, urls)
        case Dial():
            dial = response.dial(
                timeout=action.timeout_s,
                action=urls.dialled(action.contact, action.step),
                method="POST",
                **({"caller_id": action.caller_id} if action.caller_id else {}),
            )
            dial.number(action.number)
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
        case SendDigits():
            response.play(digits=action.digits)
        case Hangup():
            response.hangup()


def _message(response: VoiceResponse, message: Message, urls: Urls) -> None:
    for prompt in message.prompts:
        _prompt(response, prompt)
    end = urls.message(message.contact, message.step)
    response.record(
        max_length=message.longest_s,
        timeout=message.silence_s,
        finish_on_key=MESSAGE_KEYS,
        play_beep=True,
        action=end,
        method="POST",
    )
    # The carrier keeps an empty recording to itself and goes on in the document.
    response.redirect(end, method="POST")


def _pay(response: VoiceResponse, pay: Pay, urls: Urls) -> None:
    tag, _ = VOICES.get(pay.language, VOICES["en"])
    response.pay(
        input="dtmf",
        charge_amount=pay.amount,
        currency=pay.currency,
        description=UNWRITABLE.sub(" ", pay.description),
        language=tag,
        max_attempts=PAY_TRIES,
        # A keypad has no letters, which postal codes have in many countries.
        postal_code=False,
        action=urls.paid(pay.contact, pay.step),
        method="POST",
        **({"payment_connector": pay.connector} if pay.connector else {}),
    )


def _listening(gather: Gather) -> dict[str, str]:
    """Return what recognising speech needs: the language, and phrases to expect."""
    if not gather.speech:
        return {}
    tag, _ = VOICES.get(gather.speech, VOICES["en"])
    attributes = {"language": tag, "speech_timeout": "auto"}
    hints = ""
    for phrase in gather.hints:
        # A comma parts two hints.
        words = UNWRITABLE.sub(" ", phrase.replace(",", " ")).strip()
        longer = f"{hints}, {words}" if hints else words
        if len(longer) > MAX_HINTS_CHARACTERS:
            break
        hints = longer
    return {**attributes, "hints": hints} if hints else attributes


def _prompt(parent: VoiceResponse, prompt: Prompt) -> None:
    if isinstance(prompt, Play):
        parent.play(UNWRITABLE.sub("", prompt.url))
        return
    tag, usual = VOICES.get(prompt.language, VOICES["en"])
    voice = f"Polly.{prompt.voice}" if prompt.voice else usual
    if prompt.ssml:
        try:
            spoken = markup.parse(UNWRITABLE.sub(" ", prompt.text))
        except markup.Unspeakable:
            prompt = replace(prompt, text=markup.plain(prompt.text), ssml=False)
        else:
            _copy(spoken, parent.say(voice=voice, language=tag))
            return
    for part in parts(UNWRITABLE.sub(" ", prompt.text), MAX_SAY_CHARACTERS):
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
