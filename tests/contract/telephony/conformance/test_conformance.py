"""Every adapter does what it declares."""

from __future__ import annotations

import pytest

from centralino.adapters.telephony.declared import capabilities_of
from centralino.domain.telephony.capabilities import Capability, Provider
from tests.contract.telephony.conformance.benches import BENCHES
from tests.contract.telephony.conformance.trials import TRIALS

DECLARED = [
    (provider, capability)
    for provider in BENCHES
    for capability in Capability
    if capability in (capabilities_of(provider) or ())
]


@pytest.mark.parametrize(("provider", "capability"), DECLARED)
def test_what_is_declared_works(provider: Provider, capability: Capability) -> None:
    with BENCHES[provider]() as bench:
        assert bench.provider is provider
        TRIALS[capability](bench)
