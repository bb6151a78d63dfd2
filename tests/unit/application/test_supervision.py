"""Supervisors enter, are heard otherwise, and leave: on record, once, and never past the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.adapters.memory.supervision import MemorySupervision
from centralino.application import agents, calls, supervision
from centralino.application.ports import NoSupervision
from centralino.application.scopes import ALL, Supervisor
from centralino.contracts.events import EVENTS
from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import Forbidden, NotFound, RuleViolation, TransientDependency
from centralino.domain.telephony.commands import LegJoined, LegLeft
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import consulting, open_centre, sound, talking

BOSS = "ag_0B0SS000000000000000000000"
SUE = Supervisor(BOSS, frozenset({ALL}))


@pytest.fixture
def centre() -> Centre:
    opened = open_centre()
    opened.app = replace(opened.app, supervision=MemorySupervision(opened.world.faults))
    return opened


def carrier(centre: Centre) -> MemorySupervision:
    found = centre.app.supervision
    assert isinstance(found, MemorySupervision)
    return found


def listen(centre: Centre, contact_id: str, mode: Mode = Mode.MONITOR) -> supervision.Listening:
    return supervision.listen(centre.app, SUE, contact_id, mode, "api")


def told(centre: Centre) -> list[tuple[str, dict[str, Any]]]:
    """Return what was published of supervision, each held to its contract."""
    centre.relay()
    found = [one for one in centre.world.bus.published if one.type.startswith("Supervision")]
    for one in found:
        EVENTS[one.type][1].model_validate(one.data)
    by_record: dict[str, list[int]] = {}
    for one in found:
        by_record.setdefault(one.entity_id, []).append(one.sequence)
    for numbers in by_record.values():
        assert numbers == list(range(1, len(numbers) + 1))
    return [(one.type, one.data) for one in found]


def kinds(centre: Centre) -> list[str]:
    return [kind.removeprefix("Supervision") for kind, _ in told(centre)]


def leg_left(centre: Centre, contact_id: str, leg: str, reason: str = "hung_up") -> None:
    calls.handle(centre.app, LegLeft(contact_id, "CAboss", leg, reason, "m"), KEY)


def test_a_supervisor_listens_is_heard_and_leaves_and_all_of_it_is_told(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    before = centre.contact(contact_id)
    here = listen(centre, contact_id)
    calls.handle(centre.app, LegJoined(contact_id, "CAboss", here.leg, "m"), KEY)
    assert carrier(centre).legs == {here.leg: (BOSS, "monitor", before.rid)}
    supervision.change(centre.app, SUE, contact_id, Mode.COACH, "api")
    assert carrier(centre).legs[here.leg][1] == "coach"
    supervision.leave(centre.app, SUE, contact_id, "api")
    leg_left(centre, contact_id, here.leg, "moved")
    assert carrier(centre).legs == {}
    who = {"contact": contact_id, "by": BOSS}
    assert told(centre) == [
        ("SupervisionStarted", {**who, "agent_id": ann, "mode": "monitor"}),
        ("SupervisionChanged", {**who, "mode": "coach"}),
        ("SupervisionEnded", {**who, "reason": "left", "seconds": 0}),
    ]
    # Nothing of it is the agent's or the contact's business.
    assert centre.contact(contact_id) == before
    sound(centre)


def test_asking_twice_rings_once_and_is_told_once(centre: Centre) -> None:
    _, contact_id = talking(centre)
    first, second = listen(centre, contact_id), listen(centre, contact_id)
    assert first.leg == second.leg
    assert len(carrier(centre).legs) == 1
    supervision.leave(centre.app, SUE, contact_id, "api")
    supervision.leave(centre.app, SUE, contact_id, "api")
    leg_left(centre, contact_id, first.leg)
    assert kinds(centre) == ["Started", "Ended"]


def test_entering_again_is_another_time_with_another_leg(centre: Centre) -> None:
    _, contact_id = talking(centre)
    first = listen(centre, contact_id)
    supervision.leave(centre.app, SUE, contact_id, "api")
    second = listen(centre, contact_id, Mode.BARGE)
    leg_left(centre, contact_id, first.leg)  # late
    assert first.leg != second.leg
    assert list(carrier(centre).legs) == [second.leg]
    assert kinds(centre) == ["Started", "Ended", "Started"]


def test_two_supervisors_do_not_disturb_each_other(centre: Centre) -> None:
    _, contact_id = talking(centre)
    other = replace(SUE, id=BOSS.replace("B", "C"))
    listen(centre, contact_id)
    there = supervision.listen(centre.app, other, contact_id, Mode.BARGE, "api")
    supervision.leave(centre.app, SUE, contact_id, "api")
    assert list(carrier(centre).legs) == [there.leg]


def test_the_conversation_of_a_third_party_is_the_customer_s(centre: Centre) -> None:
    _, _, contact_id, child = consulting(centre)
    here = listen(centre, child.id)
    assert here.contact == contact_id


@pytest.mark.parametrize(
    ("reason", "why"), [("hung_up", "left"), ("busy", "not_reached"), ("no_answer", "not_reached")]
)
def test_a_leg_that_leaves_by_itself_closes_the_record(
    centre: Centre, reason: str, why: str
) -> None:
    _, contact_id = talking(centre)
    here = listen(centre, contact_id)
    centre.advance(7_000)
    for _ in range(2):
        leg_left(centre, contact_id, here.leg, reason)
    (_, ended) = told(centre)
    assert (ended[1]["reason"], ended[1]["seconds"]) == (why, 7)
    with pytest.raises(NotFound):
        supervision.change(centre.app, SUE, contact_id, Mode.BARGE, "api")


@pytest.mark.parametrize("caller", ["there", "gone", "unknown"])
def test_a_leg_that_is_over_before_the_caller_s_hang_up_is_told_ended_with_the_conversation(
    centre: Centre, caller: str
) -> None:
    _, contact_id = talking(centre)
    here = listen(centre, contact_id)
    if caller == "gone":
        centre.world.media.gone.add(contact_id)
    elif caller == "unknown":
        centre.world.faults.refuse("media.alive")
    leg_left(centre, contact_id, here.leg, "ended")
    why = "conversation_ended" if caller == "gone" else "left"
    assert told(centre)[-1][1]["reason"] == why
    assert centre.state(contact_id) == "CONNECTED"


def test_a_leg_nothing_on_record_stands_for_is_sent_away(centre: Centre) -> None:
    _, contact_id = talking(centre)
    here = listen(centre, contact_id)
    supervision.leave(centre.app, SUE, contact_id, "api")
    carrier(centre).legs[here.leg] = (BOSS, "monitor", "")
    calls.handle(centre.app, LegJoined(contact_id, "CAboss", here.leg, "m"), KEY)
    assert carrier(centre).legs == {}


@pytest.mark.parametrize("end", ["agent", "caller"])
def test_nobody_listens_past_the_end_though_the_carrier_says_nothing(
    centre: Centre, end: str
) -> None:
    ann, contact_id = talking(centre)
    listen(centre, contact_id)
    if end == "agent":
        agents.hang_up(centre.app, ann, contact_id, "api")
    else:
        centre.caller_leaves(contact_id)
    centre.advance(supervision.LOOK_MS)
    assert carrier(centre).legs == {}
    assert told(centre)[-1][1]["reason"] == "conversation_ended"


def test_who_listens_is_looked_at_for_as_long_as_the_talk_lasts(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    here = listen(centre, contact_id)
    centre.advance(5 * supervision.LOOK_MS)
    assert list(carrier(centre).legs) == [here.leg]
    agents.hang_up(centre.app, ann, contact_id, "api")
    centre.advance(supervision.LOOK_MS)
    assert carrier(centre).legs == {}


def test_a_carrier_that_does_not_answer_is_asked_for_the_same_leg_again(centre: Centre) -> None:
    _, contact_id = talking(centre)
    centre.world.faults.lose_reply("supervision.listen")
    with pytest.raises(TransientDependency):
        listen(centre, contact_id)
    here = listen(centre, contact_id)
    assert list(carrier(centre).legs) == [here.leg]
    assert kinds(centre) == ["Started"]


CRASHES = [
    "timers.send", "operations.put_if", "supervision.listen", "supervision.change",
    "supervision.leave",
]  # fmt: skip


@pytest.mark.parametrize("at", CRASHES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_nobody_ever_listens_off_the_record(centre: Centre, at: str, when: str) -> None:
    _, contact_id = talking(centre)
    die = {"before": centre.world.faults.crash_before, "after": centre.world.faults.crash_after}
    die[when](at)

    def steps() -> list[Callable[[], object]]:
        return [
            lambda: listen(centre, contact_id),
            lambda: supervision.change(centre.app, SUE, contact_id, Mode.BARGE, "api"),
            lambda: supervision.leave(centre.app, SUE, contact_id, "api"),
        ]

    for step in steps():
        try:
            step()
        except Crash:
            listening = [one for one in supervision.of(centre.app, contact_id) if one.open]
            assert set(carrier(centre).legs) <= {one.leg for one in listening}
            step()
        listening = [one for one in supervision.of(centre.app, contact_id) if one.open]
        assert set(carrier(centre).legs) <= {one.leg for one in listening}
    assert carrier(centre).legs == {}
    assert kinds(centre) == ["Started", "Changed", "Ended"]


def test_a_provider_without_supervision_says_so_and_nothing_stays_open(centre: Centre) -> None:
    _, contact_id = talking(centre)
    centre.app = replace(centre.app, supervision=NoSupervision())
    with pytest.raises(RuleViolation) as caught:
        listen(centre, contact_id)
    assert caught.value.code == "not_supported"
    assert told(centre)[-1][1]["reason"] == "refused"
    supervision.leave(centre.app, SUE, contact_id, "api")


def test_a_mode_the_carrier_refuses_is_not_the_one_on_record(centre: Centre) -> None:
    _, contact_id = talking(centre)
    here = listen(centre, contact_id)

    class Refusing(MemorySupervision):
        def change(self, *_: object) -> None:
            raise RuleViolation("there is no agent", code="nobody_to_coach")

    centre.app = replace(centre.app, supervision=Refusing(legs=carrier(centre).legs))
    with pytest.raises(RuleViolation):
        supervision.change(centre.app, SUE, contact_id, Mode.COACH, "api")
    (now,) = supervision.of(centre.app, contact_id)
    assert (now.leg, now.mode) == (here.leg, "monitor")


def test_only_a_conversation_can_be_listened_to(centre: Centre) -> None:
    contact_id = centre.queue()
    with pytest.raises(RuleViolation) as caught:
        listen(centre, contact_id)
    assert caught.value.code == "not_talking"
    with pytest.raises(NotFound):
        listen(centre, "ct_00000000000000000000000000")
    assert carrier(centre).asked == []


def test_nobody_supervises_their_own_conversation(centre: Centre) -> None:
    ann, bob, contact_id, _ = consulting(centre)
    for agent in (ann, bob):
        with pytest.raises(RuleViolation) as caught:
            supervision.listen(centre.app, Supervisor(agent), contact_id, Mode.MONITOR, "api")
        assert caught.value.code == "own_conversation"


def test_another_business_unit_s_conversations_are_its_own(centre: Centre) -> None:
    _, contact_id = talking(centre)
    cyd = centre.agent("cyd", "support")
    item = centre.agent_item(cyd)
    centre.world.store.save_agent(replace(item, business_unit="other", version=item.version + 1))
    with pytest.raises(Forbidden) as caught:
        supervision.listen(centre.app, Supervisor(cyd), contact_id, Mode.MONITOR, "api")
    assert caught.value.code == "another_business_unit"


@pytest.mark.parametrize("named", [set(), {"other"}])
def test_who_is_no_agent_enters_only_the_business_units_of_their_sign_in(
    centre: Centre, named: set[str]
) -> None:
    _, contact_id = talking(centre)
    stranger = Supervisor(BOSS, frozenset(named))
    with pytest.raises(Forbidden) as caught:
        supervision.listen(centre.app, stranger, contact_id, Mode.MONITOR, "api")
    assert caught.value.code == "another_business_unit"
    assert carrier(centre).asked == []
    supervision.listen(
        centre.app, replace(stranger, named=frozenset({"demo"})), contact_id, Mode.MONITOR, "api"
    )
    with pytest.raises(Forbidden):
        # What the sign-in named is taken away while they listen: they are heard no louder.
        supervision.change(centre.app, stranger, contact_id, Mode.BARGE, "api")
    supervision.leave(centre.app, stranger, contact_id, "api")
    assert carrier(centre).legs == {}


def test_who_was_never_there_can_neither_change_nor_leave(centre: Centre) -> None:
    _, contact_id = talking(centre)
    with pytest.raises(NotFound) as caught:
        supervision.leave(centre.app, SUE, contact_id, "api")
    assert caught.value.code == "not_listening"
    with pytest.raises(NotFound) as caught:
        supervision.change(centre.app, SUE, contact_id, Mode.COACH, "api")
    assert caught.value.code == "not_listening"
    assert told(centre) == []
