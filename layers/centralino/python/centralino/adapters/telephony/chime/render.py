"""Canonical actions as the reply of a SIP media application, schema 1.0."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from typing import Any

from centralino.adapters.speech import VOICES
from centralino.adapters.telephony.chime.events import AGENT, CALLER, CONTACT, STEP, WAITING
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import markup

#: As the service allows in one reply.
MOST_ACTIONS = 10
LONGEST_TEXT = 3_000
LONGEST_PAUSE_S = 300
_BETWEEN_DIGITS_MS = 3_000

Reply = dict[str, Any]


def reply(actions: Sequence[Reply], kept: dict[str, str]) -> Reply:
    """Return the answer to an invocation; what does not fit is left out at the front."""
    return {
        "SchemaVersion": "1.0",
        "Actions": list(actions)[-MOST_ACTIONS:],
        "TransactionAttributes": kept,
    }


def rendered(
    actions: Sequence[act.Action], call_id: str, kept: dict[str, str]
) -> tuple[list[Reply], dict[str, str]]:
    """Return the service's actions, and what the transaction is to keep from now on.

    Raises
    ------
    ValueError
        An action that this provider does not have: flows with it are refused beforehand.
    """
    made: list[Reply] = []
    after = {key: value for key, value in kept.items() if key not in (STEP, WAITING)}
    for action in actions:
        match action:
            case act.Say():
                made.append(_action("Speak", {**_speech(action), "CallId": call_id}))
            case act.Pause():
                after[WAITING] = "1"
                made.append(_pause(action.seconds, call_id))
            case act.Gather():
                *before, last = _prompts(action)
                made += [_action("Speak", {**_speech(say), "CallId": call_id}) for say in before]
                made.append(_gather(action, last, call_id))
                after |= {CONTACT: action.contact, STEP: action.step}
            case act.Queue():
                after |= {CONTACT: action.contact, WAITING: "1"}
            case act.Bridge():
                # The two ends are bridged by the call to the agent's phone.
                after[CONTACT] = action.contact
            case act.Hangup():
                made += [hang_up(CALLER), hang_up(AGENT)]
            case _:
                raise ValueError(f"a SIP media application cannot do this: {action!r}")
    return made, after


def bridge(phone: str, caller_id: str, timeout_s: int) -> Reply:
    """Return the action that rings a phone and joins it with the caller."""
    return _action(
        "CallAndBridge",
        {
            "CallTimeoutSeconds": timeout_s,
            "CallerIdNumber": caller_id,
            "Endpoints": [{"Uri": phone, "BridgeEndpointType": "PSTN"}],
        },
    )


def hang_up(tag: str) -> Reply:
    """Return the action that ends a leg."""
    return _action("Hangup", {"SipResponseCode": "0", "ParticipantTag": tag})


def _action(kind: str, parameters: dict[str, Any]) -> Reply:
    return {"Type": kind, "Parameters": parameters}


def _pause(seconds: int, call_id: str) -> Reply:
    ms = min(seconds, LONGEST_PAUSE_S) * 1000
    return _action("Pause", {"DurationInMilliseconds": str(ms), "CallId": call_id})


def _gather(action: act.Gather, said: act.Say, call_id: str) -> Reply:
    speech = _speech(said)
    return _action(
        "SpeakAndGetDigits",
        {
            "CallId": call_id,
            "SpeechParameters": speech,
            "MinNumberOfDigits": 1,
            "MaxNumberOfDigits": action.digits,
            "TerminatorDigits": ["#"] if action.digits > 1 else [],
            "InputDigitsRegex": rf"^[0-9*#]{{1,{action.digits}}}$",
            "InBetweenDigitsDurationInMilliseconds": _BETWEEN_DIGITS_MS,
            "RepeatDurationInMilliseconds": action.timeout_s * 1000,
            "Repeat": 1,
        },
    )


def _prompts(action: act.Gather) -> list[act.Say]:
    """Return what is said before an answer: something always, since the service insists."""
    said = [prompt for prompt in action.prompts if isinstance(prompt, act.Say)]
    return said or [act.Say('<speak><break time="1ms"/></speak>', "en", ssml=True)]


def _speech(say: act.Say) -> dict[str, str]:
    code, voice = VOICES.get(say.language, VOICES["en"])
    text, kind = say.text, "text"
    if say.ssml:
        text, kind = _markup(say.text)
    return {
        "Text": text[:LONGEST_TEXT],
        "TextType": kind,
        "Engine": "neural",
        "LanguageCode": code,
        "VoiceId": say.voice or voice,
    }


def _markup(text: str) -> tuple[str, str]:
    """Return speech markup, or plain words where it cannot be spoken."""
    try:
        return ElementTree.tostring(markup.parse(text), encoding="unicode"), "ssml"
    except markup.Unspeakable:
        return markup.plain(text), "text"
