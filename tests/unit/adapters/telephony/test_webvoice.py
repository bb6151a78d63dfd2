"""What a page is told to do, and what can be done to its call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.log import MemoryLog
from centralino.adapters.memory.messages import MemoryRealtime
from centralino.adapters.memory.operations import MemoryOperations
from centralino.adapters.telephony.webvoice.capabilities import CAPABILITIES
from centralino.adapters.telephony.webvoice.media import WebvoiceMedia, WebvoiceSupervision
from centralino.adapters.telephony.webvoice.render import Renderer
from centralino.application import web_calls
from centralino.application.ports import Item, Media, Supervision
from centralino.application.ports.ice import IceServer
from centralino.application.ports.prompts import SilentPrompts
from centralino.application.rooms import Rooms
from centralino.contracts import webvoice
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import RuleViolation, TransientDependency
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import rooms
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.rooms import CALLER, Peer, Role

CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
CALL = "wv_0123456789ABCDEFGHJKMNPQRS"
RID = f"{CONTACT}#3"
STEP = ("ct_1", "menu.0")


@dataclass
class Bench:
    """The adapter over memory, and what the pages were sent."""

    clock: VirtualClock
    operations: MemoryOperations
    realtime: MemoryRealtime
    rooms: Rooms
    media: Media
    supervision: Supervision
    contact: Contact

    def frames(self, who: str, kind: str) -> list[dict[str, object]]:
        """Return the frames of a kind that somebody's pages were sent."""
        return [dict(frame) for frame in self.realtime.of(who) if frame["type"] == kind]

    def enter(self, *, joined: bool = True) -> None:
        """Let the caller's page enter the room."""
        caller = Peer(CALLER, CALL, Role.CALLER)
        self.rooms.change(CONTACT, lambda room: rooms.enter(room, caller))
        if joined:
            self.rooms.change(CONTACT, lambda room: rooms.joined(room, CALLER))

    def connect(self) -> None:
        """Open the caller's socket."""
        self.operations.put(Item("ticket#wv_t", "ticket", {"call": CALL}))
        web_calls.connect(self.operations, self.clock, "c1", "wv_t")


class Servers:
    """One TURN server."""

    def servers(self) -> list[IceServer]:
        """Return it."""
        return [IceServer(("turn:turn.example.com:443",), "user", "word")]


@pytest.fixture
def bench() -> Bench:
    clock = VirtualClock()
    operations, realtime = MemoryOperations(clock), MemoryRealtime()
    held = Rooms(operations, realtime, clock, Servers())
    contact = Contact(CONTACT, ContactState.CONNECTED, "demo", provider="webvoice", call=CALL)
    return Bench(
        clock,
        operations,
        realtime,
        held,
        WebvoiceMedia(held),
        WebvoiceSupervision(held),
        contact,
    )


# --------------------------------------------------------------------------- rendering

RENDERED: dict[Capability, tuple[act.Action, str]] = {
    Capability.SAY: (act.Say("good morning", "en"), "play"),
    Capability.SPEECH_MARKUP: (act.Say("<speak>good <break/>day</speak>", "en", ssml=True), "play"),
    Capability.NAMED_VOICES: (act.Say("buongiorno", "it", voice="Bianca"), "play"),
    Capability.PLAY: (act.Play("https://files.example.com/a.wav"), "play"),
    Capability.PAUSE: (act.Pause(3), "pause"),
    Capability.GATHER: (act.Gather((act.Say("press 1", "en"),), *STEP), "gather"),
    Capability.QUEUE: (act.Queue("ct_1"), "queue"),
    Capability.BRIDGE: (act.Bridge("ct_1"), "bridge"),
    Capability.HANGUP: (act.Hangup(), "hangup"),
}
NOT_RENDERED: dict[Capability, act.Action] = {
    Capability.SPEECH_INPUT: act.Gather((), *STEP, speech="en"),
    Capability.MESSAGE: act.Message((), *STEP),
    Capability.PAY: act.Pay(*STEP, "1.00", "eur", "x", "en"),
    Capability.DIAL: act.Dial("+390200000001", *STEP),
}


