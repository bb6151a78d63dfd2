"""Pools and the partitions that make them up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.configuration.pools import (
    available_partitions,
    channels_of,
    compile_pools,
    waiting_partitions,
)
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import NotFound

VOICE, CHAT = Channel.VOICE, Channel.CHAT
NAMES = [f"q{n}" for n in range(8)]


def pools(**profiles: list[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    made = {
        name: RoutingProfile(name, tuple(ProfileQueue(q) for q in queues))
        for name, queues in profiles.items()
    }
    found = compile_pools({name: Queue(name, "demo") for name in NAMES}, made)
    return {key: (pool.queues, pool.profiles) for key, pool in found.items()}


def test_what_shares_agents_is_one_pool() -> None:
    assert pools(a=["q1", "q0"], b=["q2"], c=["q2", "q3"]) == {
        "q0": (("q0", "q1"), ("a",)),
        "q2": (("q2", "q3"), ("b", "c")),
    }


def test_a_chain_of_profiles_is_one_pool() -> None:
    assert pools(a=["q0", "q1"], b=["q1", "q2"], c=["q3", "q2"]) == {
        "q0": (("q0", "q1", "q2", "q3"), ("a", "b", "c"))
    }


def test_a_queue_nobody_serves_is_in_no_pool() -> None:
    found = compile_pools({"q": Queue("q", "demo")}, {})
    assert found == {}
    of = Configuration(1, {"q": Queue("q", "demo")}, {}, {}, found, {}, {})
    with pytest.raises(NotFound):
        of.pool_of("q")


@given(
    st.dictionaries(
        st.sampled_from("abcde"),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True),
        min_size=1,
    )
)
def test_pools_split_queues_and_profiles_along_no_profile(profiles: dict[str, list[str]]) -> None:
    found = pools(**profiles)
    queues = [q for queues, _ in found.values() for q in queues]
    assert sorted(queues) == sorted({q for served in profiles.values() for q in served})
    assert sorted(p for _, members in found.values() for p in members) == sorted(profiles)
    for key, (members, serving) in found.items():
        assert key == members[0]
        for profile in serving:
            assert set(profiles[profile]) <= set(members)
        # Connected: growing from one profile reaches all.
        reached, before = set(profiles[serving[0]]), 0
        while len(reached) != before:
            before = len(reached)
            for profile in serving:
                if reached & set(profiles[profile]):
                    reached |= set(profiles[profile])
        assert reached == set(members)


def centre() -> Configuration:
    plans = {"voice": Plan("voice"), "chat": Plan("chat", CHAT)}
    queues = {
        "q": Queue("q", "demo", plans=("voice", "chat"), shards=2),
        "r": Queue("r", "demo", plans=("voice",)),
    }
    profiles = {
        "p": RoutingProfile("p", (ProfileQueue("q"),), {VOICE: 1, CHAT: 3}, shards=2),
        "o": RoutingProfile("o", (ProfileQueue("q"), ProfileQueue("r"))),
    }
    return Configuration(1, queues, profiles, plans, compile_pools(queues, profiles), {}, {})


def test_a_pool_waits_in_queues_times_plans_times_shards() -> None:
    assert waiting_partitions(centre(), "q") == {
        "q#q#voice#0": ("q", "voice"),
        "q#q#voice#1": ("q", "voice"),
        "q#q#chat#0": ("q", "chat"),
        "q#q#chat#1": ("q", "chat"),
        "q#r#voice#0": ("r", "voice"),
    }


def test_agents_are_found_by_profile_free_channels_and_shard() -> None:
    found = available_partitions(centre(), "q", frozenset({CHAT}))
    assert set(found) == {"q#p#c#0", "q#p#c#1", "q#p#vc#0", "q#p#vc#1"}
    assert found["q#p#vc#0"] == ("p", frozenset({VOICE, CHAT}))
    assert channels_of(centre(), "q") == {VOICE, CHAT}


@given(
    st.fixed_dictionaries({}, optional={VOICE: st.integers(1, 2), CHAT: st.integers(1, 3)}),
    st.dictionaries(st.sampled_from([VOICE, CHAT]), st.integers(0, 3)),
    st.sets(st.sampled_from([VOICE, CHAT])),
    st.integers(0, 1),
)
def test_no_agent_hides_from_a_drain(
    capacity: dict[Channel, int],
    used: dict[Channel, int],
    exclusive: set[Channel],
    shard: int,
) -> None:
    # Whatever an agent of this profile was given of it, and whatever it holds.
    agent = Agent(
        "a",
        AgentState.ROUTABLE,
        "demo",
        "q",
        "p",
        capacity=capacity,
        used=used,
        exclusive=frozenset(exclusive),
        shard=shard,
    )
    if agent.available_partition is not None:
        found = available_partitions(centre(), "q", frozenset({VOICE, CHAT}))
        assert found[agent.available_partition] == ("p", agent.free)
