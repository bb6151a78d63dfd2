"""The ledger of callbacks: filed once whatever the stream does, listed, told with its history."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import desk, ledger, listing
from centralino.application.callbacks.desk import Viewer, Wanted
from centralino.application.relay import Image, relay
from centralino.application.scopes import Supervisor
from centralino.contracts.callback_events import CALLBACK_EVENTS
from centralino.domain.callbacks.model import callback_id, contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import InvalidRequest, NotFound, TransientDependency
from tests.support.announcing import teach
from tests.support.centre import Centre
from tests.unit.application.calling_back import (
    accepted,
    ask,
    asked,
    caller,
    centre_with,
    tell,
)

MINUTE = 60_000
HEAD = Viewer("ag_head", Supervisor("ag_head", frozenset({"demo"})))


def number(index: int) -> str:
    return f"+3933312345{index:02d}"


def booked(centre: Centre, index: int) -> str:
    """Let a customer of their own ask; return the callback."""
    mine = number(index)
    answer = ask(centre, caller(centre, f"CA{index}", number=mine), mine)
    assert answer.callback_id is not None
    return answer.callback_id


def reached(centre: Centre) -> str:
    """Let a customer be promised a callback, and get it at the second attempt."""
    teach(centre)
    back = asked(centre)
    ann = centre.agent()
    tell(centre, accepted(centre, back, ann), "busy")
    centre.advance(5 * MINUTE + 1_000)
    attempt = accepted(centre, back, ann)
    tell(centre, attempt, "ringing")
    tell(centre, attempt, "answered")
    return back


def ended(centre: Centre, **wanted: object) -> list[ledger.Row]:
    centre.relay()
    found = desk.listed(centre.app, HEAD, replace(Wanted(ended=True), **wanted))  # type: ignore[arg-type]
    return found.rows


def contacts(centre: Centre) -> list[Contact]:
    """Return every version of a contact that was written and not relayed yet."""
    return [change.image for change in centre.stream.take() if isinstance(change.image, Contact)]


def types(centre: Centre, contact: str) -> list[str]:
    return [entry.type for entry in ledger.history(centre.app, centre.contact(contact))]


# --------------------------------------------------------------------------- filing


def test_every_event_of_callbacks_is_filed() -> None:
    assert {model.__name__ for model in CALLBACK_EVENTS} == ledger._TOLD


def test_the_whole_history_of_a_callback_is_told_in_order() -> None:
    centre = centre_with()
    back = reached(centre)
    expected = [
        "CallbackRequested",
        "CallbackPromised",
        "CallbackDialed",
        "CallbackUnreached",
        "CallbackPostponed",
        "CallbackDialed",
        "CallbackRang",
        "CallbackConnected",
    ]
    centre.relay()
    assert types(centre, back) == expected
    entries = {entry.type: entry for entry in ledger.history(centre.app, centre.contact(back))}
    assert entries["CallbackDialed"].data["agent_id"] == "ag_ann"
    assert entries["CallbackUnreached"].data["outcome"] == "busy"


def test_a_callback_ends_when_they_talk_however_long_the_talk_goes_on() -> None:
    centre = centre_with()
    back = reached(centre)
    met, name = centre.app.clock.now(), callback_id(back)
    (row,) = ended(centre)
    for _ in range(2):
        detail = desk.shown(centre.app, HEAD, name)
        assert ledger.told_by(detail.contact, detail.history) == row
        assert row.ended_at == met
        centre.advance(5 * MINUTE)
        tell(centre, f"{name}#2", "ended")
        centre.relay()


def test_what_the_relay_has_not_filed_yet_is_told_from_the_contact() -> None:
    centre = centre_with()
    back = asked(centre)
    assert types(centre, back) == ["CallbackRequested"]
    centre.relay()
    assert types(centre, back) == ["CallbackRequested"]


def test_no_order_or_repetition_of_the_stream_changes_the_ledger() -> None:
    centre = centre_with()
    back = reached(centre)
    written = [contact for contact in contacts(centre) if contact.callback is not None]
    told = None
    shuffled = Random(7)
    for turn in range(6):
        other = centre_with()
        other.world.clock.advance(centre.app.clock.now() - other.app.clock.now())
        other.world.store.save_contact(replace(centre.contact(back), version=1))
        order = [*written, *written]
        if turn:
            shuffled.shuffle(order)
        for contact in order:
            ledger.file(other.app, [contact])
        kept = other.app.operations.list(f"callback-log#{callback_id(back)}")
        ended_ = other.app.operations.list(
            ledger.ended_on("sales", centre.app.clock.now() // ledger.DAY_MS)
        )
        assert len(ended_) == 1
        assert told is None or (kept, ended_) == told
        told = (kept, ended_)


def test_a_write_that_could_not_be_filed_comes_again() -> None:
    centre = centre_with()
    back = centre.contact(asked(centre))
    centre.world.faults.refuse("operations.put")
    with pytest.raises(TransientDependency):
        relay(centre.app, centre.world.bus, [Image("1", back)])
    relay(centre.app, centre.world.bus, [Image("1", back)])
    assert types(centre, back.id) == ["CallbackRequested"]


def test_an_end_is_filed_although_the_relay_dies_on_it() -> None:
    centre = centre_with()
    back = asked(centre)
    callbacks.cancel(centre.app, callback_id(back), "customer", "api")
    last = centre.contact(back)
    centre.world.faults.crash_after("operations.put")
    with pytest.raises(Crash):
        ledger.file(centre.app, [last])
    ledger.file(centre.app, [last])
    (row,) = ended(centre)
    assert (row.callback_id, row.state, row.reason) == (callback_id(back), "CANCELLED", "customer")


def test_what_is_filed_names_no_customer() -> None:
    centre = centre_with()
    back = reached(centre)
    centre.relay()
    subject = centre.contact(back).subject or "-"
    pages = [f"callback-log#{callback_id(back)}"]
    pages.append(ledger.ended_on("sales", centre.app.clock.now() // ledger.DAY_MS))
    for pk in pages:
        for item in centre.app.operations.list(pk):
            assert "3933" not in str(item)
            assert subject not in str(item)
            assert item.ttl is not None


def test_filing_costs_one_unit_per_write_that_tells_something_new_and_one_for_the_end() -> None:
    centre = centre_with()
    back = asked(centre)
    attempt = accepted(centre, back, centre.agent())
    tell(centre, attempt, "ringing")
    tell(centre, attempt, "answered")
    written = contacts(centre)
    with centre.world.meter.scope("ledger"):
        ledger.file(centre.app, written)
    # Requested, and the row of the end: the contact keeps when it was dialled, rang and met.
    assert centre.world.meter.of("ledger").write_units == 2


# --------------------------------------------------------------------------- lists


def test_an_open_callback_is_listed_until_it_ends_and_then_among_the_ended() -> None:
    centre = centre_with()
    back = asked(centre)
    open_ = desk.listed(centre.app, HEAD, Wanted()).rows
    assert [row.contact_id for row in open_] == [back]
    assert ended(centre) == []
    callbacks.cancel(centre.app, callback_id(back), "customer", "api")
    assert desk.listed(centre.app, HEAD, Wanted()).rows == []
    (row,) = ended(centre)
    assert row.ended_at == centre.app.clock.now()


def test_pages_show_everything_once_whatever_their_size() -> None:
    centre = centre_with(CallbackRules(per_day=50))
    names = [booked(centre, index) for index in range(7)]
    for name in names[:5]:
        centre.advance(MINUTE)
        callbacks.cancel(centre.app, name, "customer", "api")
    centre.relay()
    for size in (1, 2, 3, 100):
        for wanted, expected in (
            (Wanted(), sorted(names[5:])),
            (Wanted(ended=True), names[4::-1]),
        ):
            seen: list[str] = []
            cursor: str | None = None
            while True:
                found = desk.listed(centre.app, HEAD, wanted, cursor, size)
                assert len(found.rows) <= size
                seen += [row.callback_id for row in found.rows]
                cursor = found.cursor
                if cursor is None:
                    break
            assert seen == expected, (size, wanted)


def test_lists_are_narrowed_by_state_time_agent_and_queue() -> None:
    centre = centre_with(CallbackRules(per_day=50, tries=1))
    start = centre.app.clock.now()
    first, second = booked(centre, 1), booked(centre, 2)
    ann = centre.agent()
    mine = next(n for n in (first, second) if centre.contact(contact_of(n)).agent == ann)
    other = second if mine == first else first
    assert [r.callback_id for r in desk.listed(centre.app, HEAD, Wanted(agent=ann)).rows] == [mine]
    (own,) = desk.listed(centre.app, Viewer(ann), Wanted(mine=True)).rows
    assert own.callback_id == mine
    centre.advance(1_000)
    tell(centre, accepted(centre, contact_of(mine), ann), "busy")
    callbacks.cancel(centre.app, other, "customer", "api")
    later = centre.app.clock.now() + 1
    assert [r.callback_id for r in ended(centre, states=frozenset({"EXHAUSTED"}))] == [mine]
    assert [r.callback_id for r in ended(centre, agent=ann)] == [mine]
    assert len(ended(centre, queue="sales")) == 2
    assert ended(centre, queue="support") == []
    assert ended(centre, start=start, end=start + 1) == []
    assert len(ended(centre, start=start, end=later)) == 2


def test_a_page_reads_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that nothing answers does not read the whole of a busy queue at once."""
    monkeypatch.setattr(listing, "MOST_READ", 4)
    monkeypatch.setattr(listing, "_BATCH", 2)
    centre = centre_with(CallbackRules(per_day=50))
    names = [booked(centre, index) for index in range(9)]
    asking = Wanted(states=frozenset({"HELD"}))
    turns, cursor = 0, None
    while True:
        found = desk.listed(centre.app, HEAD, asking, cursor)
        assert found.rows == []
        turns, cursor = turns + 1, found.cursor
        if cursor is None:
            break
    assert turns == len(names) // 4 + 1


