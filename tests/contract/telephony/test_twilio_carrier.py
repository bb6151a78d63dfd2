"""The adapter against the stateful fake carrier: legs ring, join, leave and end for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from centralino.adapters.telephony.twilio.api import TwilioApi
from centralino.adapters.telephony.twilio.rest import TwilioMedia
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony.commands import (
    CallProgressed,
    Command,
    LegJoined,
    LegLeft,
    PresentAsked,
    WaitContinued,
)
from local.twilio import Answers, CarrierThread, NeverAnswers, Person, Refuses, Timing, silent
from tests.contract.telephony.desk import ACCOUNT, AGENT, CONTACT, RID, TOKEN, Desk, open_desk

PARTICIPANTS = "/Participants.json"


class Stage:
    """A desk, a carrier, and a caller who waits in the queue."""

    def __init__(self, desk: Desk, carrier: CarrierThread, media: TwilioMedia) -> None:
        self.desk = desk
        self.carrier = carrier
        self.media = media
        number = "+390200000001"
        self.caller: Person = carrier.run(carrier.carrier.call("+393330000001", number, silent))
        desk.until(waits)

    def status(self, label: str | None = None) -> str:
        """Return the status of the agent's call, or of the caller's."""
        calls = self.carrier.apply(lambda c: [(k.to, k.status) for k in c.calls])
        agents = [status for to, status in calls if to == f"client:{label}"]
        return agents[-1] if label else next(s for to, s in calls if to == "+390200000001")

    def connect(self) -> None:
        self.desk.state = "bridge"
        self.media.add_agent(self.desk.contact, RID, AGENT)
        self.desk.until(caller_joined)

    def legs_asked(self) -> int:
        return sum(
            1 for e in self.carrier.carrier.journal.rest
            if e.method == "POST" and e.path.endswith(PARTICIPANTS)
        )  # fmt: skip


def waits(command: Command) -> bool:
    return isinstance(command, WaitContinued)


def presents(command: Command) -> bool:
    return isinstance(command, PresentAsked)


def agent_joined(command: Command) -> bool:
    return isinstance(command, LegJoined) and command.rid == RID


def caller_joined(command: Command) -> bool:
    return isinstance(command, LegJoined) and command.rid is None


def agent_left(command: Command) -> bool:
    return isinstance(command, LegLeft) and command.rid == RID


def agent_left_because(reason: str) -> Callable[[Command], bool]:
    return lambda command: (
        isinstance(command, LegLeft) and (command.rid, command.reason) == (RID, reason)
    )


def call_ended(command: Command) -> bool:
    return isinstance(command, CallProgressed) and command.ended


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_desk() as (desk, address):
        timing = Timing(protocol_speed=20.0, speech_seconds_per_character=0.01)
        options = {"calls_per_second": 0.0, "speed": 20.0, "timing": timing}
        with CarrierThread(ACCOUNT, TOKEN, address, **options) as carrier:
            api = TwilioApi(ACCOUNT, TOKEN, carrier.url, timeout_s=0.5)
            desk.media = TwilioMedia(api, desk.urls, lambda contact: "+390200000001")
            carrier.apply(lambda c: c.register_client(AGENT, Answers(after=0.5)))
            yield Stage(desk, carrier, desk.media)
            violations = list(carrier.carrier.violations)
            alerts = [f"{alert.code} {alert.message}" for alert in carrier.carrier.alerts]
    assert violations == []
    assert alerts == []
    assert desk.failures == []


def test_an_accepted_offer_joins_the_agent_and_then_the_caller(stage: Stage) -> None:
    stage.connect()
    joins = [c for c in stage.desk.commands if isinstance(c, LegJoined)]
    assert [join.rid for join in joins] == [RID, None]
    assert {join.contact for join in joins} == {CONTACT}
    assert joins[1].call == stage.caller.sid
    assert (stage.status(), stage.status(AGENT)) == ("in-progress", "in-progress")
    assert stage.media.alive(stage.desk.contact) is True


def test_doing_it_all_again_changes_nothing(stage: Stage) -> None:
    stage.connect()
    before = len(stage.carrier.apply(lambda c: c.calls))
    stage.media.add_agent(stage.desk.contact, RID, AGENT)
    stage.media.bring_caller(stage.desk.contact)
    stage.carrier.run(stage.carrier.carrier.settled())
    assert len(stage.carrier.apply(lambda c: c.calls)) == before
    assert not any(isinstance(c, LegLeft) for c in stage.desk.commands)
    assert (stage.status(), stage.status(AGENT)) == ("in-progress", "in-progress")


def test_a_leg_made_in_a_request_that_timed_out_is_not_made_twice(stage: Stage) -> None:
    stage.carrier.apply(
        lambda c: c.faults.rest_timeout(f"POST /2010-04-01/Accounts/{ACCOUNT}/Conf")
    )
    stage.connect()
    assert stage.legs_asked() == 1


def test_a_leg_refused_by_a_failing_carrier_is_made_on_the_second_try(stage: Stage) -> None:
    stage.carrier.apply(lambda c: c.faults.rest_error(PARTICIPANTS, status=503))
    stage.connect()
    assert stage.status(AGENT) == "in-progress"


def test_too_many_requests_leaves_the_caller_in_line(stage: Stage) -> None:
    stage.carrier.apply(lambda c: c.faults.too_many(f"{CONTACT}{PARTICIPANTS}"))
    with pytest.raises(TransientDependency):
        stage.media.add_agent(stage.desk.contact, RID, AGENT)
    assert stage.status() == "in-progress"
    assert stage.legs_asked() == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Refuses(status="busy"), "busy"),
        (Refuses(status="no-answer"), "no_answer"),
        (Refuses(status="failed"), "failed"),
    ],
)
def test_an_agent_who_cannot_be_reached_is_told_as_left(
    stage: Stage, behaviour: Refuses, reason: str
) -> None:
    stage.carrier.apply(lambda c: c.register_client(AGENT, behaviour))
    stage.media.add_agent(stage.desk.contact, RID, AGENT)
    # The leg itself and the conference it was to enter both say why.
    stage.desk.until(agent_left_because(reason), 2)
    assert stage.status() == "in-progress"


def test_a_ringing_leg_is_cancelled(stage: Stage) -> None:
    stage.carrier.apply(lambda c: c.register_client(AGENT, NeverAnswers()))
    stage.media.add_agent(stage.desk.contact, RID, AGENT)
    stage.media.drop_agent(stage.desk.contact, RID)
    stage.desk.until(agent_left)
    assert stage.status(AGENT) in ("completed", "canceled")
    assert stage.status() == "in-progress"


def test_a_dropped_agent_leaves_the_caller_who_goes_back_in_line(stage: Stage) -> None:
    stage.connect()
    stage.media.drop_agent(stage.desk.contact, RID)
    stage.desk.until(agent_left)
    assert stage.status(AGENT) == "completed"
    assert stage.status() == "in-progress"
    waited = sum(map(waits, stage.desk.commands))
    stage.desk.state = "queue"
    stage.media.recall_caller(stage.desk.contact)
    stage.desk.until(waits, waited + 1)
    stage.media.recall_caller(stage.desk.contact)
    assert stage.status() == "in-progress"


def test_after_going_back_in_line_the_next_agent_is_joined_anew(stage: Stage) -> None:
    stage.connect()
    stage.media.drop_agent(stage.desk.contact, RID)
    stage.desk.until(agent_left)
    stage.desk.state = "queue"
    stage.media.recall_caller(stage.desk.contact)
    waited = sum(map(waits, stage.desk.commands))
    stage.desk.until(waits, waited + 1)
    stage.desk.state = "bridge"
    stage.media.add_agent(stage.desk.contact, f"{CONTACT}#9", AGENT)
    stage.desk.until(caller_joined, 2)
    joined = [c.rid for c in stage.desk.commands if isinstance(c, LegJoined)]
    assert joined == [RID, None, f"{CONTACT}#9", None]


def test_the_caller_hanging_up_ends_the_conversation_for_the_agent(stage: Stage) -> None:
    stage.connect()
    stage.carrier.apply(lambda c: stage.caller.hang_up())
    stage.desk.until(call_ended)
    stage.desk.until(agent_left_because("conversation_ended"))
    assert stage.media.alive(stage.desk.contact) is False


def test_the_caller_hanging_up_in_the_queue_is_told_at_once(stage: Stage) -> None:
    stage.carrier.apply(lambda c: stage.caller.hang_up())
    stage.desk.until(call_ended)
    ended = next(c for c in stage.desk.commands if isinstance(c, CallProgressed))
    assert (ended.call, ended.ended) == (stage.caller.sid, True)


def test_hanging_up_ends_both_legs(stage: Stage) -> None:
    stage.connect()
    stage.media.hang_up(stage.desk.contact)
    stage.desk.until(call_ended)
    assert (stage.status(), stage.status(AGENT)) == ("completed", "completed")
    stage.media.hang_up(stage.desk.contact)
    stage.media.bring_caller(stage.desk.contact)
    stage.media.drop_agent(stage.desk.contact, RID)


def test_an_agent_hanging_up_leaves_the_caller_on_the_line(stage: Stage) -> None:
    stage.carrier.apply(lambda c: c.register_client(AGENT, Answers(after=0.5, talk=10)))
    stage.connect()
    stage.desk.until(agent_left_because("hung_up"))
    assert stage.media.alive(stage.desk.contact) is True
