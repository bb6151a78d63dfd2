"""A muted member of a web conversation: who hears whom, and what a new page keeps."""

from __future__ import annotations

from itertools import permutations

from centralino.domain.contacts.supervision import Mode
from centralino.domain.telephony import rooms
from centralino.domain.telephony.rooms import CALLER, Peer, Role, Room

CUSTOMER = Peer(CALLER, "wv_1", Role.CALLER)
ANN = Peer("ann", "ag_ann", Role.AGENT)
BOB = Peer("bob", "ag_bob", Role.AGENT)
BOSS = Peer("boss", "ag_boss", Role.SUPERVISOR, mode=Mode.MONITOR, beside="ann")


def gathered() -> Room:
    room = Room("ct_1")
    for peer in (CUSTOMER, ANN, BOB, BOSS):
        room = rooms.joined(rooms.enter(room, peer), peer.id)
    return room


def heard(room: Room) -> set[tuple[str, str]]:
    """Return who hears whom: listener, speaker."""
    return {
        (listener.id, speaker.id)
        for listener, speaker in permutations(room.peers, 2)
        if rooms.hears(room, listener, speaker)
    }


def test_nobody_hears_who_is_muted_who_hears_on() -> None:
    room = gathered()
    muted = rooms.mute(room, "ann")
    assert muted.version == room.version + 1
    assert heard(room) - heard(muted) == {(CALLER, "ann"), ("bob", "ann"), ("boss", "ann")}
    assert heard(muted) < heard(room)
    assert rooms.mute(muted, "ann") is muted
    back = rooms.unmute(muted, "ann")
    assert heard(back) == heard(room)
    assert rooms.unmute(back, "ann") is back


def test_a_member_who_is_not_there_needs_nothing() -> None:
    room = gathered()
    assert rooms.mute(room, "zoe") is room
    assert rooms.unmute(room, "zoe") is room


def test_hold_and_resume_leave_a_muted_member_muted() -> None:
    room = rooms.mute(gathered(), "ann")
    assert heard(rooms.resume(rooms.hold(room))) == heard(room)


def test_a_page_loaded_anew_is_muted_as_the_one_before() -> None:
    room = rooms.begin_anew(rooms.mute(gathered(), "ann"), "ann", "ag_ann")
    ann = room.find("ann")
    assert ann is not None
    assert (ann.muted, ann.joined) == (True, False)
    again = rooms.enter(rooms.joined(room, "ann"), ANN, anew=True).find("ann")
    assert again is not None
    assert again.muted


def test_who_left_and_comes_again_is_heard() -> None:
    room = rooms.enter(rooms.leave(rooms.mute(gathered(), "ann"), "ann"), ANN)
    ann = room.find("ann")
    assert ann is not None
    assert not ann.muted
