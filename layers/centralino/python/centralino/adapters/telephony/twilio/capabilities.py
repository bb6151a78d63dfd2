"""Which canonical actions this adapter renders; a conformance suite is generated from it."""

from __future__ import annotations

from centralino.domain.telephony.actions import NAMED_VOICES, SPEECH_INPUT, SPEECH_MARKUP

CAPABILITIES: frozenset[str] = frozenset(
    {
        "Say",
        "Play",
        "Pause",
        "Gather",
        "Queue",
        "Bridge",
        "Hangup",
        NAMED_VOICES,
        SPEECH_INPUT,
        SPEECH_MARKUP,
    }
)
