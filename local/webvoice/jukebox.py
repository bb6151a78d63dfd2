"""The prompts a page plays: fetched once, as a browser with its cache does.

Decides that a prompt is a WAV file somebody could hear. How long it takes is how long it plays.
"""

from __future__ import annotations

import asyncio
import io
import wave

import aiohttp

from local.webvoice.errors import PageError

#: A sentence without a file takes so long a character, as a page's own voice would.
SPOKEN_S = 0.06


class Jukebox:
    """Fetches prompts, one request for each address.

    Attributes
    ----------
    fetched
        Seconds of every file so far, by its address.
    wordless
        Prompts that came without a file.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._pending: dict[str, asyncio.Task[float]] = {}
        self.fetched: dict[str, float] = {}
        self.wordless = 0

    async def seconds(self, url: str | None, text: str | None) -> float:
        """Return how long a prompt plays.

        Raises
        ------
        PageError
            There is no such file, or it is no sound.
        """
        if not url:
            self.wordless += 1
            return len(text or "") * SPOKEN_S
        if url not in self.fetched:
            if url not in self._pending:
                self._pending[url] = asyncio.create_task(self._fetch(url))
            pending = self._pending[url]
            try:
                # Whoever stops listening does not stop the fetching for the others.
                self.fetched[url] = await asyncio.shield(pending)
            finally:
                if pending.done():
                    self._pending.pop(url, None)
        return self.fetched[url]

    async def _fetch(self, url: str) -> float:
        try:
            async with self._session.get(url) as answer:
                data = await answer.read()
                if answer.status != 200:
                    raise PageError(f"a prompt cannot be fetched: {answer.status} {url}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise PageError(f"a prompt cannot be fetched: {error} {url}") from None
        try:
            with wave.open(io.BytesIO(data)) as sound:
                return float(sound.getnframes() / sound.getframerate())
        except (wave.Error, EOFError) as error:
            raise PageError(f"a prompt is no sound: {error} {url}") from None
