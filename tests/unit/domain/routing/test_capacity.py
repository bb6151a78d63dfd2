"""How much an agent is given at once."""

from __future__ import annotations

from collections import Counter

from centralino.application.ports import WaitingEntry
from tests.unit.domain.routing.making import CHAT, VOICE, free, match, pairs, rules, waiting

BOTH = {VOICE: 1, CHAT: 3}


def chat(contact: str, waited: float = 10) -> WaitingEntry:
    return waiting(contact, plan="chat", channel=CHAT, waited=waited)


def test_an_agent_may_take_several_contacts_at_once() -> None:
    made = match([chat(f"c{n}") for n in range(5)], [free("a", capacity=BOTH)])
    assert Counter(pairs(made).values()) == {"a": 3}
    assert made.unserved == 2


def test_what_is_in_hand_counts() -> None:
    agent = free("a", capacity=BOTH, used={CHAT: 2})
    made = match([chat(f"c{n}") for n in range(5)], [agent])
    assert len(made.assignments) == 1


def test_an_exclusive_contact_takes_the_whole_agent() -> None:
    made = match([waiting("v", waited=60), chat("t")], [free("a", capacity=BOTH)])
    assert pairs(made) == {"v": "a"}


def test_an_exclusive_contact_needs_an_idle_agent() -> None:
    made = match([chat("t", 60), waiting("v")], [free("a", capacity=BOTH)])
    assert pairs(made) == {"t": "a"}
    busy = free("a", capacity=BOTH, used={CHAT: 1})
    assert match([waiting("v")], [busy]).assignments == ()


def test_channels_that_are_not_exclusive_mix() -> None:
    agent = free("a", capacity=BOTH, exclusive=frozenset())
    made = match([waiting("v"), chat("t"), chat("u")], [agent])
    assert pairs(made) == {"v": "a", "t": "a", "u": "a"}


def test_contacts_are_spread_before_they_are_stacked() -> None:
    agents = [free("a", idle=99, capacity=BOTH), free("b", idle=1, capacity=BOTH)]
    made = match([chat(f"c{n}") for n in range(4)], agents)
    assert Counter(pairs(made).values()) == {"a": 2, "b": 2}


def test_an_entry_without_room_is_passed_over() -> None:
    full = free("full", idle=99, used={VOICE: 1})
    none = free("none", idle=98, capacity={VOICE: 0})
    assert pairs(match([waiting("c")], [full, none, free("a")])) == {"c": "a"}


def test_a_chat_does_not_take_back_what_an_older_call_could_have_had() -> None:
    # The call found its only agent busy with an older chat. Moving that chat away for a younger
    # one would serve the younger in the call's place.
    of = rules({"wide": ["q", "r"], "narrow": ["q"]})
    mixed = free("mixed", profile="wide", idle=99, capacity={VOICE: 1, CHAT: 1})
    chats = free("chats", profile="narrow", idle=1, capacity={CHAT: 1})
    young = waiting("young", queue="r", plan="chat", channel=CHAT, waited=1)
    without_call = match([chat("old", 60), young], [mixed, chats], of)
    assert pairs(without_call) == {"old": "chats", "young": "mixed"}
    made = match([chat("old", 60), waiting("call", waited=30), young], [mixed, chats], of)
    assert pairs(made) == {"old": "mixed"}
    # A call left in an earlier tier has been passed over by no chat of this one.
    urgent = waiting("urgent", queue="s", tier=0)
    elsewhere = rules({"wide": ["q", "r"], "narrow": ["q"], "other": ["s"]})
    assert pairs(match([urgent, chat("old", 60), young], [mixed, chats], elsewhere)) == {
        "old": "chats",
        "young": "mixed",
    }