class Files:
    """Prompts by their words."""

    def url(self, say: act.Say) -> str:
        """Return an address that shows what was asked for."""
        return f"https://prompts.example.com/{say.voice or say.language}/{len(say.text)}"

    def music(self) -> str:
        """Return no music."""
        return ""


class Broken(SilentPrompts):
    """Prompts that cannot be rendered."""

    def url(self, say: act.Say) -> str:
        """Fail."""
        raise TransientDependency("no voice")


def room() -> dict[str, object]:
    return {
        "room": CONTACT,
        "me": "caller",
        "seat": 1,
        "version": 1,
        "held": False,
        "peers": [],
        "ice_servers": [],
    }


@pytest.mark.parametrize("capability", sorted(RENDERED))
def test_every_declared_action_is_one_a_page_knows(capability: Capability) -> None:
    assert capability in CAPABILITIES
    action, expected = RENDERED[capability]
    (done,) = Renderer(Files(), MemoryLog()).render([action], "announce", room)
    TypeAdapter(webvoice.Action).validate_python(done)
    assert done["do"] == expected


@pytest.mark.parametrize("capability", sorted(NOT_RENDERED))
def test_what_no_page_can_do_is_refused_and_not_declared(capability: Capability) -> None:
    assert capability not in CAPABILITIES
    with pytest.raises(RuleViolation) as refused:
        Renderer(Files(), MemoryLog()).render([NOT_RENDERED[capability]], "input", room)
    assert refused.value.code == "not_supported"


def test_words_are_a_file_and_are_shown_as_well() -> None:
    renderer = Renderer(Files(), MemoryLog())
    say = act.Say("<speak>a <break/>b &amp; c</speak>", "en", "Amy", ssml=True)
    assert renderer.render([say], "announce", room) == [
        {
            "do": "play",
            "url": f"https://prompts.example.com/Amy/{len(say.text)}",
            "text": "a b & c",
            "language": "en",
        }
    ]


@pytest.mark.parametrize("prompts", [SilentPrompts(), Broken()])
def test_without_a_file_the_words_go_alone(prompts: SilentPrompts) -> None:
    log = MemoryLog()
    played = Renderer(prompts, log).render([act.Say("hello", "en")], "arrived", room)[0]
    assert (played["url"], played["text"]) == (None, "hello")


@pytest.mark.parametrize(
    ("answers", "actions", "last"),
    [
        ("wait", [act.Pause(20)], {"do": "ask", "event": "wait"}),
        ("hold", [act.Pause(20)], {"do": "ask", "event": "hold"}),
        ("wait", [act.Hangup()], {"do": "hangup"}),
        ("wait", [act.Queue("ct_1")], {"do": "queue"}),
        ("input", [act.Pause(20)], {"do": "ask", "event": "wait"}),
        ("present", [], {"do": "ask", "event": "wait"}),
        ("announce", [act.Pause(1)], {"do": "pause", "seconds": 1}),
    ],
)
def test_at_the_end_of_a_turn_the_page_asks_again(
    answers: str, actions: list[act.Action], last: dict[str, object]
) -> None:
    assert Renderer(Files(), MemoryLog()).render(actions, answers, room)[-1] == last


# --------------------------------------------------------------------------- media


def test_an_agent_s_page_enters_with_servers_and_once(bench: Bench) -> None:
    assert bench.media.joins(bench.contact)
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    first, second = bench.frames("ag_ann", "room")
    assert first == second
    assert (first["room"], first["me"]) == (CONTACT, RID)
    assert first["ice_servers"] == [
        {"urls": ["turn:turn.example.com:443"], "username": "user", "credential": "word"}
    ]
    assert bench.media.has_leg(bench.contact, RID) is False
    bench.rooms.change(CONTACT, lambda r: rooms.joined(r, RID))
    assert bench.media.has_leg(bench.contact, RID) is True
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    assert bench.media.has_leg(bench.contact, RID) is False, "it begins anew"


