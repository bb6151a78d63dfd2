"""Customers who are rung over the fake carrier, once, and told apart from machines."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from centralino.adapters.telephony.twilio.dialler import Dialled
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError, TransientDependency
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    AnswerDetected,
    AttemptProgressed,
    LegJoined,
    LegLeft,
    PresentAsked,
)
from local.twilio import Answers, NeverAnswers, Refuses
from tests.contract.telephony.desk import AGENT, CONTACT, RID
from tests.contract.telephony.studio import LINE, Studio, open_studio

ATTEMPT = "cb_0123456789ABCDEFGHJKMNPQRS#1"
CUSTOMER = "+393337777777"
PARTICIPANTS = "/Participants.json"


@pytest.fixture
def studio() -> Iterator[Studio]:
    with open_studio() as opened:
        opened.desk.contact = Contact(CONTACT, ContactState.DIALING, "demo")
        opened.desk.script = lambda c: (
            [act.Say("We call you back.", "en"), act.Pause(60)]
            if isinstance(c, PresentAsked)
            else None
        )
        # The customer's leg joins by itself: nobody has to be brought out of a queue.
        opened.desk.media = None
        opened.carrier.apply(lambda c: c.register_phone(CUSTOMER, Answers(after=0.2)))
        opened.carrier.apply(lambda c: c.register_client(AGENT, Answers(after=0.1)))
        opened.written[ATTEMPT] = Dialled(CUSTOMER, LINE, int(time.time() * 1000))
        yield opened


def agent_waits(studio: Studio) -> None:
    studio.media.add_agent(studio.contact, RID, AGENT)
    studio.desk.until(lambda c: isinstance(c, LegJoined) and c.rid == RID)


def ring_into(studio: Studio, *, detect: bool = False) -> None:
    studio.dialler.ring_into(studio.contact, ATTEMPT, CUSTOMER, LINE, detect=detect)


def ring(studio: Studio, *, detect: bool = False) -> None:
    studio.dialler.ring(studio.contact, ATTEMPT, CUSTOMER, LINE, detect=detect)


def outcomes(studio: Studio) -> list[str]:
    return [c.outcome for c in studio.desk.commands if isinstance(c, AttemptProgressed)]


def progressed(studio: Studio, outcome: str) -> AttemptProgressed:
    studio.desk.until(lambda c: isinstance(c, AttemptProgressed) and c.outcome == outcome)
    return next(
        c for c in studio.desk.commands if isinstance(c, AttemptProgressed) and c.outcome == outcome
    )


def test_a_customer_joins_the_agent_who_waits_and_the_talk_ends_with_the_customer(
    studio: Studio,
) -> None:
    agent_waits(studio)
    ring_into(studio)
    answered = progressed(studio, "answered")
    studio.desk.until(lambda c: isinstance(c, LegJoined) and c.rid == ATTEMPT)
    customer, agent = studio.leg(CUSTOMER), studio.leg(f"client:{AGENT}")
    assert (answered.attempt, answered.call) == (ATTEMPT, customer.sid)
    assert outcomes(studio) == ["ringing", "answered"]
    assert studio.hears(agent, customer)
    assert studio.dialler.found(studio.contact, ATTEMPT) == customer.sid
    studio.media.drop_agent(studio.contact, ATTEMPT)
    studio.wait(agent, lambda: agent.done)
    progressed(studio, "ended")


def test_a_customer_rung_alone_is_asked_about_as_if_the_call_had_come_in(studio: Studio) -> None:
    ring(studio)
    progressed(studio, "answered")
    studio.desk.until(lambda c: isinstance(c, PresentAsked))
    customer = studio.leg(CUSTOMER)
    studio.wait(customer, lambda: [h.text for h in customer.heard][:1] == ["We call you back."])
    assert studio.dialler.found(studio.contact, ATTEMPT) == customer.sid


@pytest.mark.parametrize("how", [ring, ring_into])
def test_an_attempt_rings_once_however_often_it_is_asked_for(studio: Studio, how: object) -> None:
    assert callable(how)
    agent_waits(studio)
    how(studio)
    how(studio)
    calls = studio.carrier.apply(lambda c: [call for call in c.calls if call.to == CUSTOMER])
    assert len(calls) == 1


@pytest.mark.parametrize("how", [ring, ring_into])
@pytest.mark.parametrize("done", [True, False])
def test_a_request_without_an_answer_is_looked_for_before_it_is_made_again(
    studio: Studio, how: object, done: bool
) -> None:
    assert callable(how)
    agent_waits(studio)
    studio.carrier.apply(lambda c: c.faults.rest_timeout("POST", seconds=1.0, done=done))
    how(studio)
    calls = studio.carrier.apply(lambda c: [call for call in c.calls if call.to == CUSTOMER])
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Refuses(), "busy"),
        (Refuses(status="no-answer"), "no_answer"),
        (Refuses(status="failed"), "failed"),
        (NeverAnswers(), "no_answer"),
    ],
)
@pytest.mark.parametrize("how", [ring, ring_into])
def test_a_customer_who_is_not_reached_is_told_and_still_found(
    studio: Studio, how: object, behaviour: object, outcome: str
) -> None:
    assert callable(how)
    agent_waits(studio)
    studio.carrier.apply(lambda c: c.register_phone(CUSTOMER, behaviour))  # type: ignore[arg-type]
    how(studio)
    told = progressed(studio, outcome)
    assert studio.dialler.found(studio.contact, ATTEMPT) == told.call
    agent = studio.leg(f"client:{AGENT}")
    assert not agent.done
    if how is ring_into:
        studio.desk.until(lambda c: isinstance(c, LegLeft) and c.rid == ATTEMPT)


@pytest.mark.parametrize(
    ("who", "word"),
    [("human", "human"), ("machine_start", "machine"), ("fax", "fax"), ("unknown", "unknown")],
)
@pytest.mark.parametrize("how", [ring, ring_into])
def test_who_answered_is_told_while_the_call_goes_on(
    studio: Studio, how: object, who: str, word: str
) -> None:
    assert callable(how)
    agent_waits(studio)
    studio.carrier.apply(lambda c: c.register_phone(CUSTOMER, Answers(after=0.1), answered_by=who))
    how(studio, detect=True)
    studio.desk.until(lambda c: isinstance(c, AnswerDetected))
    (told,) = [c for c in studio.desk.commands if isinstance(c, AnswerDetected)]
    assert (told.attempt, told.answered_by) == (ATTEMPT, word)
    assert told.call == progressed(studio, "answered").call
    assert not studio.leg(CUSTOMER).done


def test_an_attempt_that_was_never_made_is_not_found(studio: Studio) -> None:
    assert studio.dialler.found(studio.contact, ATTEMPT) is None


def test_an_earlier_call_to_the_same_customer_is_not_this_attempt_s(studio: Studio) -> None:
    ring(studio)
    progressed(studio, "answered")
    later = int(time.time() * 1000) + 10_000
    studio.written[ATTEMPT] = Dialled(CUSTOMER, LINE, later)
    assert studio.dialler.found(studio.contact, ATTEMPT) is None


def test_two_calls_that_may_be_the_attempt_s_are_a_question_nobody_answers(
    studio: Studio,
) -> None:
    other = "cb_0123456789ABCDEFGHJKMNPQRS#2"
    ring_into(studio)
    studio.written[other] = studio.written[ATTEMPT]
    studio.dialler.ring_into(studio.contact, other, CUSTOMER, LINE, detect=False)
    third = "cb_0123456789ABCDEFGHJKMNPQRS#3"
    studio.written[third] = studio.written[ATTEMPT]
    with pytest.raises(TransientDependency) as caught:
        studio.dialler.found(studio.contact, third)
    assert caught.value.code == "unclear_attempt"


def test_an_attempt_nobody_remembers_cannot_be_looked_for(studio: Studio) -> None:
    del studio.written[ATTEMPT]
    with pytest.raises(TransientDependency) as caught:
        studio.dialler.found(studio.contact, ATTEMPT)
    assert caught.value.code == "unknown_attempt"


@pytest.mark.parametrize("how", [ring, ring_into])
def test_a_carrier_that_is_too_busy_has_rung_nobody(studio: Studio, how: object) -> None:
    assert callable(how)
    studio.carrier.apply(lambda c: c.faults.too_many("POST"))
    with pytest.raises(TransientDependency):
        how(studio)
    assert studio.dialler.found(studio.contact, ATTEMPT) is None


def test_a_number_that_is_none_is_refused_for_good(studio: Studio) -> None:
    with pytest.raises(CentralinoError) as caught:
        studio.dialler.ring(studio.contact, ATTEMPT, "+12", LINE, detect=False)
    assert caught.value.code == "carrier_refused"
    assert "+12" not in str(caught.value)


def test_customers_beyond_one_a_second_wait_at_the_carrier() -> None:
    with open_studio(calls_per_second=1.0) as studio:
        studio.desk.contact = Contact(CONTACT, ContactState.DIALING, "demo")
        for number in (1, 2):
            attempt, at = f"cb_0123456789ABCDEFGHJKMNPQRS#{number}", int(time.time() * 1000)
            to = f"+39333777777{number}"
            studio.carrier.apply(lambda c, to=to: c.register_phone(to, NeverAnswers()))
            studio.written[attempt] = Dialled(to, LINE, at)
            studio.dialler.ring(studio.contact, attempt, to, LINE, detect=False)
            assert studio.dialler.found(studio.contact, attempt) is not None
        assert studio.leg("+393337777772").status == "queued"
        progressed(studio, "ringing")
