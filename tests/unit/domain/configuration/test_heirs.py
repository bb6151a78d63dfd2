"""Who takes the contacts of a queue that is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.configuration.heirs import heir
from centralino.domain.configuration.model import (
    Configuration,
    Overflow,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.contacts.model import Channel

VOICE, CHAT = Channel.VOICE, Channel.CHAT


def centre(*queues: Queue, served: list[list[str]] | None = None) -> Configuration:
    by_id = {queue.id: queue for queue in queues}
    profiles = {
        f"p{n}": RoutingProfile(f"p{n}", tuple(ProfileQueue(q) for q in names))
        for n, names in enumerate(served if served is not None else [[q] for q in by_id])
    }
    plans = {"voice": Plan("voice"), "chat": Plan("chat", CHAT)}
    return Configuration(1, by_id, profiles, plans, compile_pools(by_id, profiles), {}, {})


def queue(name: str, unit: str = "acme", plan: str = "voice") -> Queue:
    return Queue(name, unit, plans=(plan,))


BEFORE = centre(
    queue("a"), queue("b"), queue("gone"), queue("z"), served=[["a"], ["b"], ["gone", "z"]]
)


def test_a_queue_that_is_there_keeps_its_contacts() -> None:
    assert heir(BEFORE, BEFORE, "gone", VOICE) == "gone"


def test_where_it_overflowed_into_comes_first() -> None:
    way = Overflow("late", "queue", 1, "b")
    message = Overflow("full", "message", 1)
    before = centre(queue("a"), queue("b"), replace(queue("gone"), overflow=(message, way)))
    assert heir(before, centre(queue("a"), queue("b")), "gone", VOICE) == "b"


def test_then_whoever_shared_its_agents_then_the_same_business_unit() -> None:
    assert heir(BEFORE, centre(queue("a"), queue("z")), "gone", VOICE) == "z"
    assert heir(BEFORE, centre(queue("a"), queue("b")), "gone", VOICE) == "a"


@pytest.mark.parametrize(
    "after",
    [
        centre(queue("a", "other")),
        centre(queue("a", plan="chat")),
        centre(queue("a"), served=[]),
        centre(queue("a", plan="unknown")),
    ],
    ids=["another business unit", "another channel", "nobody serves it", "no such plan"],
)
def test_a_queue_that_cannot_take_them_is_no_heir(after: Configuration) -> None:
    assert heir(BEFORE, after, "gone", VOICE) is None


def test_of_a_queue_that_never_was_there_is_no_heir() -> None:
    assert heir(BEFORE, centre(queue("a")), "never", VOICE) is None