def test_days_without_callbacks_end_a_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_PARTITIONS", 3)
    centre = centre_with()
    name = booked(centre, 1)
    callbacks.cancel(centre.app, name, "customer", "api")
    centre.relay()
    centre.advance(5 * ledger.DAY_MS)
    found, cursor = [], None
    for _ in range(20):
        page = desk.listed(centre.app, HEAD, Wanted(ended=True), cursor)
        found += [row.callback_id for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            break
    assert (found, cursor) == ([name], None)


@pytest.mark.parametrize("cursor", ["x", "!!", "bnVsbA", "W10", "WzEsMiwzXQ"])
def test_a_cursor_of_one_s_own_making_is_refused(cursor: str) -> None:
    centre = centre_with()
    with pytest.raises(InvalidRequest) as refused:
        desk.listed(centre.app, HEAD, Wanted(), cursor)
    assert refused.value.code == "invalid_cursor"


def test_a_cursor_opens_no_queue_that_the_question_does_not() -> None:
    centre = centre_with()
    booked(centre, 1)
    booked(centre, 2)
    theirs = desk.listed(centre.app, HEAD, Wanted(queue="sales"), None, 1).cursor
    assert theirs is not None
    assert desk.listed(centre.app, HEAD, Wanted(queue="support"), theirs).rows == []


# --------------------------------------------------------------------------- who may


def test_nobody_sees_what_is_another_business_unit_s() -> None:
    centre = centre_with()
    name = booked(centre, 1)
    stranger = Viewer("ag_x", Supervisor("ag_x", frozenset({"other"})))
    assert desk.listed(centre.app, stranger, Wanted()).rows == []
    for act in (
        lambda: desk.shown(centre.app, stranger, name),
        lambda: desk.cancel(centre.app, stranger, name, "c"),
        lambda: desk.move(centre.app, stranger, name, None, "c"),
        lambda: desk.reassign(centre.app, stranger, name, queue="support", agent=None, cause="c"),
        lambda: desk.listed(centre.app, stranger, Wanted(queue="sales")),
        lambda: desk.free_slots(centre.app, stranger, "sales", 0, 1),
    ):
        with pytest.raises(NotFound):
            act()
    assert centre.contact(contact_of(name)).version == 1


def test_who_is_no_agent_sees_nothing() -> None:
    with pytest.raises(NotFound):
        desk.listed(centre_with().app, Viewer("ag_nobody"), Wanted())


def test_who_did_it_is_told_beside_what_they_did() -> None:
    centre = centre_with()
    name = booked(centre, 1)
    centre.relay()
    desk.cancel(centre.app, HEAD, name, "api:r7")
    centre.relay()
    last = desk.shown(centre.app, HEAD, name).history[-1]
    assert (last.type, last.data["reason"]) == ("CallbackCancelled", "supervisor")
    assert (last.who, last.role) == ("ag_head", "supervisor")
    first = desk.shown(centre.app, HEAD, name).history[0]
    assert (first.who, first.role) == (None, None)


@pytest.mark.parametrize(("for_customer", "verdict"), [(True, "void"), (False, "broken")])
def test_whose_wish_it_was_decides_what_became_of_the_promise(
    for_customer: bool, verdict: str
) -> None:
    centre = centre_with(CallbackRules(delay_ms=30 * MINUTE))
    teach(centre)
    name = booked(centre, 1)
    centre.relay()
    desk.cancel(centre.app, HEAD, name, "c", for_customer=for_customer)
    (promise,) = desk.shown(centre.app, HEAD, name).promises
    assert promise.verdict.value == verdict
    desk.cancel(centre.app, HEAD, name, "d", for_customer=not for_customer)
    (promise,) = desk.shown(centre.app, HEAD, name).promises
    assert promise.verdict.value == verdict
