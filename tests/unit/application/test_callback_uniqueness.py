"""One open callback per customer and topic, whoever asks, however many at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from centralino.application import legs, offers
from centralino.application.callbacks import desk
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.desk import Viewer
from centralino.domain.callbacks.model import callback_id, contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.errors import Forbidden
from centralino.domain.telephony.commands import LegJoined
from tests.contract.store.people import at_once
from tests.unit.application.calling_back import ask, asked, caller, centre_with, sound
from tests.unit.application.picking_times import pick, picking_centre, tomorrow
from tests.unit.application.test_callback_ledger import booked, number


def test_of_32_who_ask_at_once_for_one_customer_one_is_booked() -> None:
    centre = centre_with(CallbackRules(per_day=50))
    waiting = [caller(centre, f"CA{index}", number=number(1)) for index in range(32)]

    def ask_for(index: int) -> str:
        answer = ask(centre, waiting[index], number(1))
        # Who comes while another is being booked is asked to come again, and is told of it then.
        if answer.reason == "try_again":
            answer = ask(centre, centre.contact(waiting[index].id), number(1))
        return f"{answer.outcome} {answer.callback_id}"

    found = at_once(32, ask_for)
    open_ = [c for c in centre.world.store.contacts() if c.owes_callback]
    assert len(open_) == 1
    name = callback_id(open_[0].id)
    assert sum(answer == f"booked {name}" for answer in found) == 1
    told = {answer for answer in found if not answer.startswith("refused")}
    assert told <= {f"booked {name}", f"already {name}"}
    sound(centre)


def test_who_has_picked_a_time_is_told_that_time_again() -> None:
    centre = picking_centre()
    at = callback_slots.free(centre.app, "sales", tomorrow(centre), tomorrow(centre, 11))[0].start
    first = pick(centre, at)
    assert first.outcome == "booked"
    again = pick(centre, None)
    later = pick(centre, at + 3_600_000)
    for answer in (again, later):
        assert (answer.outcome, answer.callback_id) == ("already", first.callback_id)
        assert answer.window == first.window
        assert answer.expected_at == at


def test_who_keeps_the_place_in_line_is_told_it_again() -> None:
    centre = centre_with(CallbackRules(delay_ms=600_000))
    back = asked(centre)
    again = ask(centre, caller(centre, "CA2"))
    assert (again.outcome, again.callback_id) == ("already", callback_id(back))
    stored = centre.contact(back).callback
    assert stored is not None
    assert again.expected_at == stored.not_before


def test_two_customers_on_one_number_have_a_callback_each() -> None:
    centre = centre_with()
    shared = number(1)
    mother = caller(centre, "CA1", number=shared)
    son = replace(caller(centre, "CA2", number=shared), subject="su_son")
    son = replace(son, version=son.version + 1)
    centre.world.store.save_contact(son)
    one, two = ask(centre, mother, shared), ask(centre, son, shared)
    assert (one.outcome, two.outcome) == ("booked", "booked")
    assert one.callback_id != two.callback_id
    again = ask(centre, caller(centre, "CA3", number=shared), shared)
    assert (again.outcome, again.callback_id) == ("already", one.callback_id)


def test_the_order_of_two_requests_does_not_matter() -> None:
    for order in permutations((0, 1)):
        centre = centre_with()
        found = [
            ask(centre, caller(centre, f"CA{index}", number=number(1)), number(1))
            for index in order
        ]
        assert [answer.outcome for answer in found] == ["booked", "already"]
        assert len({answer.callback_id for answer in found}) == 1


def test_an_agent_who_takes_it_first_has_it() -> None:
    """Two agents want the same one: who is second is told so, and nothing is lost."""
    centre = centre_with()
    name = booked(centre, 1)
    back = contact_of(name)
    ann, bob = centre.agent("ann"), centre.agent("bob")
    rid = centre.contact(back).rid or ""
    holder = centre.contact(back).agent
    other = bob if holder == ann else ann
    with pytest.raises(Exception, match="offer") as refused:
        offers.accept(centre.app, other, back, rid, "api")
    assert refused.value is not None
    offers.accept(centre.app, holder or "", back, rid, "api")
    legs.joined(centre.app, LegJoined(back, "CAagent", rid))
    with pytest.raises(Forbidden):
        desk.reassign(centre.app, Viewer(other), name, queue="support", agent=None, cause="c")
    assert centre.contact(back).agent == holder
    sound(centre)
