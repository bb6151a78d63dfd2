"""A page follows the room it is shown: once, twice, late, out of order, begun anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from local.webvoice import Mesh
from tests.unit.local.webvoice.pages import OTHER_ROOM, Links, Sent, eventually, peer, room, signal


class Bench:
    """A mesh and everything it does."""

    def __init__(self) -> None:
        self.links = Links()
        self.sent: Sent = []
        self.joined: list[str] = []

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        async def joined(where: str) -> None:
            self.joined.append(where)

        self.mesh = Mesh(self.links, send, joined)

    def signals(self) -> list[tuple[str, str]]:
        return [(message["to"], message["data"]["type"]) for message in self.sent]


def run(story: Callable[[Bench], Awaitable[None]]) -> None:
    async def go() -> None:
        bench = Bench()
        await story(bench)
        await bench.mesh.leave()
        assert all(link.closed for link in bench.links.made)

    asyncio.run(go())


def test_who_came_later_makes_the_connection_and_the_other_waits() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(3, peer("a", 1, offer=True), peer("b", 3, offer=False), seat=2))
        assert bench.signals() == [("a", "offer")]
        await bench.mesh.signal(signal("b", 3, "offer"))
        assert bench.signals() == [("a", "offer"), ("b", "answer")]
        assert len(bench.links.made) == 2

    run(story)


def test_a_state_that_comes_twice_or_late_changes_nothing() -> None:
    async def story(bench: Bench) -> None:
        later = room(5, peer("a", 1, offer=True), seat=2)
        assert await bench.mesh.show(later)
        assert not await bench.mesh.show(later)
        assert not await bench.mesh.show(room(4, seat=2))
        assert bench.mesh.peers == ["a"]
        assert bench.signals() == [("a", "offer")]

    run(story)


def test_who_hears_whom_changes_without_another_connection() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(2, peer("a", 1, offer=True), seat=2))
        quiet = peer("a", 1, offer=True, send=False, receive=False)
        await bench.mesh.show(room(3, quiet, seat=2, held=True))
        (link,) = bench.links.made
        assert link.lets == [(True, True), (False, False)]
        assert bench.mesh.held
        await bench.mesh.show(room(4, peer("a", 1, offer=True), seat=2))
        assert link.lets[-1] == (True, True)
        assert not bench.mesh.held

    run(story)


def test_a_member_who_begins_anew_or_leaves_is_let_go() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(3, peer("a", 1, offer=True), peer("b", 2, offer=True), seat=3))
        await bench.mesh.show(room(4, peer("a", 4, offer=False), seat=3))
        first, second = bench.links.made
        assert (first.closed, second.closed) == (True, True)
        await bench.mesh.signal(signal("a", 4, "offer"))
        assert bench.mesh.link("a") is bench.links.made[2]
        assert bench.mesh.link("b") is None

    run(story)


def test_a_seat_of_its_own_that_rose_begins_everything_anew() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(2, peer("a", 1, offer=True), seat=2))
        bench.links.made[0].connected.set()
        await eventually(lambda: bench.joined)
        await bench.mesh.show(room(3, peer("a", 1, offer=True), seat=3))
        assert bench.links.made[0].closed
        assert bench.signals() == [("a", "offer"), ("a", "offer")]
        bench.links.made[1].connected.set()
        await eventually(lambda: len(bench.joined) == 2)

    run(story)


def test_a_signal_before_the_state_that_explains_it_is_kept() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.signal(signal("a", 1, "offer"))
        assert bench.links.made == []
        await bench.mesh.show(room(1, seat=1))
        assert bench.links.made == []
        await bench.mesh.show(room(2, peer("a", 1, offer=False), seat=1))
        assert bench.signals() == [("a", "answer")]

    run(story)


@pytest.mark.parametrize("kind", ["offer", "answer", "candidate", "bye"])
def test_a_signal_of_an_earlier_page_is_ignored(kind: str) -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(5, peer("a", 5, offer=True), seat=6))
        await bench.mesh.signal(signal("a", 4, kind))
        (link,) = bench.links.made
        assert link.taken == []
        assert not link.closed

    run(story)


def test_a_second_offer_gives_the_first_connection_up() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(2, peer("a", 2, offer=False), seat=1))
        await bench.mesh.signal(signal("a", 2, "offer"))
        await bench.mesh.signal(signal("a", 2, "offer"))
        first, second = bench.links.made
        assert (first.closed, second.closed) == (True, False)
        await bench.mesh.signal(signal("a", 2, "bye"))
        assert second.closed

    run(story)


def test_joined_is_told_once_however_many_connections_stand() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(3, peer("a", 1, offer=True), peer("b", 2, offer=True), seat=3))
        for link in bench.links.made:
            link.connected.set()
        await eventually(lambda: bench.joined)
        await asyncio.sleep(0)
        assert len(bench.joined) == 1
        assert bench.mesh.connected

    run(story)


def test_a_farewell_older_than_the_state_is_ignored_and_a_later_one_ends_it() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(5, peer("a", 1, offer=True), seat=2))
        await bench.mesh.leave(4)
        assert bench.mesh.room is not None
        await bench.mesh.leave(6)
        assert bench.mesh.room is None
        # What was under way when the page left comes too late.
        assert not await bench.mesh.show(room(6, peer("a", 1, offer=True), seat=2))

    run(story)


def test_another_room_is_another_conversation() -> None:
    async def story(bench: Bench) -> None:
        await bench.mesh.show(room(9, peer("a", 1, offer=True), seat=2))
        await bench.mesh.show(room(1, peer("z", 0, offer=True), seat=1, room=OTHER_ROOM))
        assert bench.links.made[0].closed
        assert bench.mesh.peers == ["z"]

    run(story)
