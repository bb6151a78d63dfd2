"""The number a call came from is known for as long as the call, and no longer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.adapters.threads import ThreadFanOut
from centralino.application import callers
from centralino.application.callbacks import items as callback_items
from centralino.domain.errors import TransientDependency
from tests.support.centre import Centre
from tests.unit.application.test_callback_story import offering, press

CUSTOMER = "+393330000001"


def test_the_number_goes_with_the_end_of_the_call() -> None:
    centre = offering()
    contact_id = centre.ring()
    centre.relay()
    assert callers.number_of(centre.app, contact_id) == CUSTOMER
    press(centre, contact_id, "1")
    centre.relay()
    assert callers.number_of(centre.app, contact_id) == CUSTOMER, "who waits may ask yet"
    centre.caller_leaves(contact_id)
    centre.relay()
    assert callers.number_of(centre.app, contact_id) is None
    centre.relay()
    assert callers.number_of(centre.app, contact_id) is None


def test_who_is_to_be_called_back_is_called_at_it_although_the_call_has_ended() -> None:
    centre = offering()
    contact_id = centre.ring()
    for key in ("2", "1"):
        press(centre, contact_id, key)
    assert centre.contact(contact_id).ended
    centre.relay()
    assert callers.number_of(centre.app, contact_id) is None
    centre.agent()
    centre.drain_nudged()
    (child,) = [c for c in centre.world.store.contacts() if c.previous == contact_id]
    assert callback_items.number_of(centre.app, child.id, child.queue) == CUSTOMER


def test_a_first_message_that_comes_again_after_the_end_leaves_no_number() -> None:
    centre = offering()
    contact_id = centre.ring()
    centre.relay()
    centre.caller_leaves(contact_id)
    centre.relay()
    # As in the functions: the number is written whatever becomes of the contact beside it.
    centre.app = replace(centre.app, fan_out=ThreadFanOut())
    assert centre.ring() == contact_id
    assert callers.number_of(centre.app, contact_id) is None


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_relay_that_fails_meanwhile_deletes_it_the_next_time(effect: str) -> None:
    centre = offering()
    contact_id = centre.ring()
    centre.relay()
    centre.caller_leaves(contact_id)
    last = [centre.contact(contact_id)]
    faults = centre.world.faults
    if effect == "before":
        faults.refuse("operations.delete")
        with pytest.raises(TransientDependency):
            callers.forget_ended(centre.app, last)
    else:
        faults.crash_after("operations.delete")
        with pytest.raises(Crash):
            callers.forget_ended(centre.app, last)
    callers.forget_ended(centre.app, [*last, *last])
    assert callers.number_of(centre.app, contact_id) is None


def test_where_no_flow_calls_back_the_end_of_a_call_costs_nothing_more() -> None:
    centre = Centre()
    contact_id = centre.ring()
    centre.caller_leaves(contact_id)
    centre.world.faults.refuse("operations.delete", times=None)
    callers.forget_ended(centre.app, [centre.contact(contact_id)])


def test_a_call_that_goes_on_keeps_it() -> None:
    centre = offering()
    contact_id = centre.ring()
    callers.forget_ended(centre.app, [centre.contact(contact_id)])
    assert callers.number_of(centre.app, contact_id) == CUSTOMER
