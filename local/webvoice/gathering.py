"""Keys that a page is asked for: what ends them, and what they came to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any


class Gathering:
    """Keys that are being asked for. ``texts`` is what is said meanwhile."""

    def __init__(self, action: Mapping[str, Any], number: int) -> None:
        self.number = number
        self.step = str(action["step"])
        self.texts = [str(prompt.get("text") or "") for prompt in action["prompts"]]
        self._most = int(action["digits"])
        self._keys = ""
        self.moved = asyncio.Event()
        self.done = False

    @property
    def keys(self) -> str:
        """What was pressed, without the key that ends it."""
        return self._keys

    def press(self, key: str) -> bool:
        """Take a key; False when no more are listened for."""
        if self.done:
            return False
        if key == "#" and self._most > 1:
            self.done = True
        else:
            self._keys += key
            self.done = len(self._keys) >= self._most
        self.moved.set()
        return True
