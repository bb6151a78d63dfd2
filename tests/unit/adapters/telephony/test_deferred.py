"""Each operation goes to the provider of the contact, with everything it was asked with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.telephony.deferred import (
    DeferredDialler,
    DeferredMedia,
    DeferredSupervision,
)
from centralino.adapters.telephony.twilio.dialler import TwilioDialler
from centralino.adapters.telephony.twilio.supervision import TwilioSupervision
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.application.ports import NoDialler, NoSupervision
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import RuleViolation
from centralino.runtime import providers, wiring
from centralino.runtime.twilio import Twilio
from tests.unit.adapters.telephony.samples import ACCOUNT, CONTACT

CALLED = Contact(CONTACT, ContactState.CONNECTED, "demo", provider="twilio")


class Noted:
    """Answers to every method with its name and what it was called with."""

    def __init__(self, provider: str) -> None:
        self.provider = provider

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **named: ASKED.append((self.provider, name, args, named)) or "found"


ASKED: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = []


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    ASKED.clear()


def test_supervision_goes_to_the_provider_of_the_contact() -> None:
    port = DeferredSupervision(Noted)
    other = replace(CALLED, provider="webvoice")
    port.listen(CALLED, "leg", "ag_1", "coach", "rid")
    port.change(other, "leg", "barge", "rid")
    port.leave(CALLED, "leg")
    assert [
        ("twilio", "listen", (CALLED, "leg", "ag_1", "coach", "rid"), {}),
        ("webvoice", "change", (other, "leg", "barge", "rid"), {}),
        ("twilio", "leave", (CALLED, "leg"), {}),
    ] == ASKED


def test_muting_and_keys_go_to_the_provider_of_the_contact() -> None:
    port = DeferredMedia(Noted)
    other = replace(CALLED, provider="webvoice")
    port.mute_agent(CALLED, "rid")
    port.unmute_agent(other, "rid")
    port.send_digits(CALLED, None, "press-01")
    assert [
        ("twilio", "mute_agent", (CALLED, "rid"), {}),
        ("webvoice", "unmute_agent", (other, "rid"), {}),
        ("twilio", "send_digits", (CALLED, None, "press-01"), {}),
    ] == ASKED


def test_dialling_goes_to_the_provider_of_the_contact() -> None:
    port = DeferredDialler(Noted)
    port.ring_into(CALLED, "cb", "+39", "+44", detect=True)
    port.ring(CALLED, "cb", "+39", "+44", detect=False, message=True)
    assert port.found(CALLED, "cb") == "found"
    assert ASKED == [
        ("twilio", "ring_into", (CALLED, "cb", "+39", "+44"), {"detect": True}),
        ("twilio", "ring", (CALLED, "cb", "+39", "+44"), {"detect": False, "message": True}),
        ("twilio", "found", (CALLED, "cb"), {}),
    ]


def test_each_provider_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Twilio(ACCOUNT, "token", Urls("https://api.example.com"))
    monkeypatch.setattr(wiring, "twilio", lambda: account)
    monkeypatch.setattr(wiring, "twilio_api", lambda _: None)
    assert isinstance(providers.supervision("twilio"), TwilioSupervision)
    assert isinstance(providers.dialler("twilio"), TwilioDialler)


@pytest.mark.parametrize("provider", ["chime", "", "another"])
def test_a_provider_without_one_says_so(provider: str) -> None:
    assert isinstance(providers.supervision(provider), NoSupervision)
    dialler = providers.dialler(provider)
    assert isinstance(dialler, NoDialler)
    with pytest.raises(RuleViolation):
        dialler.ring(CALLED, "cb", "+39", "+44", detect=False)
