"""Three pages in one conversation: a colleague is asked while the caller is on hold, then joins."""

from __future__ import annotations

import pytest

from tests.support.desk import granted
from tests.support.polling import until
from tests.support.webvoice import (
    AGENT_TONE,
    CALLER_TONE,
    THIRD_TONE,
    WebCentre,
    talking,
)


@pytest.mark.timeout(400)
def test_a_colleague_is_consulted_unheard_by_the_caller_and_then_all_three_talk(
    centre: WebCentre,
) -> None:
    exchange = centre.exchange
    first, colleague = centre.hire("sales"), centre.hire("support", THIRD_TONE)
    first.start()
    caller = centre.call("en")
    caller.press_when("press 1", "1")
    offer = first.take(caller.contact)
    exchange.reaches(caller.contact, "CONNECTED")
    talking(lambda: first.hears("caller"), CALLER_TONE)

    colleague.start()
    path = f"/v1/contacts/{caller.contact}"
    granted(first.ask("POST", f"{path}/consult", {"to": {"queue": "support"}}))
    invitation = colleague.page.frame("offer", within=30)
    granted(colleague.accept(invitation))
    centre.loop.run(colleague.phone.accepts(invitation["rid"]))

    talking(lambda: first.hears(invitation["rid"]), THIRD_TONE)
    talking(lambda: colleague.hears(offer["rid"]), AGENT_TONE)
    assert THIRD_TONE not in caller.hears(invitation["rid"])
    assert CALLER_TONE not in colleague.hears("caller")
    held = first.hears("caller")
    talking(lambda: colleague.hears(offer["rid"]), AGENT_TONE, more=50)
    assert first.hears("caller") == held, "the caller is on hold"

    until(
        lambda: first.ask("POST", f"{path}/conference", {}).status_code == 200,
        "the three put together",
        20,
    )
    talking(lambda: caller.hears(offer["rid"]), AGENT_TONE)
    talking(lambda: caller.hears(invitation["rid"]), THIRD_TONE)
    talking(lambda: first.hears("caller"), CALLER_TONE)
    talking(lambda: colleague.hears("caller"), CALLER_TONE)
    talking(lambda: first.hears(invitation["rid"]), THIRD_TONE)

    caller.hang_up()
    for desk in (first, colleague):
        desk.page.frame("left", room=caller.contact, within=30)
        until(lambda d=desk: _wrapped_up(d), f"{desk.user} wraps up", 40)
        assert exchange.freed(desk)


def _wrapped_up(desk) -> bool:  # type: ignore[no-untyped-def]
    desk.wrap_up()
    return not granted(desk.ask("GET", "/v1/agents/me"))["slots"]
