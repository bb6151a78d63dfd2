"""What each provider can do, as its adapter declares it: who reads a flow needs no adapter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from centralino.domain.telephony.capabilities import Capability, Provider


@cache
def capabilities_of(provider: str) -> frozenset[Capability] | None:
    """Return what a provider can do; ``None`` for one that has no adapter here."""
    if provider not in {known.value for known in Provider}:
        return None
    name = f"centralino.adapters.telephony.{provider}.capabilities"
    try:
        module = import_module(name)
    except ModuleNotFoundError:
        return None
    declared: frozenset[Capability] = module.CAPABILITIES
    return declared


def declared() -> Mapping[str, frozenset[Capability]]:
    """Return what every provider with an adapter can do, by name."""
    found = {provider.value: capabilities_of(provider.value) for provider in Provider}
    return {provider: able for provider, able in found.items() if able is not None}
