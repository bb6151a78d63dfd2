"""Declarations, trials and the reference page agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from centralino.adapters.telephony.declared import declared
from centralino.domain.telephony.capabilities import Capability, Provider
from cli.generate import providers
from tests.contract.telephony.conformance.benches import BENCHES
from tests.contract.telephony.conformance.test_conformance import DECLARED
from tests.contract.telephony.conformance.trials import TRIALS

ROOT = Path(__file__).parents[4]


def test_every_capability_has_a_trial() -> None:
    assert set(TRIALS) == set(Capability)


def test_every_trial_is_of_something_that_some_adapter_declares() -> None:
    assert set(TRIALS) == {capability for able in declared().values() for capability in able}


def test_every_declared_capability_of_an_adapter_with_a_bench_is_tried() -> None:
    for provider in BENCHES:
        assert {one for of, one in DECLARED if of is provider} == declared()[provider]


def test_every_bench_is_of_an_adapter() -> None:
    assert {str(provider) for provider in BENCHES} <= set(declared())


def test_twilio_does_everything() -> None:
    assert declared()[Provider.TWILIO] == frozenset(Capability)


def test_the_page_shows_every_capability_and_every_adapter() -> None:
    page = providers.render()
    rows = {line.split("|")[1].strip(" `") for line in page.splitlines() if line.startswith("| `")}
    assert rows == {str(capability) for capability in Capability}
    for provider in declared():
        assert providers.NAMES[Provider(provider)] in page


@pytest.mark.parametrize("provider", sorted(declared()))
def test_the_page_says_what_each_adapter_declares(provider: str) -> None:
    lines = providers.render().splitlines()
    header = next(line for line in lines if line.startswith("| capability"))
    column = [cell.strip() for cell in header.split("|")].index(providers.NAMES[Provider(provider)])
    for line in lines:
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.split("|")]
            able = cells[1].strip("`") in {str(one) for one in declared()[provider]}
            assert (cells[column] == "yes") is able


def test_the_page_is_current() -> None:
    for path, text in providers.files():
        assert (ROOT / path).read_text(encoding="utf-8") == text
