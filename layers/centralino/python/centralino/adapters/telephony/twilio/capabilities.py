"""Which canonical actions this adapter renders; a conformance suite is generated from it."""

from __future__ import annotations

from centralino.domain.telephony.capabilities import Capability

CAPABILITIES: frozenset[Capability] = frozenset(
    {
        Capability.SAY,
        Capability.SPEECH_MARKUP,
        Capability.NAMED_VOICES,
        Capability.PLAY,
        Capability.PAUSE,
        Capability.GATHER,
        Capability.SPEECH_INPUT,
        Capability.QUEUE,
        Capability.BRIDGE,
        Capability.HANGUP,
    }
)
