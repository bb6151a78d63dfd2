"""Amazon Polly's ``SynthesizeSpeech`` as far as the product uses it: what it takes and refuses.

Names, limits and refusals follow the Amazon Polly API reference (``SynthesizeSpeech``) and its
developer guide ("Supported SSML tags", "Available voices").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from local.speech.errors import Refusal

#: Characters of a request, and of those that are spoken.
LONGEST, LONGEST_SPOKEN = 6_000, 3_000
RATES = (8_000, 16_000)
ENGINES = ("standard", "neural", "long-form", "generative")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ELEMENTS = frozenset(
    {
        "break",
        "emphasis",
        "lang",
        "mark",
        "p",
        "phoneme",
        "prosody",
        "s",
        "say-as",
        "speak",
        "sub",
        "w",
    }
)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of Polly's: its language, its engines, and who speaks for it here."""

    tag: str
    engines: tuple[str, ...]
    stand_in: str


_BOTH = ("standard", "neural")
VOICES: Mapping[str, Voice] = {
    "Amy": Voice("en-GB", (*_BOTH, "generative"), "en+f3"),
    "Arthur": Voice("en-GB", ("neural",), "en+m3"),
    "Brian": Voice("en-GB", _BOTH, "en+m2"),
    "Emma": Voice("en-GB", _BOTH, "en+f2"),
    "Joanna": Voice("en-US", (*_BOTH, "generative"), "en-US+f3"),
    "Matthew": Voice("en-US", (*_BOTH, "generative"), "en-US+m3"),
    "Adriano": Voice("it-IT", ("neural",), "it+m3"),
    "Bianca": Voice("it-IT", (*_BOTH, "generative"), "it+f3"),
    "Carla": Voice("it-IT", ("standard",), "it+f2"),
    "Giorgio": Voice("it-IT", ("standard",), "it+m2"),
}

#: text, stand-in voice, samples a second, whether the text is markup -> samples.
Speak = Callable[[str, str, int, bool], bytes]


def synthesize(request: Mapping[str, Any], speak: Speak) -> tuple[bytes, int]:
    """Return the samples of a request and how many of its characters were spoken.

    Raises
    ------
    Refusal
        As Polly would refuse it.
    """
    text, kind = _text(request), request.get("TextType", "text")
    voice = VOICES.get(str(request.get("VoiceId")))
    if voice is None:
        raise _invalid("voiceId", request.get("VoiceId"), sorted(VOICES))
    engine = request.get("Engine", "standard")
    if engine not in ENGINES:
        raise _invalid("engine", engine, ENGINES)
    if engine not in voice.engines:
        raise Refusal(
            "EngineNotSupportedException", f"This voice does not support the engine: {engine}"
        )
    if request.get("OutputFormat") != "pcm":
        raise _invalid("outputFormat", request.get("OutputFormat"), ["pcm"])
    if kind not in ("ssml", "text"):
        raise _invalid("textType", kind, ["ssml", "text"])
    _check_language(request.get("LanguageCode"), voice)
    spoken = _spoken_of_markup(text, str(engine)) if kind == "ssml" else text
    if len(text) > LONGEST or len(spoken) > LONGEST_SPOKEN:
        raise Refusal("TextLengthExceededException", "Maximum text length has been exceeded")
    samples = speak(text, voice.stand_in, _rate(request.get("SampleRate")), kind == "ssml")
    return samples, len(spoken)


def _text(request: Mapping[str, Any]) -> str:
    text = request.get("Text")
    if not isinstance(text, str) or not text.strip():
        raise Refusal("ValidationException", "Value at 'text' failed to satisfy constraint")
    return text


def _check_language(tag: Any, voice: Voice) -> None:
    if tag is not None and tag != voice.tag:
        raise Refusal(
            "LanguageNotSupportedException", f"The voice does not speak the language {tag}"
        )


def _rate(given: Any) -> int:
    rate = int(given) if isinstance(given, str) and given.isdecimal() else 0
    if given is None:
        return RATES[-1]
    if rate not in RATES:
        raise Refusal("InvalidSampleRateException", f"Sample rate {given} is not valid for pcm")
    return rate


def _spoken_of_markup(ssml: str, engine: str) -> str:
    if "<!" in ssml:
        raise Refusal("InvalidSsmlException", "Invalid SSML request")
    try:
        root = ElementTree.fromstring(ssml.strip())  # noqa: S314 - no declarations, see above
    except ElementTree.ParseError:
        raise Refusal("InvalidSsmlException", "Invalid SSML request") from None
    if root.tag != "speak" or any(element.tag not in _ELEMENTS for element in root.iter()):
        raise Refusal("InvalidSsmlException", "Invalid SSML request")
    for element in root.iter():
        pitched = element.tag == "prosody" and "pitch" in element.attrib
        if engine == "neural" and (pitched or element.tag == "emphasis"):
            raise Refusal("InvalidSsmlException", "Unsupported Neural feature")
        if element.tag == "lang" and _LANGUAGE not in element.attrib:
            raise Refusal("InvalidSsmlException", "Invalid SSML request")
    return "".join(root.itertext())


def _invalid(field: str, value: Any, allowed: Any) -> Refusal:
    return Refusal(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy "
        f"constraint: Member must satisfy enum value set: [{', '.join(allowed)}]",
    )
