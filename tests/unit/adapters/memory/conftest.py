"""A clock and people for the in-memory ports."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.clock import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at one second."""
    return VirtualClock(1_000)
