"""Who hears whom in a room, whatever happens to it in whatever order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.telephony import rooms
from centralino.domain.telephony.rooms import CALLER, MOST_PEERS, Peer, Role, Room

CUSTOMER = Peer(CALLER, "wv_1", Role.CALLER)
ANN = Peer("ct_1#3", "ag_ann", Role.AGENT)
BOB = Peer("ct_2#3", "ag_bob", Role.AGENT)
SUE = Peer("sv_1", "ag_sue", Role.SUPERVISOR, mode=Mode.MONITOR, beside=ANN.id)
EVERYBODY = (CUSTOMER, ANN, BOB, SUE, Peer("ct_3#3", "ag_eve", Role.AGENT))

Step = Callable[[Room], Room]


def enters(peer: Peer, *, anew: bool = False) -> Step:
    return lambda room: rooms.enter(room, peer, anew=anew)


def steps() -> st.SearchStrategy[list[Step]]:
    """Anything that can be done to a room, also what makes no sense."""
    peer = st.sampled_from(EVERYBODY)
    one = st.one_of(
        st.builds(lambda p, a: enters(p, anew=a), peer, st.booleans()),
        peer.map(lambda p: lambda room: rooms.joined(room, p.id)),
        peer.map(lambda p: lambda room: rooms.leave(room, p.id)),
        st.just(rooms.hold),
        st.just(rooms.resume),
        st.sampled_from(Mode).map(lambda m: lambda room: rooms.supervise(room, SUE.id, m, ANN.id)),
        st.just(rooms.close),
    )
    return st.lists(one, max_size=25)


def after(*done: Step) -> Room:
    room = Room("ct_1")
    for step in done:
        room = step(room)
    return room


def hear(room: Room) -> set[tuple[str, str]]:
    """Return (listener, speaker) for everybody who hears somebody."""
    return {(a.id, b.id) for a in room.peers for b in room.peers if rooms.hears(room, a, b)}


@given(steps())
def test_a_room_stays_sound_whatever_happens(done: list[Step]) -> None:
    room = Room("ct_1")
    for step in done:
        before = room
        try:
            room = step(before)
        except (RuleViolation, NotFound):
            continue
        # Every change is a new version, and what changes nothing is the same room.
        assert (room is before) == (room.version == before.version)
        assert room.version in (before.version, before.version + 1)
        assert before.closed <= room.closed
        assert len(room.peers) <= MOST_PEERS
        assert len({p.id for p in room.peers}) == len({p.who for p in room.peers})
        assert len({p.id for p in room.peers}) == len(room.peers)
        assert len({p.seat for p in room.peers}) == len(room.peers)


@given(steps())
def test_who_hears_whom_follows_the_rules(done: list[Step]) -> None:
    room = Room("ct_1")
    for step in done:
        try:
            room = step(room)
        except (RuleViolation, NotFound):
            continue
    for listener in room.peers:
        for speaker in room.peers:
            waits = room.held and Role.CALLER in (listener.role, speaker.role)
            whispers = speaker.mode is Mode.COACH and listener.id != speaker.beside
            mute = speaker.mode is Mode.MONITOR or whispers
            expected = listener is not speaker and not waits and not mute
            assert rooms.hears(room, listener, speaker) is expected


@given(steps())
def test_both_ends_see_the_same_connection_and_one_of_them_makes_it(done: list[Step]) -> None:
    room = Room("ct_1")
    for step in done:
        try:
            room = step(room)
        except (RuleViolation, NotFound):
            continue
    seen = {(me.id, link.peer.id): link for me in room.peers for link in rooms.links(room, me.id)}
    for (me, other), link in seen.items():
        back = seen[(other, me)]
        assert link.send == back.receive
        assert link.receive == back.send
        assert link.offer is not back.offer


def test_everybody_in_a_talk_hears_everybody() -> None:
    room = after(enters(ANN), enters(CUSTOMER), enters(BOB))
    assert len(hear(room)) == 6


def test_a_held_customer_hears_nobody_and_the_consulted_talk_goes_on() -> None:
    room = after(enters(ANN), enters(CUSTOMER), rooms.hold, enters(BOB))
    assert hear(room) == {(ANN.id, BOB.id), (BOB.id, ANN.id)}
    assert len(hear(rooms.resume(room))) == 6


@pytest.mark.parametrize(
    ("mode", "listeners"),
    [
        (Mode.MONITOR, set()),
        (Mode.COACH, {ANN.id}),
        (Mode.BARGE, {ANN.id, BOB.id, CALLER}),
    ],
)
def test_a_supervisor_hears_all_and_is_heard_by_mode(mode: Mode, listeners: set[str]) -> None:
    room = after(enters(ANN), enters(CUSTOMER), enters(BOB), enters(SUE))
    room = rooms.supervise(room, SUE.id, mode, ANN.id)
    heard = hear(room)
    assert {a for a, b in heard if b == SUE.id} == listeners
    assert {b for a, b in heard if a == SUE.id} == {ANN.id, BOB.id, CALLER}


def test_who_comes_later_makes_the_connection_also_after_beginning_anew() -> None:
    room = after(enters(ANN), enters(CUSTOMER))
    assert [link.offer for link in rooms.links(room, CALLER)] == [True]
    room = rooms.enter(rooms.joined(room, ANN.id), ANN, anew=True)
    assert [link.offer for link in rooms.links(room, ANN.id)] == [True]
    seated = room.find(ANN.id)
    assert seated is not None
    assert not seated.joined


def test_one_person_sits_in_a_room_once() -> None:
    again = Peer("ct_1#9", ANN.who, Role.AGENT)
    room = after(enters(ANN), enters(CUSTOMER), enters(again))
    assert [peer.id for peer in room.peers] == [CALLER, again.id]


def test_a_fifth_cannot_come_in() -> None:
    room = after(enters(CUSTOMER), enters(ANN), enters(BOB), enters(SUE))
    with pytest.raises(RuleViolation) as refused:
        rooms.enter(room, EVERYBODY[4])
    assert refused.value.code == "room_full"


def test_nobody_enters_a_conversation_that_is_over() -> None:
    room = after(enters(ANN), rooms.close)
    assert room.peers == ()
    with pytest.raises(RuleViolation) as refused:
        rooms.enter(room, ANN)
    assert refused.value.code == "room_closed"
    assert rooms.may_signal(room, ANN.who, CALLER) is None


def test_only_members_signal_and_never_to_themselves() -> None:
    room = after(enters(ANN), enters(CUSTOMER))
    sent = rooms.may_signal(room, "wv_1", ANN.id)
    assert sent is not None
    assert [peer.id for peer in sent] == [CALLER, ANN.id]
    assert rooms.may_signal(room, "ag_bob", CALLER) is None
    assert rooms.may_signal(room, "wv_1", BOB.id) is None
    assert rooms.may_signal(room, "wv_1", CALLER) is None


def test_only_a_supervisor_who_is_there_changes_mode() -> None:
    room = after(enters(ANN))
    for name in (ANN.id, SUE.id):
        with pytest.raises(NotFound):
            rooms.supervise(room, name, Mode.BARGE, "")


def test_beginning_anew_keeps_what_a_member_is_and_brings_nobody_in() -> None:
    room = after(enters(ANN), enters(CUSTOMER), enters(SUE))
    room = rooms.supervise(room, SUE.id, Mode.BARGE, "")
    again = rooms.begin_anew(room, SUE.id, SUE.who)
    seated = again.find(SUE.id)
    assert seated is not None
    assert (seated.mode, seated.seat) == (Mode.BARGE, again.version)
    assert rooms.begin_anew(room, SUE.id, ANN.who) is room
    left = rooms.leave(room, ANN.id)
    assert rooms.begin_anew(left, ANN.id, ANN.who) is left
