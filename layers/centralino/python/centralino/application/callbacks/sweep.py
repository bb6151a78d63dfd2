"""The minute sweep over callbacks: whatever was to wake them, they are looked at when due.

Every moment at which a callback is to be looked at is noted under its minute. The notes of the
minutes that have passed are looked at, and taken away; those of the coming minute for which only
a schedule was made get a timer, so that a lost schedule makes nobody late.

A sweep stops when its time is used up, and the next one goes on where it was: a minute counts as
done only once nothing is left in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items, timing
from centralino.application.ports import Item, Timer
from centralino.domain.errors import CentralinoError

#: What a sweep may take of the function's 55 s; the other repairs need the rest.
BUDGET_MS = 25_000
#: Who is found so much after the moment was woken by nobody else in time.
LATE_MS = 30_000
#: How many notes are looked at before the time is.
PAGE = 64
#: Where the minute up to which callbacks were looked at is kept.
DONE = ("sweep", "callbacks")
#: How far back the sweep looks when it does not know where it was, in minutes.
_BACK = 120
#: A note may be written so many minutes after the clock was read.
_LATE_NOTES = 2


@dataclass(slots=True)
class _Found:
    """What a sweep came upon: callbacks that changed, and by how much the late ones were late."""

    changed: int = 0
    late: list[int] = field(default_factory=list)


def sweep(app: App, budget_ms: int = BUDGET_MS) -> int:
    """Look at every callback that was due up to this minute; return how many that changed."""
    began = app.clock.now()
    minute, found = began // items.MINUTE_MS, _Found()
    # Before the old ones: these can still be in time.
    _wake(app, minute + 1)
    done = app.operations.get(*DONE)
    known = minute - _BACK if done is None else int(done.attributes["minute"])
    reached = known
    for past in range(min(known, minute) - _LATE_NOTES, minute + 1):
        if not _minute(app, past, began + budget_ms, found):
            app.log.warning("callback_sweep_behind", minutes=minute - past)
            break
        reached = past
        if past % _BACK == 0:
            # Far behind it may die on the way: the next one goes on from here.
            app.operations.put(Item(*DONE, {"minute": reached}))
    app.operations.put(Item(*DONE, {"minute": reached}))
    if found.late:
        app.log.warning("callbacks_late", late=len(found.late), most_ms=max(found.late))
    return found.changed


def _minute(app: App, minute: int, until: int, found: _Found) -> bool:
    """Look at the notes of a minute; tell whether all were."""
    last = ""
    # Before the notes are asked for: after a long standstill even empty minutes take their time.
    while app.clock.now() < until:
        page = app.operations.page(items.due_at(minute), last, PAGE)
        if not page:
            return True
        for changed, late in app.fan_out(lambda note: _look(app, note), page):
            found.changed += changed
            if changed and late > LATE_MS:
                found.late.append(late)
        last = page[-1].sk
    return False


def _look(app: App, note: Item) -> tuple[bool, int]:
    """Look at a callback that is due; tell whether it changed, and how late that was in ms."""
    noted, changed = note.attributes, False
    try:
        changed = callbacks.look(app, note.sk, "sweep")
    except Exception as error:  # noqa: BLE001 - one that fails must not keep the others
        code = error.code if isinstance(error, CentralinoError) else type(error).__name__
        app.log.error("callback_look_failed", contact_id=note.sk, code=code)
        items.note_due(app, note.sk, app.clock.now(), items.SWEEP)
    app.operations.delete(note.pk, note.sk)
    if noted.get("by") == items.SWEEP:
        return changed, 0
    return changed, app.clock.now() - int(noted.get("at", app.clock.now()))


def _wake(app: App, minute: int) -> None:
    """Send the timers of the coming minute's callbacks that no schedule has woken up for."""
    last, woken = "", 0
    while page := app.operations.page(items.due_at(minute), last, PAGE):
        now = app.clock.now()
        timers = [
            Timer(timing.KIND, note.sk, None, max(0, int(note.attributes["at"]) - now))
            for note in page
            if note.attributes.get("by") == items.SCHEDULE
        ]
        app.timers.send(timers)
        woken += len(timers)
        last = page[-1].sk
    if woken:
        app.log.info("callbacks_woken", count=woken)
