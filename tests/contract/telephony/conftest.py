"""The carrier's OpenAPI document and servers that hold the adapter to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.twilio.spec import DOCUMENT, TwilioSpec
from tests.contract.telephony.stub import Stub, running


@pytest.fixture(scope="session")
def spec() -> TwilioSpec:
    found = TwilioSpec.find()
    if found is None:
        pytest.skip(f"{DOCUMENT} is not there (CENTRALINO_SHARED says where): nothing to hold to")
    return found


@pytest.fixture
def stub(spec: TwilioSpec) -> Iterator[Stub]:
    with running(spec) as server:
        yield server
