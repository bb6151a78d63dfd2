"""The library espeak-ng: text in, samples out.

Decides how the library is called. It speaks with one voice at a time and keeps its state in the
process, so whoever speaks waits for the one before.
"""

from __future__ import annotations

import ctypes
import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from local.speech.errors import SpeechError, SpeechUnavailable

# Values of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_BY_CHARACTER = 1
_UTF8, _SSML, _PHONEMES = 0x01, 0x10, 0x100
_OK = 0
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)
_SPEAKING = threading.Lock()


class Synthesizer:
    """The library, loaded once.

    Raises
    ------
    SpeechUnavailable
        It is not installed, or is not for this machine.
    """

    def __init__(self) -> None:
        self._library = _load()
        self._heard: list[bytes] = []
        # Kept, because the library keeps only the address.
        self._listener = _CALLBACK(self._listen)
        self._library.espeak_SetSynthCallback(self._listener)

    def speak(self, text: str, voice: str, rate: int, *, ssml: bool) -> bytes:
        """Return text as signed 16-bit mono samples.

        Parameters
        ----------
        voice
            A name of espeak-ng's own, such as ``it+f3``.
        rate
            Samples a second.
        """
        data = text.encode() + b"\0"
        with _SPEAKING:
            self._heard.clear()
            if self._library.espeak_SetVoiceByName(voice.encode()) != _OK:
                raise SpeechError(f"the synthesizer has no voice {voice}")
            flags = _UTF8 | (_SSML | _PHONEMES if ssml else 0)
            done = self._library.espeak_Synth(
                data, len(data), 0, _BY_CHARACTER, 0, flags, None, None
            )
            if done != _OK:
                raise SpeechError(f"the synthesizer failed with {done}")
            spoken = b"".join(self._heard)
        return _resampled(spoken, own_rate(), rate)

    def _listen(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._heard.append(ctypes.string_at(samples, count * 2))
        return 0


def own_rate() -> int:
    """Return the samples a second that the library makes."""
    _load()
    return _RATE[0]


_RATE = [0]


@cache
def _load() -> ctypes.CDLL:
    try:
        import espeakng_loader  # type: ignore[import-untyped]
    except ImportError:
        raise SpeechUnavailable(
            "the speech synthesizer is missing: `make setup` installs espeakng-loader"
        ) from None
    library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    try:
        loaded = ctypes.CDLL(library)
    except OSError as error:
        raise SpeechUnavailable(f"the speech synthesizer does not load here: {error}") from None
    # The library looks for a folder of this name in the one it is given.
    rate = loaded.espeak_Initialize(_SYNCHRONOUS, 0, str(Path(data).parent).encode(), _DONT_EXIT)
    if rate <= 0:
        raise SpeechUnavailable(f"the speech synthesizer finds no voices in {data}")
    loaded.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    _RATE[0] = rate
    return loaded


def _resampled(samples: bytes, own: int, wanted: int) -> bytes:
    """Return samples at another rate, straight lines drawn between them."""
    sound = np.frombuffer(samples, dtype="<i2").astype(np.float64)
    if not sound.size:
        return b""
    count = max(1, round(sound.size * wanted / own))
    # Averaged over the new step first: what is too high for the new rate would come back as noise.
    width = max(1, round(own / wanted))
    if width > 1:
        sound = np.convolve(sound, np.ones(width) / width, mode="same")
    places = np.arange(count) * (own / wanted)
    drawn = np.interp(places, np.arange(sound.size), sound)
    return bytes(np.rint(drawn).astype("<i2").tobytes())
