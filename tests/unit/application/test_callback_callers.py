"""Customers who call while they are to be called back: when the relay has that looked at."""

from __future__ import annotations

from centralino.application.callbacks import callers
from centralino.application.callbacks import commands as callbacks
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.contacts.model import Contact
from tests.support.centre import Centre
from tests.unit.application.calling_back import ask, asked, caller, centre_with


def asking_of(centre: Centre, back: str) -> str:
    return centre.contact(back).previous or ""


def test_who_asked_for_a_callback_is_not_looked_at_for_their_own_request() -> None:
    centre = centre_with()
    back = asked(centre)
    closed = centre.contact(asking_of(centre, back))
    assert closed.ended
    assert callers.seen(centre.app, [closed]) == []


def test_who_calls_again_is_looked_at_and_holds_the_request() -> None:
    centre = centre_with()
    back = asked(centre)
    again = centre.contact(caller(centre, "CA2").id)
    assert callers.seen(centre.app, [again]) == []  # this write tells of no turn
    started = next(
        change.image
        for change in centre.stream.take()
        if isinstance(change.image, Contact)
        and (change.image.id, change.image.version) == (again.id, 1)
    )
    assert callers.seen(centre.app, [started]) == [again.id]
    assert callbacks.customer_called(centre.app, again.id, "timer")
    callback = centre.contact(back).callback
    assert callback is not None
    assert callback.state is CallbackState.HELD


def test_who_asks_again_meanwhile_lets_the_first_request_go_on() -> None:
    """The second call held it, and ends with it: it must be looked at."""
    centre = centre_with()
    back = asked(centre)
    again = caller(centre, "CA2")
    assert callbacks.customer_called(centre.app, again.id, "timer")
    assert ask(centre, centre.contact(again.id)).outcome == "already"
    closed = centre.contact(again.id)
    assert callers.seen(centre.app, [closed]) == [again.id]
    assert callbacks.customer_called(centre.app, again.id, "timer")
    callback = centre.contact(back).callback
    assert callback is not None
    assert callback.state is not CallbackState.HELD
