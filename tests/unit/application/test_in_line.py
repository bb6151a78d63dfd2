"""What is heard and offered in line: at its time, once, and without losing the place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.telephony.twilio.twiml import render
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.application import calls, offers
from centralino.application.routing import drain
from centralino.domain.configuration.model import Announce
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.commands import PresentAsked, WaitContinued
from tests.support.announcing import teach
from tests.support.centre import KEY, Centre
from tests.unit.application.errand_flows import events, pressed, recorded, with_tasks
from tests.unit.application.flow_calls import at, give, rules

MUSIC = "https://files.example.com/m.mp3"
FLOW = """
flow: main
start: line
person: line
steps:
  line:
    do: enqueue
    queue: sales
    plan: voice
    texts: {en: hold, it: attenda}
    waiting:
      interval: 60s
      offers:
        - {digit: "1", to: back, late: true, every: 60s, texts: {en: late, it: tardi}}
        - {digit: "2", to: message, every: 2m, texts: {en: message, it: messaggio}}
        - {digit: "3", to: more, over: 5m, texts: {en: long, it: lunga}}
  more:
    do: menu
    texts: {en: more, it: altro}
    choices: {"1": bye, "2": line}
    invalid: {en: what, it: come}
    otherwise: line
  back:
    do: offer_callback
    queue: sales
    plan: voice
    texts: {en: call you, it: "la richiamiamo"}
    ask: {en: number, it: numero}
    invalid: {en: none, it: nessuno}
    then: booked
    otherwise: line
  booked: {do: hangup, texts: {en: booked, it: prenotata}}
  message:
    do: voicemail
    queue: support
    plan: task
    texts: {en: speak, it: parli}
    then: bye
    otherwise: line
  bye: {do: hangup, texts: {en: bye, it: ciao}}
