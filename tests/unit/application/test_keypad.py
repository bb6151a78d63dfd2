"""Keys an agent presses for the other side: heard once, kept nowhere, told to nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import calls, keypad, transfers
from centralino.application.inviting import To
from centralino.domain.errors import (
    CentralinoError,
    NotFound,
    RuleViolation,
    TransientDependency,
)
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.commands import DigitsAsked
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import (
    NUMBER,
    consulting,
    dialling,
    open_centre,
    party_joins,
    talking,
)

PIN = "4929w135#"
SILENCE = [act.Pause(1)]


@pytest.fixture
def centre() -> Centre:
    return open_centre()


def sent(centre: Centre) -> list[tuple[str | None, str | None]]:
    """Return the legs that were to hear keys, and the names of those."""
    return [(c.rid, c.name) for c in centre.world.media.calls if c.method == "send_digits"]


def asks(centre: Centre, contact_id: str, name: str = "press-01") -> list[act.Action]:
    return calls.handle(centre.app, DigitsAsked(contact_id, name), KEY)


def press(centre: Centre, agent: str, contact_id: str, to: str | None = None) -> None:
    keypad.press(centre.app, agent, contact_id, PIN, "press-01", to)


def everything_stored(centre: Centre, contact_id: str) -> str:
    items = centre.world.operations.list(f"keys#{contact_id}")
    return repr([item.attributes for item in items])


def test_the_customer_hears_them_once_however_often_anything_is_repeated(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    for _ in range(3):
        press(centre, ann, contact_id)
    assert sent(centre) == [(None, "press-01")]
    assert asks(centre, contact_id) == [act.SendDigits(PIN)]
    assert asks(centre, contact_id) == SILENCE
    press(centre, ann, contact_id)
    assert sent(centre) == [(None, "press-01")]
    keypad.press(centre.app, ann, contact_id, "1", "press-02", None)
    assert asks(centre, contact_id, "press-02") == [act.SendDigits("1")]
    assert [name for _, name in sent(centre)] == ["press-01", "press-02"]


def test_they_are_kept_for_a_minute_at_most_and_shown_nowhere(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    version = centre.contact(contact_id).version
    press(centre, ann, contact_id)
    assert PIN in everything_stored(centre, contact_id)
    assert centre.contact(contact_id).version == version
    centre.relay()
    told = [centre.world.bus.published, centre.world.log.lines, sent(centre)]
    told += [centre.world.timers.pending(), centre.world.realtime.of(ann)]
    assert PIN not in repr([list(one) for one in told])
    assert PIN not in repr(act.SendDigits(PIN))
    centre.advance(keypad.KEPT_MS)
    assert PIN not in everything_stored(centre, contact_id)
    assert asks(centre, contact_id) == SILENCE
    press(centre, ann, contact_id)
    assert len(sent(centre)) == 1, "known as pressed, though forgotten"


def test_what_was_asked_for_is_forgotten_at_once(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    press(centre, ann, contact_id)
    asks(centre, contact_id)
    assert PIN not in everything_stored(centre, contact_id)


def test_an_outside_party_hears_them_while_the_customer_is_held(centre: Centre) -> None:
    ann, contact_id, child = dialling(centre, "consult")
    with pytest.raises(RuleViolation) as refused:
        press(centre, ann, contact_id)
    assert refused.value.code == "party_not_connected"
    party_joins(centre, contact_id, child)
    with pytest.raises(RuleViolation) as refused:
        press(centre, ann, contact_id, "customer")
    assert refused.value.code == "customer_held"
    assert sent(centre) == []
    press(centre, ann, contact_id)
    assert sent(centre) == [(child.rid, "press-01")]
    assert asks(centre, contact_id) == [act.SendDigits(PIN)]


def test_in_a_talk_of_three_either_may_be_meant(centre: Centre) -> None:
    ann, _, contact_id, child = consulting(centre, "conference")
    keypad.press(centre.app, ann, contact_id, "1", "press-0a", "customer")
    keypad.press(centre.app, ann, contact_id, "2", "press-0b", "party")
    keypad.press(centre.app, ann, contact_id, "3", "press-0c", None)
    assert [rid for rid, _ in sent(centre)] == [None, child.rid, child.rid]


def test_without_a_party_or_on_hold_nobody_could_hear_them(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    with pytest.raises(RuleViolation) as refused:
        press(centre, ann, contact_id, "party")
    assert refused.value.code == "no_party"
    transfers.hold(centre.app, ann, contact_id, "api")
    with pytest.raises(RuleViolation) as refused:
        press(centre, ann, contact_id)
    assert refused.value.code == "customer_held"
    assert sent(centre) == []
    assert everything_stored(centre, contact_id) == "[]"


def test_only_the_agent_in_the_talk_presses(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    with pytest.raises(NotFound):
        press(centre, centre.agent("eve"), contact_id)
    transfers.transfer(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    with pytest.raises(RuleViolation) as refused:
        press(centre, ann, contact_id)
    assert refused.value.code == "not_talking"
    assert sent(centre) == []


def test_what_may_have_been_heard_is_not_sent_again(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    centre.world.faults.lose_reply("media.send_digits")
    with pytest.raises(TransientDependency):
        press(centre, ann, contact_id)
    press(centre, ann, contact_id)
    assert len(sent(centre)) == 1
    assert asks(centre, contact_id) == [act.SendDigits(PIN)]


def test_what_the_carrier_refused_may_be_asked_again(centre: Centre) -> None:
    ann, contact_id = talking(centre)

    class Refusing(type(centre.world.media)):  # type: ignore[misc]
        def send_digits(self, *_: object) -> None:
            raise CentralinoError("refused", code="carrier_refused")

    refusing = replace(centre.app, media=Refusing())
    with pytest.raises(CentralinoError):
        keypad.press(refusing, ann, contact_id, PIN, "press-01", None)
    assert everything_stored(centre, contact_id) == "[]"
    press(centre, ann, contact_id)
    assert len(sent(centre)) == 1


def test_a_crash_before_the_carrier_was_asked_leaves_nothing_for_long(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    centre.world.faults.crash_before("media.send_digits")
    with pytest.raises(Crash):
        press(centre, ann, contact_id)
    centre.advance(keypad.KEPT_MS)
    assert PIN not in everything_stored(centre, contact_id)


def test_a_timer_that_comes_first_or_twice_forgets_nothing_else(centre: Centre) -> None:
    _, contact_id = talking(centre)
    assert keypad.forget(centre.app, contact_id, "press-01") is False
    assert everything_stored(centre, contact_id) == "[]"


def test_a_provider_that_cannot_is_asked_nothing(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    able = frozenset(Capability) - {Capability.SEND_DIGITS}
    with pytest.raises(RuleViolation) as refused:
        keypad.press(
            replace(centre.app, able=lambda _: able), ann, contact_id, PIN, "press-01", None
        )
    assert refused.value.code == "not_supported"
    assert everything_stored(centre, contact_id) == "[]"
    assert NUMBER not in repr(refused.value)
