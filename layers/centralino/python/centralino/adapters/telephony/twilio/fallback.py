"""What a caller hears when none of our webhooks answers: one static document per language.

Decides its words' order and its file's name. It is played without us, so nothing in it may lead
back to us: it apologises, rings the emergency number where there is one, and ends the call.
"""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from centralino.adapters.telephony.twilio.twiml import VOICES
from centralino.domain.telephony import phrases

CONTENT_TYPE = "application/xml; charset=utf-8"
#: How long the emergency number rings, in seconds.
RING_S = 30


def file_name(language: str) -> str:
    """Return the name of the document in a language, ``voice-en.xml``."""
    return f"voice-{language}.xml"


def document(language: str, emergency: str = "") -> str:
    """Return the document.

    Parameters
    ----------
    language : str
        ``en`` or ``it``; any other is spoken to in English.
    emergency : str
        E.164 number that the caller is put through to; empty for none.
    """
    spoken = language if language in phrases.OUT_OF_ORDER else "en"
    tag, voice = VOICES.get(spoken, VOICES["en"])
    response = VoiceResponse()

    def say(words: phrases.Texts) -> None:
        response.say(words[spoken], voice=voice, language=tag)

    say(phrases.OUT_OF_ORDER)
    if emergency:
        say(phrases.TO_EMERGENCY)
        response.dial(timeout=RING_S).number(emergency)
    # After a conversation the document goes on here too: its words suit both.
    say(phrases.CALL_AGAIN)
    response.hangup()
    return str(response)
