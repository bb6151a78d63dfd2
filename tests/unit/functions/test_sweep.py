"""The minute sweep, through its handler."""

from __future__ import annotations

from tests.support.wired import Wired, handler


def test_it_tells_what_it_repaired(wired: Wired) -> None:
    contact_id = wired.centre.queue()
    wired.centre.world.media.gone.add(contact_id)
    wired.centre.advance(61_000)
    assert handler("sweep")({}, None) == {
        "slots": 0,
        "menus": 0,
        "waiting": 1,
        "strays": 0,
        "callbacks": 0,
        "reminders": 0,
    }
    assert wired.centre.state(contact_id) == "ABANDONED"
    assert handler("sweep")({}, None) == {
        "slots": 0,
        "menus": 0,
        "waiting": 0,
        "strays": 0,
        "callbacks": 0,
        "reminders": 0,
    }
