"""What robots say and hear: each has a tone of its own, and recognises those of the others.

Decides when a tone counts as heard. Sound is 8 kHz mono, as the codec PCMU carries it.
"""

from __future__ import annotations

import asyncio
import fractions
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

RATE = 8_000
FRAME = RATE // 50
#: Quieter than this, of 32,767, is silence.
SILENCE = 200.0
#: Of the energy of a frame, what a tone must have to be the one that is heard.
SHARE = 0.6
_LOUDNESS = 8_000


class Tone(MediaStreamTrack):
    """A steady tone, for as long as somebody takes frames of it.

    Parameters
    ----------
    hertz
        A multiple of 50, so that each frame ends where the next begins.

    Attributes
    ----------
    audible
        Whether it sounds; otherwise silence goes out, as from a muted microphone.
    """

    kind = "audio"

    def __init__(self, hertz: int) -> None:
        super().__init__()
        self.hertz = hertz
        self.audible = True
        turns = 2 * np.pi * hertz * np.arange(FRAME) / RATE
        self._samples = np.rint(_LOUDNESS * np.sin(turns)).astype("<i2").tobytes()
        self._began: float | None = None
        self._count = 0

    async def recv(self) -> AudioFrame:
        """Return the next 20 ms when they are due."""
        if self.readyState != "live":
            raise MediaStreamError
        now = time.monotonic()
        if self._began is None:
            self._began = now
        await asyncio.sleep(self._began + self._count * FRAME / RATE - now)
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(self._samples if self.audible else bytes(2 * FRAME))
        frame.sample_rate = RATE
        frame.time_base = fractions.Fraction(1, RATE)
        frame.pts = self._count * FRAME
        self._count += 1
        return frame


class Ear:
    """Listens to a track and counts the frames in which it recognised a tone.

    Attributes
    ----------
    heard
        Frames of 20 ms by the tone in them.
    open
        Whether what arrives is played; closed, the page does not let anybody hear it.
    """

    def __init__(self, tones: Sequence[int]) -> None:
        self._tones = tuple(tones)
        self.heard: Counter[int] = Counter()
        self.open = True

    async def listen(self, track: MediaStreamTrack) -> None:
        """Listen until the track ends."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if self.open and isinstance(frame, AudioFrame):
                tone = recognised(frame.to_ndarray().reshape(-1), frame.sample_rate, self._tones)
                if tone is not None:
                    self.heard[tone] += 1


def recognised(samples: np.ndarray, rate: int, tones: Sequence[int]) -> int | None:
    """Return the tone that makes up most of these samples, if one does.

    The share of the energy at one frequency is that of the Goertzel algorithm (Goertzel, 1958):
    the squared magnitude of one bin of the Fourier transform, over the whole.
    """
    sound = samples.astype(float)
    energy = float(np.mean(sound**2)) if sound.size else 0.0
    if energy < SILENCE**2:
        return None
    places = np.arange(sound.size)
    for tone in tones:
        part = abs(np.sum(sound * np.exp(-2j * np.pi * tone * places / rate))) / sound.size
        if 2 * part**2 > SHARE * energy:
            return tone
    return None
