"""Collects what a person keys in or says during one Gather.

Decides when the input is complete and when the person has been silent too long. Never decides
where the call goes next.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin

from local.twilio.model import Call, Timing
from local.twilio.twiml import Verb

KEYS = frozenset("0123456789*#")


class Gathering:
    """One Gather while it is open.

    Keys pressed while it is closed go nowhere, as on the real carrier, so a person must wait
    for the prompt to begin; during the prompt they interrupt it.
    """

    def __init__(self, call: Call, timing: Timing, verb: Verb) -> None:
        self.number = 0
        self.prompts = tuple(child.text for child in verb.children if child.name in ("Say", "Play"))
        self.num_digits = int(verb.seconds("numDigits", 0)) or None
        self.finish_key = verb.attribute("finishOnKey", "#")
        self.inputs = frozenset(verb.attribute("input", "dtmf").split())
        self.timeout = verb.seconds("timeout", 5.0)
        self._call = call
        self._timing = timing
        self._verb = verb
        self._digits = ""
        self._speech: str | None = None
        self._finished = False
        self._moved = asyncio.Event()

    def press(self, key: str) -> bool:
        """Take one key; False when it goes nowhere."""
        if self._finished or "dtmf" not in self.inputs or key not in KEYS:
            return False
        if key == self.finish_key:
            self._finished = True
        else:
            self._digits += key
            self._finished = len(self._digits) == self.num_digits
        self._moved.set()
        return True

    def say(self, text: str) -> bool:
        """Take what the person says; False when this Gather does not listen."""
        if self._finished or "speech" not in self.inputs:
            return False
        self._speech = text
        self._finished = True
        self._moved.set()
        return True

    async def run(self, base: str) -> dict[str, str] | None:
        """Play the prompts and wait; give the result's parameters, None if there is none."""
        for child in self._verb.children:
            if self._moved.is_set():
                break
            await self._quiet_for(self._begin(child, base))
        while not self._finished:
            self._moved.clear()
            if not await self._quiet_for(self.timeout):
                continue
            break
        self._finished = True
        if self._speech is not None:
            return {"SpeechResult": self._speech, "Confidence": "0.9"}
        if self._digits or self._verb.flag("actionOnEmptyResult", False):
            return {"Digits": self._digits}
        return None

    def _begin(self, child: Verb, base: str) -> float:
        if child.name == "Say":
            self._call.hear("Say", child.text)
            return child.loops * self._timing.speech(child.text)
        if child.name == "Play":
            url = urljoin(base, child.text)
            self._call.hear("Play", url)
            return child.loops * self._timing.media(url)
        self._call.hear("Pause", "")
        return child.seconds("length", 1.0)

    async def _quiet_for(self, seconds: float) -> bool:
        """Wait for input; True if none came for ``seconds``."""
        # Not wait_for: in Python 3.11 that loses a hang-up which comes together with a key.
        try:
            async with asyncio.timeout(seconds / self._timing.protocol_speed):
                await self._moved.wait()
        except TimeoutError:
            return True
        return False
