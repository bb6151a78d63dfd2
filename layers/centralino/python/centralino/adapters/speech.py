"""How every provider speaks: the voice of each language, and text cut to what one takes."""

from __future__ import annotations

import re

#: language -> (language tag, voice of Amazon Polly). Voices by name, so that a change of a
#: provider's default does not change how a line sounds.
VOICES = {
    "en": ("en-GB", "Amy"),
    "it": ("it-IT", "Bianca"),
}
# XML 1.0 has no way to write these, escaped or not, and no voice a way to say them.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parts(text: str, most: int) -> list[str]:
    """Cut a text between words into pieces of at most ``most`` characters; empty gives none."""
    found: list[str] = []
    rest = text.strip()
    while len(rest) > most:
        cut = rest.rfind(" ", 1, most)
        cut = cut if cut > 0 else most
        found.append(rest[:cut])
        rest = rest[cut:].strip()
    return [*found, rest] if rest else found
