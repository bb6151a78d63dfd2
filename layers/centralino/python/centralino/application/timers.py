"""What each kind of timer does when it fires. A timer that finds its lease gone does nothing."""

from __future__ import annotations

from centralino.application import (
    agents,
    keypad,
    lost,
    messages,
    muting,
    offers,
    overflow,
    parties,
    reaping,
    recordings,
    routing,
    supervision,
    talk,
    transfers,
    web_ends,
)
from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import messages as callback_messages
from centralino.application.callbacks import requests as callback_requests
from centralino.application.ports import Timer
from centralino.domain.errors import InvalidRequest, NotFound, OfferEnded


def fire(app: App, timer: Timer, cause: str | None) -> None:
    """Carry out a timer.

    Raises
    ------
    InvalidRequest
        The kind is unknown, or the timer lacks what its kind needs: it goes to the DLQ.
    """
    if timer.kind == "heartbeat":
        routing.heartbeat(app, timer.key, hop=timer.hop, cause=cause)
        return
    if timer.kind == "party":
        parties.check(app, timer.key, cause)
        return
    if timer.kind == "customer":
        callbacks.customer_called(app, timer.key, cause)
        return
    if timer.kind == "callback":
        callbacks.look(app, timer.key, cause)
        return
    if timer.kind == messages.TIMER:
        _tell(app, timer)
        return
    if timer.kind == recordings.TIMER:
        recordings.look(app, timer.key, timer.rid, cause)
        return
    if timer.kind == supervision.TIMER:
        supervision.look(app, timer.key, cause)
        return
    if timer.kind == "grace":
        web_ends.page_gone(app, timer.key, timer.rid, cause)
        agents.grace_over(app, timer.key, timer.rid, cause)
        return
    if timer.kind == "caller":
        web_ends.caller_gone(app, timer.key, timer.rid, cause)
        return
    if timer.rid is None:
        raise InvalidRequest(f"a timer of kind {timer.kind!r} needs a rid", code="invalid_timer")
    try:
        _fire_for_contact(app, timer, timer.rid, cause)
    except (NotFound, OfferEnded):
        app.log.info("timer_void", kind=timer.kind, key=timer.key)


def _tell(app: App, timer: Timer) -> None:
    if timer.key.startswith(callback_requests.REQUEST):
        callback_requests.tell_code(app, timer.key)
    elif timer.rid is None:
        raise InvalidRequest("a timer that tells needs to say what", code="invalid_timer")
    else:
        callback_messages.tell(app, timer.key, timer.rid)


def _fire_for_contact(app: App, timer: Timer, rid: str, cause: str | None) -> None:
    key = timer.key
    match timer.kind:
        case "offer":
            offers.time_out(app, key, rid, cause)
        case "ack":
            offers.acknowledgment_missing(app, key, rid, cause)
        case "join":
            offers.join_missing(app, key, rid, cause)
        case "dial":
            parties.dial_missing(app, key, rid, cause)
        case "overflow":
            overflow.look(app, key, rid, cause)
        case "room":
            transfers.tidy_room(app, key, rid)
        case "wrapup":
            agents.wrap_up_over(app, key, rid, cause)
            reaping.reap(app, key, rid)
        case "leg":
            lost.look_again(app, key, rid, cause, timer.hop)
        case "legs":
            if not talk.post_call_over(app, key, cause):
                reaping.reap(app, key, rid)
        case muting.TIMER:
            muting.look(app, key, rid)
        case keypad.TIMER:
            keypad.forget(app, key, rid)
        case "rejoin":
            lost.time_over(app, key, rid, cause)
        case _:
            raise InvalidRequest(f"unknown timer kind {timer.kind!r}", code="invalid_timer")
