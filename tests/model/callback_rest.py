"""What is true of callbacks once everything has come to rest, whatever happened before."""

from __future__ import annotations

from collections import Counter

from centralino.application.callbacks import desk
from centralino.application.callbacks import items as callback_items
from centralino.application.callbacks import ledger as callback_ledger
from centralino.application.callbacks.desk import Viewer, Wanted
from centralino.application.scopes import ALL, Supervisor
from centralino.contracts.envelope import detail
from centralino.domain.callbacks.model import DONE, CallbackState, callback_id, contact_of
from centralino.domain.contacts.model import Contact
from centralino.domain.kpi.callback_promises import callback_promises
from centralino.domain.kpi.promises import Verdict, judge
from tests.support.centre import Centre
from tests.unit.application.calling_back import ENDS, sound

MINUTE = 60_000
#: Longer than any request may take: the night, the time picked, and what is left of its hours.
ROUNDS = 160
ALL_SEEING = Viewer("ag_head", Supervisor("ag_head", frozenset({ALL})))


def come_to_rest(centre: Centre) -> None:
    """Let time pass with nothing going wrong and no agent coming, until all has ended."""
    centre.world.faults.clear()
    for port in (centre.world.timers, centre.world.schedules):
        port.mishaps.lose = port.mishaps.duplicate = 0.0
    for turn in range(ROUNDS):
        for contact in centre.world.store.contacts():
            if contact.callback is None or not contact.calls_back:
                centre.world.media.gone.add(contact.id)
        centre.relay()
        if all(contact.ended for contact in centre.world.store.contacts()):
            break
        # At first closely, as what goes on in seconds needs; then as what waits for hours does.
        centre.advance(MINUTE if turn < 10 else 15 * MINUTE)
        centre.sweep()
    centre.relay()


def requests(centre: Centre) -> list[Contact]:
    """Return every contact that calls, or called, somebody back."""
    return [c for c in centre.world.store.contacts() if c.callback is not None]


def every_request_ended_once(centre: Centre) -> None:
    """No request is open, and each told of its end exactly once."""
    sound(centre)
    # One that is published again keeps its id.
    published = {one.event_id: one for one in centre.world.bus.published}
    told = Counter(one.entity_id for one in published.values() if one.type in ENDS)
    for contact in centre.world.store.contacts():
        assert contact.ended, f"never ends: {contact}"
    for contact in requests(centre):
        assert contact.callback is not None
        assert contact.callback.state in DONE, f"never ends: {contact}"
        assert told[contact.id] == 1, f"ended {told[contact.id]} times: {contact}"
        assert len(contact.callback.attempts) <= 8
        for attempt in contact.callback.attempts[:-1]:
            assert attempt.outcome is not None, f"an attempt without an end: {contact}"
        number = callback_items.number_of(centre.app, contact.id, contact.queue)
        assert number is None, f"the number is kept: {contact}"


def nothing_is_lost(centre: Centre, booked: set[str]) -> None:
    """Whoever was told of a callback has one."""
    for name in booked:
        contact = centre.world.store.contact(contact_of(name))
        assert contact is not None, f"lost: {name}"
        assert contact.callback is not None, f"lost: {name}"


def the_ledger_tells_the_same(centre: Centre) -> None:
    """Every request stands once among the ended, with its end, and its history has one."""
    start = min((c.created_at for c in centre.world.store.contacts()), default=0)
    wanted, rows, cursor = Wanted(ended=True, start=start), [], None
    while True:
        page = desk.listed(centre.app, ALL_SEEING, wanted, cursor)
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            break
    states = {callback_id(c.id): str(c.callback.state) for c in requests(centre) if c.callback}
    filed = {row.callback_id: row.state for row in rows}
    assert filed == states, f"the ledger has {filed}, not {states}"
    assert len(rows) == len(states), "ended twice in the ledger"
    assert desk.listed(centre.app, ALL_SEEING, Wanted()).rows == [], "open in the ledger"
    for contact in requests(centre):
        entries = callback_ledger.history(centre.app, contact)
        assert entries[0].type == "CallbackRequested", f"no beginning: {entries}"
        ends = [entry.type for entry in entries if entry.type in ENDS]
        assert ends == [entries[-1].type], f"another end in the history: {entries}"
        dialled = sum(entry.type == "CallbackDialed" for entry in entries)
        assert contact.callback is not None
        assert dialled == len(contact.callback.attempts), entries


def every_promise_is_judged(centre: Centre) -> None:
    """Each promise came to something, and only what customers took back is void."""
    log = [
        {"detail-type": one.type, "source": "centralino.contacts", "detail": detail(one)}
        for one in centre.world.bus.published
        if one.entity_id.startswith("ct_")
    ]
    promises = callback_promises(log)
    for promise in promises:
        verdict = judge(promise, centre.app.clock.now() + 1_000 * MINUTE)
        assert verdict is not Verdict.PENDING, f"never judged: {promise}"
        back = promise.withdrawn_ms
        if verdict is Verdict.VOID:
            assert back is not None, f"void, and not taken back: {promise}"
            assert back < promise.window_start_ms, f"taken back too late: {promise}"
    last = {promise.contact_id: promise for promise in promises}
    for contact in requests(centre):
        callback, promise = contact.callback, last.get(contact.id)
        if callback is None or callback.window is None or promise is None:
            continue
        assert (promise.window_start_ms, promise.window_end_ms) == callback.window
        rang = [a.rang_at for a in callback.attempts if a.rang_at is not None]
        if promise.fulfilled_ms is not None:
            assert promise.fulfilled_ms in rang
        if callback.state is CallbackState.CONNECTED:
            assert promise.reached_ms is not None
