"""The port of the servers that help two pages find a way to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server; a TURN server's credentials end within minutes."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = field(default=None, repr=False)

    def plain(self) -> dict[str, Any]:
        """Return it as a page's ``RTCPeerConnection`` takes it."""
        return {"urls": [*self.urls], "username": self.username, "credential": self.credential}


class IceServers(Protocol):
    """Where pages get STUN and TURN servers from."""

    def servers(self) -> Sequence[IceServer]:
        """Return servers good for a connection begun now.

        Never raises: without a server two pages may still reach each other.
        """
        ...


class NoIceServers:
    """None: pages on one machine or one network need none."""

    def servers(self) -> Sequence[IceServer]:
        """Return no server."""
        return ()
