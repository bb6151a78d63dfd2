"""What a SIP media application is used for here: answer, gather, queue, bridge to a phone."""

from __future__ import annotations

from centralino.domain.telephony.capabilities import Capability

CAPABILITIES: frozenset[Capability] = frozenset(
    {
        Capability.SAY,
        Capability.SPEECH_MARKUP,
        Capability.NAMED_VOICES,
        Capability.PAUSE,
        Capability.GATHER,
        Capability.QUEUE,
        Capability.BRIDGE,
        Capability.HANGUP,
    }
)
