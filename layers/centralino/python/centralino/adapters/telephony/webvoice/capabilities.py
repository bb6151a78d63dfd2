"""What calls between pages can do.

No carrier stands between, so there is nobody to record, to take a payment, to reach a telephone
number, to listen for words, or to tell an answering machine. Pages have no menus to be got through
by keys either, and could not hear them: a browser sends tones, but tells its page of none.
"""

from __future__ import annotations

from centralino.domain.telephony.capabilities import Capability

CAPABILITIES = frozenset(
    {
        Capability.SAY,
        Capability.SPEECH_MARKUP,
        Capability.NAMED_VOICES,
        Capability.PLAY,
        Capability.PAUSE,
        Capability.GATHER,
        Capability.QUEUE,
        Capability.BRIDGE,
        Capability.HANGUP,
        Capability.HOLD,
        Capability.RESUME,
        Capability.MUTE,
        Capability.CONSULT,
        Capability.MERGE,
        Capability.TRANSFER,
        Capability.MONITOR,
        Capability.COACH,
        Capability.BARGE,
        Capability.BROWSER_LEG,
    }
)
