"""Pages on the deployed product: one voice for all of them, nobody in the room between tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.exchange import Exchange
from tests.support.webvoice import WebCentre, opened


@pytest.fixture(scope="session")
def voiced(seeded_exchange: Exchange) -> Iterator[WebCentre]:
    """The deployed product with a voice, once per run."""
    with opened(seeded_exchange) as centre:
        yield centre


@pytest.fixture
def centre(voiced: WebCentre, exchange: Exchange) -> Iterator[WebCentre]:
    """The deployed product with nobody on the line and no agent at work."""
    yield voiced
    voiced.go_home()
