"""Fixtures of every test that needs a cloud: here, so that one run has one cloud, deployed once.

See tests/support/cloud.py and tests/support/exchange.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.cloud import (  # noqa: F401 - pytest finds fixtures by name
    cloud_session,
    deployment,
    embedded_endpoint,
    product_session,
    tables,
)
from tests.support.exchange import exchange, seeded_exchange  # noqa: F401

_ON_THE_CLOUD = frozenset({"integration", "chaos", "e2e"})
_CLOUD_FIXTURES = frozenset(
    {"cloud_session", "deployment", "embedded_endpoint", "exchange", "product_session", "tables"}
)


def pytest_configure(config: pytest.Config) -> None:
    """Know the marker below where pytest-xdist is not loaded."""
    config.addinivalue_line("markers", "xdist_group(name): keep together on one worker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests of the cloud on one worker: with `-n N --dist loadgroup` a run has one cloud.

    They mostly wait, so the other worker has the processor meanwhile. The templates are
    synthesized once for the same reason.
    """
    for item in items:
        parts, fixtures = set(item.path.parts), set(getattr(item, "fixturenames", ()))
        if _ON_THE_CLOUD & parts or _CLOUD_FIXTURES & fixtures:
            item.add_marker(pytest.mark.xdist_group("embedded-cloud"))
        elif "infra" in parts:
            item.add_marker(pytest.mark.xdist_group("templates"))


@pytest.fixture(scope="session", autouse=True)
def _no_aws_settings() -> Iterator[None]:
    """The developer's own AWS profile, keys and endpoint play no part in a test."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.setenv("AWS_CONFIG_FILE", os.devnull)
        environment.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield
