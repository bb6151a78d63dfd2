"""The port of spoken prompts, for providers that play files."""

from __future__ import annotations

from typing import Protocol

from centralino.domain.errors import TransientDependency
from centralino.domain.telephony.actions import Say


class Prompts(Protocol):
    """Gives what is said, and the music between, as files anybody on the call can fetch.

    The same words in the same voice are the same file.
    """

    def url(self, say: Say) -> str:
        """Return the address of the words as sound, made now if nobody has said them before.

        Raises ``TransientDependency`` when the file could neither be found nor made.
        """
        ...

    def music(self) -> str:
        """Return the address of the music for who waits or is on hold, empty for none."""
        ...


class SilentPrompts:
    """No voice and no music: whoever plays shows the words."""

    def url(self, say: Say) -> str:  # noqa: ARG002
        """Refuse, as a voice that cannot be reached does."""
        raise TransientDependency("no voice is set up here", code="no_voice")

    def music(self) -> str:
        """Return no address."""
        return ""