def test_a_third_party_enters_the_customer_s_room(bench: Bench) -> None:
    child = Contact("ct_child", ContactState.OFFERED, "demo", provider="webvoice", parent=CONTACT)
    bench.media.add_agent(child, "ct_child#1", "ag_bob")
    assert [peer.id for peer in bench.rooms.get(CONTACT).peers] == ["ct_child#1"]


def test_the_caller_is_brought_unless_in_the_talk_already(bench: Bench) -> None:
    bench.media.bring_caller(bench.contact)
    bench.enter()
    bench.media.bring_caller(bench.contact)
    assert [f["event"] for f in bench.frames(CALL, "ask")] == ["present"]


def test_a_caller_is_recalled_from_the_room_alone(bench: Bench) -> None:
    bench.media.recall_caller(bench.contact)
    assert not bench.realtime.of(CALL)
    bench.enter(joined=False)
    bench.media.recall_caller(bench.contact)
    bench.media.recall_caller(bench.contact)
    assert len(bench.frames(CALL, "left")) == 1
    assert len(bench.frames(CALL, "ask")) == 1
    assert bench.rooms.get(CONTACT).peers == ()


def test_hold_and_resume_may_be_repeated(bench: Bench) -> None:
    bench.enter()
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    told = len(bench.realtime.of(CALL))
    for operation, held in ((bench.media.hold, True), (bench.media.resume, False)):
        operation(bench.contact)
        operation(bench.contact)
        assert bench.frames(CALL, "room")[-1]["held"] is held
        assert bench.rooms.get(CONTACT).held is held
    assert len(bench.realtime.of(CALL)) == told + 2


def test_a_muted_member_and_the_others_are_told_once(bench: Bench) -> None:
    bench.enter()
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    told = len(bench.realtime.of(CALL))
    for operation, muted in ((bench.media.mute_agent, True), (bench.media.unmute_agent, False)):
        operation(bench.contact, RID)
        operation(bench.contact, RID)
        mine, theirs = bench.frames("ag_ann", "room")[-1], bench.frames(CALL, "room")[-1]
        assert (mine["muted"], theirs["muted"]) == (muted, False)
        (caller,) = mine["peers"]  # type: ignore[misc]
        (agent,) = theirs["peers"]  # type: ignore[misc]
        assert (caller["send"], caller["receive"]) == (not muted, True)
        assert (agent["send"], agent["receive"]) == (True, not muted)
    assert len(bench.realtime.of(CALL)) == told + 2


def test_a_muted_member_who_is_alone_is_told_too(bench: Bench) -> None:
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    bench.media.mute_agent(bench.contact, RID)
    assert [frame["muted"] for frame in bench.frames("ag_ann", "room")] == [False, True]


def test_a_member_who_is_dropped_hears_of_it_once_and_the_others_too(bench: Bench) -> None:
    bench.enter()
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    for _ in range(2):
        bench.media.drop_agent(bench.contact, RID)
    assert len(bench.frames("ag_ann", "left")) == 1
    assert bench.frames(CALL, "room")[-1]["peers"] == []


def test_a_hang_up_empties_the_room_for_good(bench: Bench) -> None:
    bench.connect()
    bench.enter()
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    for _ in range(2):
        bench.media.hang_up(bench.contact)
    numbers = [f["number"] for f in bench.frames(CALL, "actions")]
    assert numbers == [1, 2]
    assert bench.frames(CALL, "actions")[0]["actions"] == [{"do": "hangup"}]
    assert len(bench.frames("ag_ann", "left")) == 1
    with pytest.raises(RuleViolation):
        bench.media.add_agent(bench.contact, RID, "ag_ann")


def test_a_hang_up_numbers_nothing_that_nobody_is_there_to_be_told(bench: Bench) -> None:
    bench.enter()
    bench.media.hang_up(bench.contact)
    assert bench.rooms.get(CONTACT).closed
    assert bench.frames(CALL, "actions") == []
    assert bench.operations.get(f"call#{CALL}", "sent") is None


