"""Where contacts go that a queue cannot take, or keeps no longer."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from centralino.domain.configuration.model import Configuration, Overflow, Queue
from centralino.domain.configuration.overflow import (
    Admission,
    Diversion,
    State,
    admit,
    divert,
    next_look,
    words,
)
from centralino.domain.errors import NotFound

TO_B = Overflow("closed", "queue", queue="b")
LATE_TO_B = Overflow("late", "queue", limit=90_000, queue="b")
BUSY = {"en": "we are busy"}


def rules(**overflow: tuple[Overflow, ...]) -> Configuration:
    queues = {name: Queue(name, "demo", overflow=overflow.get(name, ())) for name in "abc"}
    return Configuration(1, queues, {}, {}, {}, {}, {})


def state(closed: Collection[str] = (), waiting: Mapping[str, int] | None = None) -> State:
    held = waiting or {}
    return State(lambda q: q.id not in closed, lambda q, limit: held.get(q.id, 0) >= limit)


def test_an_open_queue_with_room_takes_the_contact() -> None:
    assert admit(rules(a=(TO_B,)), "a", state()) == Admission("a")


def test_a_closed_queue_sends_the_contact_where_its_rule_says() -> None:
    found = admit(rules(a=(TO_B,)), "a", state(closed="a"))
    assert found == Admission("b", (Diversion("a", "closed", "b"),))


def test_a_closed_queue_without_a_rule_turns_contacts_away() -> None:
    assert admit(rules(), "a", state(closed="a")) == Admission(None, (Diversion("a", "closed"),))


@pytest.mark.parametrize(("waiting", "queue"), [(4, "a"), (5, "b"), (6, "b")])
def test_a_full_queue_holds_its_limit_and_no_more(waiting: int, queue: str) -> None:
    full = Overflow("full", "queue", limit=5, queue="b")
    assert admit(rules(a=(full,)), "a", state(waiting={"a": waiting})).queue == queue


def test_the_first_rule_that_holds_is_taken() -> None:
    full = Overflow("full", "queue", limit=1, queue="c")
    both = state(closed="a", waiting={"a": 1})
    assert admit(rules(a=(TO_B, full)), "a", both).queue == "b"
    assert admit(rules(a=(full, TO_B)), "a", both).queue == "c"


def test_a_chain_is_followed_to_its_end() -> None:
    chain = rules(a=(TO_B,), b=(Overflow("full", "queue", limit=3, queue="c"),))
    found = admit(chain, "a", state(closed="a", waiting={"b": 3}))
    assert found == Admission("c", (Diversion("a", "closed", "b"), Diversion("b", "full", "c")))


def test_a_circle_of_queues_that_cannot_take_a_contact_ends_with_a_message() -> None:
    circle = rules(a=(TO_B,), b=(Overflow("full", "queue", limit=1, queue="a"),))
    found = admit(circle, "a", state(closed="a", waiting={"b": 1}))
    assert found == Admission(None, (Diversion("a", "closed", "b"), Diversion("b", "full")))


def test_an_unknown_queue_is_an_error() -> None:
    with pytest.raises(NotFound):
        admit(rules(), "nowhere", state())


@pytest.mark.parametrize(("waited", "found"), [(89_999, None), (90_000, "b"), (500_000, "b")])
def test_a_contact_is_sent_on_once_it_has_waited_its_time(waited: int, found: str | None) -> None:
    diversion = divert(rules(a=(LATE_TO_B,)), "a", waited, state())
    assert (diversion.to if diversion else None) == found


def test_nobody_is_sent_on_to_a_queue_that_could_not_take_them() -> None:
    assert divert(rules(a=(LATE_TO_B,)), "a", 90_000, state(closed="b")) is None
    full = rules(a=(LATE_TO_B,), b=(Overflow("full", "message", limit=2, texts=BUSY),))
    assert divert(full, "a", 90_000, state(waiting={"b": 2})) is None
    assert divert(full, "a", 90_000, state(waiting={"b": 1})) == Diversion("a", "late", "b")


def test_the_next_rule_holds_where_the_first_leads_nowhere() -> None:
    ways = (LATE_TO_B, Overflow("late", "message", limit=120_000, texts=BUSY))
    shut = state(closed="b")
    assert divert(rules(a=ways), "a", 100_000, shut) is None
    assert divert(rules(a=ways), "a", 120_000, shut) == Diversion("a", "late")


def test_closing_reaches_those_who_wait_only_where_a_rule_says_so() -> None:
    assert divert(rules(), "a", 1_000, state(closed="a")) is None
    assert divert(rules(a=(TO_B,)), "a", 0, state(closed="a")) == Diversion("a", "closed", "b")


def test_a_contact_is_looked_at_when_it_may_first_have_to_leave() -> None:
    queue = rules(a=(LATE_TO_B, TO_B)).queue("a")
    assert next_look(queue, None, 1_000, 1_000) == 91_000
    assert next_look(queue, 50_000, 1_000, 1_000) == 50_000
    assert next_look(queue, 50_000, 1_000, 60_000) == 91_000
    assert next_look(queue, 50_000, 1_000, 91_000) is None
    assert next_look(rules().queue("a"), 50_000, 1_000, 1_000) is None


def test_a_message_has_the_words_of_the_rule_that_turned_the_contact_away() -> None:
    late = Overflow("late", "message", limit=9, texts=BUSY)
    queue = rules(a=(TO_B, late)).queue("a")
    assert words(queue, "late") == BUSY
    assert words(queue, "closed") is None
