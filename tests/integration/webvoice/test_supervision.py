"""A supervisor at a page enters a conversation between two others, with sound that really flows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.desk import granted
from tests.support.exchange import refused
from tests.support.polling import until
from tests.support.webvoice import (
    AGENT_TONE,
    CALLER_TONE,
    SUPERVISOR_TONE,
    SupervisorDesk,
    VoiceDesk,
    WebCaller,
    WebCentre,
    talking,
)

#: Frames of somebody else that pass while somebody is not heard: half a second.
A_WHILE = 25


@pytest.mark.timeout(400)
def test_a_supervisor_listens_whispers_joins_in_and_leaves(centre: WebCentre) -> None:
    exchange = centre.exchange
    desk, boss = centre.hire("sales"), centre.supervisor()
    desk.start()
    caller = centre.call("en")
    caller.press_when("press 1", "1")
    offer = desk.take(caller.contact)
    exchange.reaches(caller.contact, "CONNECTED")
    talking(lambda: desk.hears("caller"), CALLER_TONE)
    talking(lambda: caller.hears(offer["rid"]), AGENT_TONE)

    boss.open_page()
    leg = boss.supervise(caller.contact, "monitor")["leg"]
    talk = _Talk(boss, desk, caller, leg, offer["rid"])
    talk.everybody_is_heard_by_the_supervisor()
    talk.is_heard(by_agent=False, by_caller=False)

    assert boss.supervise(caller.contact, "coach", "PATCH")["leg"] == leg
    talk.is_heard(by_agent=True, by_caller=False)
    talk.everybody_is_heard_by_the_supervisor()

    boss.supervise(caller.contact, "barge", "PATCH")
    talk.is_heard(by_agent=True, by_caller=True)
    talk.everybody_is_heard_by_the_supervisor()

    boss.supervise(caller.contact, "monitor", "PATCH")
    talk.is_heard(by_agent=False, by_caller=False)

    path = f"/v1/contacts/{caller.contact}/supervision"
    assert granted(boss.ask("DELETE", path))["listening"] is False
    boss.page.frame("left", room=caller.contact, me=leg)
    # The two go on as if nobody had been there.
    talking(lambda: desk.hears("caller"), CALLER_TONE, A_WHILE)
    talking(lambda: caller.hears(offer["rid"]), AGENT_TONE, A_WHILE)
    assert exchange.contact(caller.contact).state == "CONNECTED"

    granted(desk.hang_up(caller.contact))
    caller.over()
    granted(desk.dispose(caller.contact, "resolved"))
    assert exchange.freed(desk)
    assert caller.page.errors == []


@pytest.mark.timeout(400)
def test_a_supervisor_is_out_when_the_conversation_ends(centre: WebCentre) -> None:
    desk, boss = centre.hire("support"), centre.supervisor()
    desk.start()
    caller = centre.call("en")
    caller.press_when("for support press 2", "2")
    desk.take(caller.contact)
    centre.exchange.reaches(caller.contact, "CONNECTED")
    boss.open_page()
    boss.supervise(caller.contact, "monitor")
    talking(lambda: boss.hears("caller"), CALLER_TONE)

    caller.hang_up()
    boss.page.frame("left", room=caller.contact, within=30)
    assert centre.loop.do(lambda: boss.phone.mesh.connected) is False
    again = boss.ask("POST", f"/v1/contacts/{caller.contact}/supervision", {"mode": "monitor"})
    assert refused(again) == (422, "not_talking")
    granted(desk.dispose(caller.contact, "resolved"))


class _Talk:
    """Who hears whom, by the sound that arrives at each page."""

    def __init__(
        self, boss: SupervisorDesk, desk: VoiceDesk, caller: WebCaller, leg: str, rid: str
    ) -> None:
        self._boss, self._desk, self._caller = boss, desk, caller
        self._leg, self._rid = leg, rid

    def everybody_is_heard_by_the_supervisor(self) -> None:
        """The supervisor hears both, and each of the two still hears the other."""
        talking(lambda: self._boss.hears("caller"), CALLER_TONE)
        talking(lambda: self._boss.hears(self._rid), AGENT_TONE)
        talking(lambda: self._desk.hears("caller"), CALLER_TONE)
        talking(lambda: self._caller.hears(self._rid), AGENT_TONE)

    def is_heard(self, *, by_agent: bool, by_caller: bool) -> None:
        """The supervisor's own voice arrives at these, and at nobody else."""
        sides: list[tuple[bool, Callable[[], dict[int, int]]]] = [
            (by_agent, lambda: self._desk.hears(self._leg)),
            (by_caller, lambda: self._caller.hears(self._leg)),
        ]

        def arrives() -> list[bool]:
            """Tell of each side whether that voice arrives while the other two are heard."""
            before = [heard().get(SUPERVISOR_TONE, 0) for _, heard in sides]
            talking(lambda: self._desk.hears("caller"), CALLER_TONE, A_WHILE)
            talking(lambda: self._caller.hears(self._rid), AGENT_TONE, A_WHILE)
            return [
                heard().get(SUPERVISOR_TONE, 0) > was
                for (_, heard), was in zip(sides, before, strict=True)
            ]

        # The page hears of another mode a moment after it was answered.
        wanted = [hears for hears, _ in sides]
        until(lambda: arrives() == wanted, f"the supervisor heard as {wanted}", 30)
        assert arrives() == wanted
