"""The music of who waits: two soft chords, worked out here, so that nobody's rights are touched.

Decides how it sounds and that it can be played in a loop without a click.
"""

from __future__ import annotations

import math
from array import array
from functools import cache

RATE = 8_000
#: Seconds of one chord; each swells and dies away, so that the end meets the beginning.
CHORD_S = 4.0
#: C major and A minor around middle C, equal temperament with A at 440 Hz.
CHORDS_HZ = ((261.63, 329.63, 392.00), (220.00, 261.63, 329.63))
#: Of the full scale: quieter than a voice, so that words over it are understood.
LOUDNESS = 0.12


@cache
def samples() -> bytes:
    """Return the music as signed 16-bit mono samples at ``RATE``."""
    count = int(CHORD_S * RATE)
    peak = LOUDNESS * 32_767
    sound = array("h")
    for chord in CHORDS_HZ:
        turns = [2 * math.pi * tone / RATE for tone in chord]
        for place in range(count):
            swell = math.sin(math.pi * place / count) ** 2
            wave = sum(math.sin(turn * place) for turn in turns) / len(turns)
            sound.append(round(peak * swell * wave))
    return sound.tobytes()
