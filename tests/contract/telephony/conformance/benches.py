"""The adapters that take part in the conformance suite."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from centralino.domain.telephony.capabilities import Provider
from tests.contract.telephony.conformance import chime, twilio, webvoice
from tests.contract.telephony.conformance.bench import Bench

BENCHES: dict[Provider, Callable[[], AbstractContextManager[Bench]]] = {
    Provider.TWILIO: twilio.open_bench,
    Provider.WEBVOICE: webvoice.open_bench,
    Provider.CHIME: chime.open_bench,
}
