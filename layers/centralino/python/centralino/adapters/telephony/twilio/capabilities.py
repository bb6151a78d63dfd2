"""What this adapter can do; the conformance suite tries each of it."""

from __future__ import annotations

from centralino.domain.telephony.capabilities import Capability

CAPABILITIES: frozenset[Capability] = frozenset(Capability)