def test_no_page_calls_a_number(bench: Bench) -> None:
    with pytest.raises(RuleViolation) as refused:
        bench.media.add_number(bench.contact, RID, "+390200000001")
    assert refused.value.code == "not_supported"
    assert Capability.OUTSIDE not in CAPABILITIES


def test_words_over_a_talk_are_asked_for(bench: Bench) -> None:
    bench.media.announce(bench.contact)
    assert [f["event"] for f in bench.frames(CALL, "ask")] == ["announce"]


def test_whether_a_caller_is_there(bench: Bench) -> None:
    assert bench.media.alive(bench.contact) is False, "it never came"
    bench.connect()
    assert bench.media.alive(bench.contact) is True
    bench.realtime.disconnect(CALL)
    assert bench.media.alive(bench.contact) is None, "the socket did not take a look"
    web_calls.close(bench.operations, bench.clock, "c1")
    assert bench.media.alive(bench.contact) is None, "it may come back"
    bench.clock.advance(15_000)
    assert bench.media.alive(bench.contact) is False


def test_a_supervisor_comes_in_one_mode_and_goes_on_in_another(bench: Bench) -> None:
    bench.enter()
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    bench.supervision.listen(bench.contact, "leg", "ag_sue", "monitor", RID)
    for mode, sends in (("monitor", 0), ("coach", 1), ("barge", 2), ("monitor", 0)):
        bench.supervision.change(bench.contact, "leg", mode, RID)
        state = webvoice.RoomFrame.model_validate(bench.frames("ag_sue", "room")[-1])
        assert sum(peer.send for peer in state.peers) == sends
        assert all(peer.receive for peer in state.peers)
    bench.supervision.listen(bench.contact, "leg", "ag_sue", "barge", RID)
    state = webvoice.RoomFrame.model_validate(bench.frames("ag_sue", "room")[-1])
    assert sum(peer.send for peer in state.peers) == 2
    bench.supervision.leave(bench.contact, "leg")
    assert bench.rooms.get(CONTACT).find("leg") is None


# --------------------------------------------------------------------------- rooms


def test_two_changes_at_once_are_both_made(bench: Bench) -> None:
    """The second writer finds the first one's version, reads again and loses nothing."""
    writing: Callable[[Item, str, int], bool] = bench.operations.put_if
    between = [True]

    def put_if(item: Item, attribute: str, below: int) -> bool:
        if item.pk == f"room#{CONTACT}" and between:
            between.pop()
            bench.media.hold(bench.contact)
        return writing(item, attribute, below)

    bench.operations.put_if = put_if  # type: ignore[method-assign]
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    room_now = bench.rooms.get(CONTACT)
    assert room_now.held
    assert room_now.find(RID) is not None
    assert room_now.version == 2


def test_a_room_that_never_comes_to_rest_is_given_up(bench: Bench) -> None:
    bench.operations.put_if = lambda *_: False  # type: ignore[method-assign]
    with pytest.raises(TransientDependency) as refused:
        bench.media.hold(bench.contact)
    assert refused.value.code == "room_busy"


def test_a_supervisor_s_rooms_are_noted_and_old_notes_are_harmless(bench: Bench) -> None:
    bench.enter()
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    bench.supervision.listen(bench.contact, "leg", "ag_sue", "monitor", RID)
    assert [(r.id, p.id) for r, p in bench.rooms.of("ag_sue")] == [(CONTACT, "leg")]
    bench.operations.put(Item("seated#ag_sue", "ct_other"))
    assert len(bench.rooms.of("ag_sue")) == 1
    bench.supervision.leave(bench.contact, "leg")
    assert bench.rooms.of("ag_sue") == []


def test_an_agent_s_rooms_are_those_that_the_slots_lead_to(bench: Bench) -> None:
    bench.media.add_agent(bench.contact, RID, "ag_ann")
    assert bench.rooms.of("ag_ann") == []
    found = bench.rooms.of("ag_ann", [CONTACT, "ct_other", CONTACT])
    assert [(r.id, p.id) for r, p in found] == [(CONTACT, RID)]
    bench.media.drop_agent(bench.contact, RID)
    assert bench.rooms.of("ag_ann", [CONTACT]) == []
