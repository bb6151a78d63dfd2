"""The carrier in memory: what it was asked, what it made of it, what it can tell."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.dialler import MemoryDialler
from centralino.adapters.memory.faults import Crash, Faults
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError, TransientDependency

CONTACT = Contact("ct_1", ContactState.DIALING, "demo")


def ring(dialler: MemoryDialler, attempt: str = "cb_1#1") -> None:
    dialler.ring_into(CONTACT, attempt, "+391", "+392", detect=True)


def test_a_call_made_is_found_by_its_attempt_and_no_other() -> None:
    dialler = MemoryDialler()
    ring(dialler)
    (call,) = dialler.calls
    assert (call.number, call.caller_id, call.joined, call.detect) == ("+391", "+392", True, True)
    assert dialler.found(CONTACT, "cb_1#1") == call.call
    assert dialler.found(CONTACT, "cb_1#2") is None


def test_asked_twice_it_rings_twice() -> None:
    dialler = MemoryDialler()
    ring(dialler)
    ring(dialler)
    assert len({call.call for call in dialler.calls}) == 2


def test_a_call_that_asks_what_to_do_is_told_apart() -> None:
    dialler = MemoryDialler()
    dialler.ring(CONTACT, "cb_1#1", "+391", "+392", detect=False)
    assert not dialler.calls[0].joined


def test_faults_lose_the_request_or_its_reply() -> None:
    faults = Faults()
    dialler = MemoryDialler(faults)
    faults.refuse("dialler.ring_into")
    with pytest.raises(TransientDependency):
        ring(dialler)
    assert dialler.calls == []
    faults.lose_reply("dialler.ring_into")
    with pytest.raises(TransientDependency):
        ring(dialler)
    assert len(dialler.calls) == 1
    faults.crash_after("dialler.ring_into")
    with pytest.raises(Crash):
        ring(dialler)
    assert len(dialler.calls) == 2


def test_a_mute_carrier_tells_nothing_and_a_refused_customer_is_not_called() -> None:
    dialler = MemoryDialler()
    dialler.mute = True
    with pytest.raises(TransientDependency):
        dialler.found(CONTACT, "cb_1#1")
    dialler.refused.add(CONTACT.id)
    with pytest.raises(CentralinoError, match="refuses"):
        ring(dialler)
    assert dialler.calls == []
