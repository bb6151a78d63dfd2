"""Speech markup (SSML) in the few elements that every voice we use knows.

Decides whether markup can be spoken, and gives the words without it where it cannot. Elements and
attributes are those that W3C "Speech Synthesis Markup Language 1.1" and Amazon Polly share.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element

#: Element -> its attributes.
ELEMENTS: dict[str, frozenset[str]] = {
    "break": frozenset({"strength", "time"}),
    "emphasis": frozenset({"level"}),
    "lang": frozenset({"{http://www.w3.org/XML/1998/namespace}lang"}),
    "p": frozenset(),
    "phoneme": frozenset({"alphabet", "ph"}),
    "prosody": frozenset({"volume", "rate", "pitch"}),
    "s": frozenset(),
    "say-as": frozenset({"interpret-as", "format"}),
    "sub": frozenset({"alias"}),
    "w": frozenset({"role"}),
}
#: What the carriers read of one piece of markup.
LONGEST = 3_000
_TAG = re.compile(r"<[^<>]*>")


class Unspeakable(ValueError):
    """The markup cannot be spoken; the message says why, without quoting it."""


def parse(ssml: str) -> Element:
    """Return markup as an element ``speak``.

    Raises
    ------
    Unspeakable
        It is no well-formed XML, declares entities, or has an element or attribute that not
        every voice knows.
    """
    if "<!" in ssml or "<?" in ssml:
        raise Unspeakable("speech markup has neither declarations nor instructions")
    if len(ssml) > LONGEST:
        raise Unspeakable(f"speech markup is over {LONGEST} characters")
    whole = ssml.strip()
    if not whole.startswith("<speak"):
        whole = f"<speak>{whole}</speak>"
    try:
        # Without declarations there are no entities to expand; the length is bounded.
        root = ElementTree.fromstring(whole)  # noqa: S314
    except ElementTree.ParseError as error:
        column = error.position[1]
        raise Unspeakable(f"speech markup is not well formed (column {column})") from None
    if root.tag != "speak":
        raise Unspeakable("speech markup begins with <speak>")
    for element in root.iter():
        if element is root:
            continue
        known = ELEMENTS.get(str(element.tag))
        if known is None:
            raise Unspeakable(f"speech markup has no element {element.tag!r}")
        strange = sorted(set(element.attrib) - known)
        if strange:
            raise Unspeakable(f"<{element.tag}> has no attribute {strange[0]!r}")
    return root


def plain(ssml: str) -> str:
    """Return the words of markup that may not be well formed."""
    text = _TAG.sub(" ", ssml)
    for entity, character in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("apos", "'"), ("amp", "&")):
        text = text.replace(f"&{entity};", character)
    return " ".join(text.split())
