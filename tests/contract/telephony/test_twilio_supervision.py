"""A supervisor in a conversation over the fake carrier: who hears whom, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centralino.domain.contacts.supervision import leg as leg_of
from centralino.domain.errors import RuleViolation
from centralino.domain.telephony.commands import LegJoined, LegLeft
from local.twilio import Answers, Refuses
from local.twilio.model import Call
from tests.contract.telephony.desk import AGENT, CONTACT, RID
from tests.contract.telephony.studio import SUPERVISOR, Studio, open_studio

LEG = leg_of(CONTACT, "01J0")
ADDRESS = f"client:{SUPERVISOR}"
PARTICIPANTS = "/Participants.json"


@pytest.fixture
def studio() -> Iterator[Studio]:
    with open_studio() as opened:
        opened.carrier.apply(lambda c: c.register_client(SUPERVISOR, Answers(after=0.1)))
        yield opened


def listening(studio: Studio, mode: str = "monitor") -> tuple[Call, Call, Call]:
    """Bring a supervisor into a talk; return the calls of caller, agent and supervisor."""
    caller = studio.talk().call
    studio.supervision.listen(studio.contact, LEG, SUPERVISOR, mode, RID)
    studio.desk.until(lambda c: isinstance(c, LegJoined) and c.rid == LEG)
    return caller, studio.leg(f"client:{AGENT}"), studio.leg(ADDRESS)


def heard(studio: Studio, caller: Call, agent: Call, supervisor: Call) -> tuple[bool, bool]:
    """Whether the caller, and whether the agent, hears the supervisor."""
    assert studio.hears(supervisor, caller)
    assert studio.hears(supervisor, agent)
    assert studio.hears(caller, agent)
    assert studio.hears(agent, caller)
    return studio.hears(caller, supervisor), studio.hears(agent, supervisor)


MODES = {"monitor": (False, False), "coach": (False, True), "barge": (True, True)}


@pytest.mark.parametrize("mode", MODES)
def test_a_supervisor_hears_all_and_is_heard_as_the_mode_says(studio: Studio, mode: str) -> None:
    assert heard(studio, *listening(studio, mode)) == MODES[mode]


@pytest.mark.parametrize("first", MODES)
@pytest.mark.parametrize("then", MODES)
def test_a_mode_is_changed_in_one_request(studio: Studio, first: str, then: str) -> None:
    calls = listening(studio, first)
    before = studio.posts(f"/Participants/{calls[2].sid}.json")
    studio.supervision.change(studio.contact, LEG, then, RID)
    assert heard(studio, *calls) == MODES[then]
    assert studio.posts(f"/Participants/{calls[2].sid}.json") == before + 1


def test_asking_twice_rings_once(studio: Studio) -> None:
    listening(studio)
    studio.supervision.listen(studio.contact, LEG, SUPERVISOR, "monitor", RID)
    assert studio.posts(PARTICIPANTS) == 2


def test_a_leg_whose_answer_never_came_is_found_and_not_rung_again(studio: Studio) -> None:
    studio.talk()
    studio.carrier.apply(lambda c: c.faults.rest_timeout("POST", seconds=1.0))
    studio.supervision.listen(studio.contact, LEG, SUPERVISOR, "monitor", RID)
    assert studio.posts(PARTICIPANTS) == 2


def test_a_supervisor_who_leaves_leaves_the_others_talking(studio: Studio) -> None:
    caller, agent, supervisor = listening(studio)
    studio.supervision.leave(studio.contact, LEG)
    studio.supervision.leave(studio.contact, LEG)
    studio.desk.until(lambda c: isinstance(c, LegLeft) and c.rid == LEG)
    studio.wait(supervisor, lambda: supervisor.done)
    assert studio.hears(caller, agent)
    assert not studio.hears(supervisor, caller)


def test_a_supervisor_s_leg_ends_with_the_call(studio: Studio) -> None:
    _, agent, supervisor = listening(studio, "barge")
    studio.media.hang_up(studio.contact)
    studio.wait(supervisor, lambda: supervisor.done)
    studio.wait(agent, lambda: agent.done)


def test_a_supervisor_s_leg_ends_when_the_caller_hangs_up(studio: Studio) -> None:
    caller = studio.talk()
    studio.supervision.listen(studio.contact, LEG, SUPERVISOR, "barge", RID)
    studio.desk.until(lambda c: isinstance(c, LegJoined) and c.rid == LEG)
    studio.carrier.apply(lambda c: caller.hang_up())
    supervisor = studio.leg(ADDRESS)
    studio.wait(supervisor, lambda: supervisor.done)


def test_a_supervisor_who_is_not_reached_is_told(studio: Studio) -> None:
    studio.carrier.apply(lambda c: c.register_client(SUPERVISOR, Refuses()))
    studio.talk()
    studio.supervision.listen(studio.contact, LEG, SUPERVISOR, "monitor", RID)
    studio.desk.until(lambda c: isinstance(c, LegLeft) and c.rid == LEG)
    (left,) = {c.reason for c in studio.desk.commands if isinstance(c, LegLeft) and c.rid == LEG}
    assert left == "busy"


def test_nobody_is_coached_who_is_not_there(studio: Studio) -> None:
    studio.call()
    studio.desk.until(lambda _: True)
    with pytest.raises(RuleViolation) as caught:
        studio.supervision.listen(studio.contact, LEG, SUPERVISOR, "coach", RID)
    assert caught.value.code == "nobody_to_coach"
    assert studio.posts(PARTICIPANTS) == 0


def test_changing_the_mode_of_somebody_who_left_is_nothing(studio: Studio) -> None:
    _, _, supervisor = listening(studio)
    studio.supervision.leave(studio.contact, LEG)
    studio.wait(supervisor, lambda: supervisor.done)
    studio.supervision.change(studio.contact, LEG, "barge", RID)
