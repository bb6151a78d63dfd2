"""Muting and keys from the agent's command to what is heard at the carrier."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centralino.application import keypad, muting, transfers
from centralino.application.inviting import To
from centralino.domain.errors import RuleViolation
from local.twilio import Answers
from local.twilio.model import Call
from tests.contract.telephony.live import Live, open_line
from tests.contract.telephony.test_transfers_live import OUTSIDE, party, settled, talking
from tests.support.centre import KEY


@pytest.fixture
def live() -> Iterator[Live]:
    with open_line() as opened:
        yield opened


def leg(live: Live, to: str) -> Call:
    return live.line.apply(lambda c: [call for call in c.calls if call.to == to][-1])


def keys(live: Live, call: Call) -> list[str]:
    return live.line.apply(lambda _: [one.text for one in call.heard if one.verb == "Keys"])


def test_another_firms_menu_is_got_through_while_the_customer_is_held(live: Live) -> None:
    caller, contact_id, ann = talking(live)
    live.line.apply(lambda c: c.register_phone(OUTSIDE, Answers(after=0.2)))
    transfers.consult(live.app, ann, contact_id, To(number=OUTSIDE), KEY, "api")
    party(live, contact_id, "CONNECTED")
    for _ in range(2):
        keypad.press(live.app, ann, contact_id, "1ww4929#", "press-01", None)
    settled(live)
    assert keys(live, leg(live, OUTSIDE)) == ["1ww4929#"]
    with pytest.raises(RuleViolation):
        keypad.press(live.app, ann, contact_id, "7", "press-02", "customer")
    transfers.conference(live.app, ann, contact_id, None, KEY, "api")
    keypad.press(live.app, ann, contact_id, "5", "press-03", "customer")
    settled(live)
    assert keys(live, caller.call) == ["5"]
    assert keys(live, leg(live, OUTSIDE)) == ["1ww4929#"]
    assert keys(live, leg(live, f"client:{ann}")) == []


def test_a_muted_agent_hears_on_through_hold_until_heard_again(live: Live) -> None:
    caller, contact_id, ann = talking(live)
    agent = leg(live, f"client:{ann}")

    def hears() -> tuple[bool, bool]:
        return live.line.apply(lambda c: (c.hears(caller.call, agent), c.hears(agent, caller.call)))

    assert hears() == (True, True)
    muting.mute(live.app, ann, contact_id, "api")
    assert hears() == (False, True)
    transfers.hold(live.app, ann, contact_id, "api")
    transfers.resume(live.app, ann, contact_id, "api")
    assert hears() == (False, True)
    muting.unmute(live.app, ann, contact_id, "api")
    assert hears() == (True, True)