"""


def line_centre(text: str = FLOW, *, announced: bool = False) -> Centre:
    made = with_tasks(rules(text))
    if announced:
        told = Announce(position=True, wait=True, every_ms=60_000)
        queues = {name: replace(queue, announce=told) for name, queue in made.queues.items()}
        made = replace(made, queues=queues)
    return Centre(rules=made)


@pytest.fixture
def centre() -> Centre:
    return line_centre()


def loop(centre: Centre, contact: str) -> list[act.Action]:
    """Return what one turn of the waiting loop makes the call do."""
    return calls.handle(centre.app, WaitContinued(contact, "CA1", "w"), KEY)


def said(actions: list[act.Action]) -> list[str]:
    found: list[str] = []
    for action in actions:
        prompts = action.prompts if isinstance(action, act.Gather) else (action,)
        found += [
            p.text if isinstance(p, act.Say) else p.url
            for p in prompts
            if isinstance(p, act.Say | act.Play)
        ]
    return found


def asked(actions: list[act.Action]) -> str:
    (gather,) = (action for action in actions if isinstance(action, act.Gather))
    return gather.step


def place(centre: Centre, contact: str) -> tuple[object, ...]:
    found = centre.contact(contact)
    return (found.state, found.queue, found.virtual_time, found.leg, found.enqueued_at)


# ---------------------------------------------------------------- heard


def test_words_come_at_their_interval_and_an_offer_at_its_own(centre: Centre) -> None:
    contact = centre.ring()
    heard = []
    for _ in range(10):
        heard.append(said(loop(centre, contact)))
        centre.advance(20_000)
    assert heard[:4] == [["attenda"], [], [], ["attenda"]]
    assert heard[6] == ["attenda", "messaggio"]
    assert [h for h in heard if "messaggio" in h] == [heard[6]]


def test_a_turn_told_twice_says_nothing_twice(centre: Centre) -> None:
    contact = centre.ring()
    assert said(loop(centre, contact)) == ["attenda"]
    assert said(loop(centre, contact)) == []


def test_music_plays_between_the_words_and_answers_are_taken_meanwhile() -> None:
    centre = line_centre(FLOW.replace("interval: 60s", f"interval: 60s\n      music: {MUSIC}"))
    contact = centre.ring()
    assert said(loop(centre, contact)) == ["attenda", MUSIC]
    assert said(loop(centre, contact)) == [MUSIC]
    assert isinstance(loop(centre, contact)[0], act.Gather)


def test_without_offers_nothing_is_asked_and_nothing_kept() -> None:
    text = FLOW[: FLOW.index("    waiting:")] + "  bye: {do: hangup, texts: {en: x, it: x}}\n"
    centre = line_centre(text)
    contact = centre.ring()
    for _ in range(2):
        assert loop(centre, contact) == [act.Say("attenda", "it"), act.Pause(20)]
    assert centre.world.operations.list(f"line#{contact}") == []


def test_past_the_announced_wait_the_caller_is_told_and_offered_a_call_back() -> None:
    centre = line_centre(announced=True)
    teach(centre)
    contact = centre.ring()
    heard = []
    for _ in range(12):
        heard.append(said(loop(centre, contact)))
        centre.advance(20_000)
        teach(centre)
    first = next(i for i, h in enumerate(heard) if "tardi" in h)
    assert not any("tardi" in h for h in heard[:first])
    promise = centre.contact(contact).promise
    assert promise is not None
    assert first * 20_000 > promise.window_end - promise.made_at
    told = [i for i, h in enumerate(heard) if phrases.WAIT_IS_LATE["it"] in h]
    assert told
    assert told[0] >= first - 1
    assert sum("tardi" in h for h in heard[first : first + 3]) == 1


def test_an_offer_for_long_waits_is_made_at_once_and_only_then() -> None:
    centre = line_centre()
    teach(centre, ahead=1)
    contact = centre.ring()
    assert "lunga" not in said(loop(centre, contact))
    other = line_centre()
    teach(other, ahead=40)
    late = other.ring()
    assert "lunga" in said(loop(other, late))
    assert "lunga" not in said(loop(other, late))


# ---------------------------------------------------------------- taken


def test_an_offer_is_taken_and_the_place_is_kept_until_it_is_used(centre: Centre) -> None:
    contact = centre.ring()
    before = place(centre, contact)
    token = asked(loop(centre, contact))
    assert token == "wait.1.0"
    heard = pressed(centre, contact, "1", token)
    assert said(heard) == ["la richiamiamo"]
    assert asked(heard) == "back.1"
    assert place(centre, contact) == before
    # Should the answer get lost, the loop and a redirect ask the same again.
    assert loop(centre, contact) == heard
    assert calls.handle(centre.app, PresentAsked(contact, "CA1"), KEY) == heard
    # Declined: back in line, where they were.
    assert give(centre, contact, "9") == [act.Queue(contact)]
    assert place(centre, contact) == before
    assert [kind for kind, _ in events(centre, contact)] == ["ContactStarted", "ContactEnqueued"]


def test_a_booking_takes_the_caller_out_of_line_with_the_place(centre: Centre) -> None:
    contact = centre.ring()
    before = centre.contact(contact)
    pressed(centre, contact, "1", asked(loop(centre, contact)))
    assert give(centre, contact, "1") == [act.Say("prenotata", "it"), act.Hangup()]
    assert centre.state(contact) == "CLOSED"
    (booked,) = [c for c in centre.world.store.contacts() if c.calls_back]
    assert booked.virtual_time == before.virtual_time


def test_a_message_is_taken_outside_the_carriers_queue_and_ends_the_wait(centre: Centre) -> None:
    contact = centre.ring()
    (taken,) = pressed(centre, contact, "2", asked(loop(centre, contact)))
    assert isinstance(taken, act.Message)
    assert render([taken], Urls("https://x"), queued=True).count("<Leave") == 1
    assert calls.handle(centre.app, PresentAsked(contact, "CA1"), KEY) == [taken]
    assert recorded(centre, contact)[-1] == act.Hangup()
    assert centre.state(contact) == "CLOSED"
    assert len([c for c in centre.world.store.contacts() if c.channel == "task"]) == 1


def test_nothing_said_leads_back_into_line(centre: Centre) -> None:
    contact = centre.ring()
    before = place(centre, contact)
    pressed(centre, contact, "2", asked(loop(centre, contact)))
    assert recorded(centre, contact, None) == [act.Queue(contact)]
    assert place(centre, contact) == before


@pytest.mark.parametrize("digits", ["", "7", "11", "1" * 1_000])
def test_another_key_and_silence_go_on_waiting(centre: Centre, digits: str) -> None:
    contact = centre.ring()
    token = asked(loop(centre, contact))
    before = centre.contact(contact)
    assert isinstance(pressed(centre, contact, digits, token)[-1], act.Gather)
    assert centre.contact(contact) == before
    assert not centre.world.media.calls


def test_an_offer_taken_twice_or_late_counts_once(centre: Centre) -> None:
    contact = centre.ring()
    token = asked(loop(centre, contact))
    first = pressed(centre, contact, "1", token)
    stands = centre.contact(contact)
    assert pressed(centre, contact, "1", token) == first
    assert centre.contact(contact) == stands
    give(centre, contact, "9")
    back = centre.contact(contact)
    assert isinstance(pressed(centre, contact, "1", token)[-1], act.Gather)
    assert centre.contact(contact) == back


def test_an_agent_who_is_found_comes_before_the_offer(centre: Centre) -> None:
    contact = centre.ring()
    token = asked(loop(centre, contact))
    pressed(centre, contact, "1", token)
    step = at(centre, contact)
    agent = centre.agent()
    drain(centre.app, "main", cause="test")
    assert centre.state(contact) == "OFFERED"
    # What is pressed now moves nothing; the caller waits for the agent.
    assert pressed(centre, contact, "1", step) == [act.Queue(contact)]
    assert [c for c in centre.world.store.contacts() if c.calls_back] == []
    rid = centre.contact(contact).rid or ""
    offers.accept(centre.app, agent, contact, rid, "api")
    centre.agent_joins(contact, rid)
    assert calls.handle(centre.app, PresentAsked(contact, "CA1"), KEY) == [act.Bridge(contact)]


def test_a_message_that_comes_after_an_agent_was_found_is_kept_beside_the_call(
    centre: Centre,
) -> None:
    contact = centre.ring()
    pressed(centre, contact, "2", asked(loop(centre, contact)))
    step = at(centre, contact)
    centre.agent()
    drain(centre.app, "main", cause="test")
    recorded(centre, contact, step=step)
    assert centre.state(contact) == "OFFERED"
    assert len([c for c in centre.world.store.contacts() if c.channel == "task"]) == 1


def test_a_caller_who_says_goodbye_in_line_has_left_the_queue(centre: Centre) -> None:
    teach(centre, ahead=40)
    contact = centre.ring()
    pressed(centre, contact, "3", asked(loop(centre, contact)))
    assert give(centre, contact, "1") == [act.Say("ciao", "it"), act.Hangup()]
    assert centre.state(contact) == "ABANDONED"


def test_a_caller_who_hangs_up_at_an_offer_has_left_the_queue(centre: Centre) -> None:
    contact = centre.ring()
    pressed(centre, contact, "1", asked(loop(centre, contact)))
    centre.caller_leaves(contact)
    assert centre.state(contact) == "ABANDONED"


def test_rules_that_are_gone_lead_back_into_line(centre: Centre) -> None:
    contact = centre.ring()
    before = place(centre, contact)
    pressed(centre, contact, "1", asked(loop(centre, contact)))
    centre.world.configuration.publish(with_tasks(rules(FLOW, 2)))
    del centre.world.configuration._releases[1]
    assert give(centre, contact, "1")[-1] == act.Queue(contact)
    assert place(centre, contact) == before


def test_an_offer_that_the_provider_cannot_keep_leaves_the_caller_in_line(centre: Centre) -> None:
    able = frozenset(Capability) - {Capability.MESSAGE}
    centre.app = replace(centre.app, able=lambda _: able)
    contact = centre.ring()
    before = place(centre, contact)
    token = asked(loop(centre, contact))
    assert isinstance(pressed(centre, contact, "2", token)[-1], act.Gather)
    assert place(centre, contact) == before
    assert not centre.world.media.calls


def test_an_offer_that_ends_in_a_goodbye_is_heard_in_line() -> None:
    centre = line_centre(FLOW.replace("    otherwise: line\n  bye:", "    otherwise: bye\n  bye:"))
    able = frozenset(Capability) - {Capability.MESSAGE}
    centre.app = replace(centre.app, able=lambda _: able)
    contact = centre.ring()
    token = asked(loop(centre, contact))
    assert pressed(centre, contact, "2", token) == [act.Say("ciao", "it"), act.Hangup()]
    assert centre.state(contact) == "ABANDONED"


def test_the_waiting_loop_is_what_a_carrier_can_play_in_its_queue() -> None:
    text = FLOW.replace("interval: 60s", f"interval: 60s\n      music: {MUSIC}")
    centre = line_centre(text)
    contact = centre.ring()
    urls = Urls("https://calls.example.com")
    first = render(loop(centre, contact), urls, queued=True)
    assert f"<Play>{MUSIC}</Play></Gather></Response>" in first
    token = "s=wait.1.0"
    assert token in first
    question = render(pressed(centre, contact, "1", "wait.1.0"), urls, queued=True)
    assert "s=back.1" in question
    refused = render([act.Say("no", "en"), act.Queue(contact)], urls, queued=True)
    assert "no</Say><Redirect" in refused
