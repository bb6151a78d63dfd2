"""What stands against rules at a moment: everybody whom they would leave behind."""

from __future__ import annotations

import pytest

from centralino.application import agents, calls, offers, publishing
from centralino.application.callbacks import commands as callbacks
from centralino.application.publishing import Refused
from centralino.application.publishing_checks import LARGEST_BYTES
from centralino.contracts.configuration import ConfigurationError
from centralino.domain.agents.model import AgentState
from centralino.domain.configuration.releases import Release, renumbered
from centralino.domain.telephony.commands import CallArrived
from tests.support.centre import KEY
from tests.unit.application.calling_back import CUSTOMER
from tests.unit.application.picking_times import plan_days, tomorrow
from tests.unit.application.publishing_desk import (
    APART,
    ONE_QUEUE,
    TEXT,
    Desk,
    draft,
    queue,
    rules,
)
from tests.unit.application.test_offers import rid_of, talk
from tests.unit.contracts.rules_file import FULL, edited, text_of


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --------------------------------------------------------------------------- who is left behind


def test_a_queue_is_not_removed_while_contacts_wait_in_it(desk: Desk) -> None:
    waiting = [desk.centre.queue(f"CA{n}", "2") for n in range(2)]
    (refusal,) = desk.refusals(ONE_QUEUE)
    assert refusal == (
        "queue support is removed while 2 contacts wait in it: publish first that no flow leads "
        "to it, and remove it once it is empty"
    )
    for contact_id in waiting:
        desk.centre.caller_leaves(contact_id)
    assert desk.refusals(ONE_QUEUE) == ()
    desk.apply(ONE_QUEUE)


def test_a_queue_is_not_removed_while_it_owes_callbacks_at_a_time(desk: Desk) -> None:
    plan_days(desk.centre, "support", 10, days=2)
    booked = callbacks.book(
        desk.centre.app,
        queue="support",
        number=CUSTOMER,
        line=None,
        topic=None,
        key=KEY,
        cause="api",
        at=tomorrow(desk.centre),
    )
    assert desk.refusals(ONE_QUEUE) == (
        "queue support is removed while 1 customer is to be called back by it: "
        "reassign or cancel these callbacks first",
    )
    callbacks.cancel(desk.centre.app, booked.callback_id or "", "customer", "api")
    assert desk.refusals(ONE_QUEUE) == ()


def test_a_queue_does_not_change_its_pool_while_contacts_wait_in_it(desk: Desk) -> None:
    contact_id = desk.centre.queue("CA1", "2")
    assert desk.refusals(rules(profiles=APART)) == (
        "queue support moves from pool sales to pool support while 1 contact waits in it: "
        "publish once they have been served",
    )
    desk.centre.caller_leaves(contact_id)
    assert desk.refusals(rules(profiles=APART)) == ()


def test_a_plan_or_shards_in_use_are_not_given_up(desk: Desk) -> None:
    wide = rules(queues={"sales": queue(plans=["again", "voice"], shards=64), "support": queue()})
    desk.apply(wide)
    contact_id = desk.centre.queue()
    shard = desk.centre.contact(contact_id).shard
    assert shard > 0
    (refusal,) = desk.refusals(rules())
    assert refusal == (
        "queue sales goes from 64 shards to 1 while 1 contact waits in those that go: "
        "publish once they have been served"
    )
    (refusal,) = desk.refusals(
        rules(queues={"sales": queue(plans=["again"], shards=64), "support": queue()},
              flows={"main": {"start": "a", "steps": {"a": {"do": "hangup", "texts": TEXT}}}})
    )  # fmt: skip
    assert refusal.startswith("queue sales gives up plan voice while 1 contact waits under it")


def test_a_change_that_leaves_nobody_behind_is_allowed_whoever_waits(desk: Desk) -> None:
    desk.centre.queue()
    desk.centre.agent()
    desk.centre.queue("CA2", "2")
    changed = rules(
        queues={"sales": queue(tier=3, wrap_up="5s", shards=8), "support": queue(), "x": queue()},
        profiles={"sales": {"queues": ["sales"]}, "all": {"queues": ["sales", "support", "x"]},
                  "new": {"queues": ["x"]}},
    )  # fmt: skip
    assert desk.refusals(changed) == ()


def test_a_profile_is_not_removed_or_moved_while_its_agents_are_signed_in(desk: Desk) -> None:
    ann, bob = desk.centre.agent("ann", "all"), desk.centre.agent("bob", "all")
    agents.set_state(desk.centre.app, bob, AgentState.NOT_READY, "lunch", "api")
    desk.centre.agent("eve", "all", ready=False)
    gone = rules(profiles={"sales": {"queues": ["sales", "support"]}})
    assert desk.refusals(gone) == (
        "routing profile all is removed while 2 agents are signed in under it: "
        "publish once they have signed out",
    )
    agents.set_state(desk.centre.app, bob, AgentState.OFFLINE, None, "api")
    assert desk.refusals(rules(profiles=APART)) == (
        "routing profile all moves from pool sales to pool support while 1 agent is signed in "
        "under it: publish once they have signed out",
    )
    agents.set_state(desk.centre.app, ann, AgentState.OFFLINE, None, "api")
    assert desk.refusals(gone) == ()
    assert desk.refusals(rules(profiles=APART)) == ()


