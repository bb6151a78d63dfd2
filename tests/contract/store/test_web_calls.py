"""Rooms, numbers and limits of web calls on every store, with many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from centralino.adapters.memory.messages import MemoryRealtime
from centralino.application import web_calls
from centralino.application.limits import Limit, admit
from centralino.application.ports import Item
from centralino.application.rooms import Rooms
from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import RuleViolation, TooManyRequests
from centralino.domain.telephony import rooms
from centralino.domain.telephony.rooms import CALLER, MOST_PEERS, Peer, Role
from tests.contract.store.conftest import Backend

CALL = "wv_0123456789ABCDEFGHJKMNPQRS"
ROOM = "ct_0123456789ABCDEFGHJKMNPQRS"


@pytest.fixture
def held(backend: Backend) -> Rooms:
    """The rooms on each store in turn."""
    return Rooms(backend.operations, MemoryRealtime(), backend.clock)


def agent(number: int) -> Peer:
    return Peer(f"{ROOM}#{number}", f"ag_{number}", Role.AGENT)


def test_a_room_comes_back_as_it_was_left(held: Rooms) -> None:
    supervisor = Peer(f"{ROOM}!1", "ag_sue", Role.SUPERVISOR, mode=Mode.COACH, beside=agent(1).id)
    for peer in (Peer(CALLER, CALL, Role.CALLER), agent(1), supervisor):
        held.change(ROOM, lambda room, peer=peer: rooms.enter(room, peer))  # type: ignore[misc]
    held.change(ROOM, lambda room: rooms.joined(room, CALLER))
    _, left = held.change(ROOM, rooms.hold)
    assert held.get(ROOM) == left
    _, closed = held.change(ROOM, rooms.close)
    assert held.get(ROOM) == closed


def test_who_comes_at_once_comes_in_and_a_fifth_does_not(held: Rooms) -> None:
    def enter(number: int) -> bool:
        try:
            held.change(ROOM, lambda room: rooms.enter(room, agent(number)))
        except RuleViolation:
            return False
        return True

    with ThreadPoolExecutor(MOST_PEERS + 1) as pool:
        came = list(pool.map(enter, range(1, MOST_PEERS + 2)))
    room = held.get(ROOM)
    assert sum(came) == len(room.peers) == MOST_PEERS
    assert room.version == MOST_PEERS
    assert len({peer.seat for peer in room.peers}) == MOST_PEERS


def test_lists_of_a_call_never_share_a_number(backend: Backend) -> None:
    def number(_: int) -> int:
        return web_calls.next_number(backend.operations, backend.clock, CALL)

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(number, range(18)))
    assert sorted(numbers) == list(range(1, 19))


def test_a_call_that_began_before_its_lists_were_limited_goes_on(backend: Backend) -> None:
    operations, clock = backend.operations, backend.clock
    web_calls.next_number(operations, clock, CALL)
    (held,) = [item for item in operations.list(f"call#{CALL}") if item.sk == "sent"]
    operations.put(Item(held.pk, held.sk, {"number": 1}, ttl=held.ttl))
    assert web_calls.next_number(operations, clock, CALL, Limit(1, 60_000)) == 2
    with pytest.raises(TooManyRequests):
        web_calls.next_number(operations, clock, CALL, Limit(1, 60_000))


def test_however_many_ask_at_once_no_more_than_the_burst_get_in(backend: Backend) -> None:
    def ask(_: int) -> bool:
        try:
            admit(backend.operations, backend.clock, "somebody", Limit(3, 60_000))
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        admitted = sum(pool.map(ask, range(24)))
    assert 1 <= admitted <= 3
    while ask(0):
        admitted += 1
    assert admitted == 3
