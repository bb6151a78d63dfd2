"""Takes down what a person says during one Record verb.

Decides when the message is over: a key, silence, or the longest time. Never decides where the
call goes next.
"""

from __future__ import annotations

import asyncio

from local.twilio.model import Call, Timing
from local.twilio.twiml import Verb


class Taking:
    """One Record verb while it runs; ``seconds`` is what has been said up to now, silence cut."""

    def __init__(self, call: Call, timing: Timing, verb: Verb) -> None:
        self.longest = verb.seconds("maxLength", 3600.0)
        self.silence = verb.seconds("timeout", 5.0)
        self.keys = verb.attribute("finishOnKey", "1234567890*#")
        self.seconds = 0.0
        self.key = ""
        self.spoken = False
        self._call = call
        self._timing = timing
        self._begun = 0.0
        self._speech = 0.0
        self._moved = asyncio.Event()

    def press(self, key: str) -> bool:
        """Take one key; False when it does not end the message."""
        if self.key or key not in self.keys:
            return False
        self.key = key
        self._moved.set()
        return True

    def speak(self, seconds: float) -> None:
        """Speak from now on for ``seconds`` of protocol time."""
        self._speech += seconds
        self._moved.set()

    async def run(self) -> None:
        """Beep, and listen to the end."""
        self._call.hear("Beep", "")
        self._begun = self._now()
        while not self.key and (left := self._begun + self.longest - self._now()) > 0:
            if self._speech > 0:
                await self._speaks(min(self._speech, left))
            elif await self._quiet_for(min(self.silence, left)):
                return

    async def _speaks(self, seconds: float) -> None:
        self._speech = 0.0
        begun, whole = self._now(), False
        try:
            whole = await self._quiet_for(seconds)
        finally:
            # Also of somebody who hangs up in the middle of a word.
            self.seconds += seconds if whole else min(self._now() - begun, seconds)
            self.spoken = True
            self._call.wake()

    async def _quiet_for(self, seconds: float) -> bool:
        """Wait for a key or a word; True if none came for ``seconds``."""
        self._moved.clear()
        try:
            async with asyncio.timeout(seconds / self._timing.protocol_speed):
                await self._moved.wait()
        except TimeoutError:
            return True
        return False

    def _now(self) -> float:
        return asyncio.get_running_loop().time() * self._timing.protocol_speed