def test_a_channel_is_not_taken_from_agents_who_are_signed_in_with_it(desk: Desk) -> None:
    both = {"queues": ["sales", "support"], "capacity": {"voice": 1, "chat": 2}}
    desk.apply(rules(profiles={"sales": {"queues": ["sales"]}, "all": both}))
    ann = desk.centre.agent("ann", "all")
    desk.centre.agent("bob", "sales")
    assert desk.refusals(rules()) == (
        "routing profile all gives up a channel or shards while 1 agent is signed in under it: "
        "publish once they have signed out",
    )
    agents.set_state(desk.centre.app, ann, AgentState.OFFLINE, None, "api")
    desk.apply(rules())
    desk.centre.ready(ann)
    assert desk.centre.contact(desk.centre.queue("CA1", "2")).agent == ann


def test_a_queue_is_not_removed_while_agents_are_busy_for_it(desk: Desk) -> None:
    ann = desk.centre.agent("ann", "all")
    contact_id = desk.centre.queue("CA1", "2")
    expected = (
        "queue support is removed while 1 contact of it is with agents: publish once they are done",
    )
    assert desk.centre.state(contact_id) == "OFFERED"
    assert desk.refusals(ONE_QUEUE) == expected
    talk(desk.centre, contact_id, ann)
    assert desk.refusals(ONE_QUEUE) == expected
    agents.set_state(desk.centre.app, ann, AgentState.OFFLINE, None, "api")
    desk.centre.caller_leaves(contact_id)
    assert desk.centre.state(contact_id) == "WRAPUP"
    assert desk.refusals(ONE_QUEUE) == expected
    agents.dispose(desk.centre.app, ann, contact_id, "resolved", "api")
    assert desk.refusals(ONE_QUEUE) == ()


def test_who_calls_between_plan_and_apply_is_seen(desk: Desk) -> None:
    plan = desk.plan(rules(profiles=APART))
    assert plan.refusals == ()
    desk.centre.queue("CA1", "2")
    with pytest.raises(Refused):
        publishing.publish(desk.office, plan, "ada")


def test_who_calls_after_the_checks_is_served_all_the_same(desk: Desk) -> None:
    # The functions go by the old rules for up to 30 s: this caller was put in the old pool.
    contact_id = desk.centre.queue("CA1", "2")
    base = desk.office.releases.in_force()
    assert base is not None
    late = renumbered(draft(rules(profiles=APART)).rules, base.number + 1)
    now = desk.centre.world.clock.now()
    desk.office.releases.put_in_force(Release(late, base.number, now, "ada"))
    ann = desk.centre.agent("ann", "all")
    assert desk.centre.state(contact_id) == "WAITING"
    desk.centre.sweep()
    assert desk.centre.contact(contact_id).agent == ann


# --------------------------------------------------------------------------- other refusals


def test_hours_whose_last_day_has_passed_are_refused(desk: Desk) -> None:
    past = {"zone": "Europe/Rome", "week": {}, "days": {"2001-01-01": ["09:00-18:00"]}}
    assert desk.refusals(rules(hours={"fair": past})) == (
        "hours fair never open again: no day of them lies ahead",
    )
    future = {**past, "week": {"mon": ["09:00-18:00"]}}
    assert desk.refusals(rules(hours={"fair": future})) == ()


def test_a_file_beyond_what_a_table_holds_is_refused(desk: Desk) -> None:
    long = rules() + "#" + "x" * LARGEST_BYTES
    assert desk.plan(long).refusals == ()  # it changes nothing
    bigger = rules(queues={"sales": queue(tier=2), "support": queue()}) + "#" + "x" * LARGEST_BYTES
    (refusal,) = desk.refusals(bigger)
    assert refusal.startswith("the file takes 35")


def test_an_unknown_holiday_calendar_is_refused_with_its_line() -> None:
    text = text_of(edited("hours", "office", "holidays", value="ZZ"))
    (line,) = [n for n, row in enumerate(text.splitlines(), 1) if "holidays: ZZ" in row]
    with pytest.raises(
        ConfigurationError, match=f"rules.yaml:{line}: .*unknown holiday calendar 'ZZ'"
    ):
        publishing.drafted(text, "rules.yaml", lambda name: name == "IT")
    assert publishing.drafted(text_of(FULL), "rules.yaml", lambda name: name == "IT")


def test_a_call_in_a_menu_keeps_its_flow_when_its_line_goes(desk: Desk) -> None:
    contact_id = desk.centre.ring()
    text = rules(queues={"sales": queue(), "support": queue()}, lines={}, flows={})
    assert desk.refusals(text) == ()
    desk.apply(text)
    assert desk.centre.press(contact_id, "1")
    assert desk.centre.state(contact_id) == "WAITING"
    ann = desk.centre.agent()
    assert desk.centre.contact(contact_id).agent == ann
    offers.acknowledge(desk.centre.app, ann, rid_of(desk.centre, contact_id), "ws")
    said = calls.handle(
        desk.centre.app, CallArrived("twilio", "CA2", "+393330000001", "+390200000001", "w"), KEY
    )
    assert any("not in service" in str(action).lower() for action in said)


def test_a_call_in_a_menu_whose_queue_goes_waits_in_the_one_that_takes_over(desk: Desk) -> None:
    contact_id = desk.centre.ring()
    desk.apply(ONE_QUEUE)
    assert desk.centre.press(contact_id, "2")
    contact = desk.centre.contact(contact_id)
    assert (str(contact.state), contact.queue) == ("WAITING", "sales")
    ann = desk.centre.agent()
    assert desk.centre.contact(contact_id).agent == ann
