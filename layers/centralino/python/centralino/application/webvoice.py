"""What pages in a web conversation say, one use case per event.

A caller's page is a carrier of one call: its events become the canonical commands that any
carrier's become, and the actions they bring go back to it. Whose socket it is says which call is
meant; what a frame claims is only compared. Everything may come twice, late, or from a page that
has no business here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from centralino.application import calls, web_calls
from centralino.application.app import App
from centralino.application.rooms import rooms_of
from centralino.application.web_calls import WebCall
from centralino.application.web_ends import NO_KEY, hang_up, leg_gone
from centralino.contracts import webvoice as frames
from centralino.domain.configuration.model import web_address
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.errors import Forbidden, NotFound
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import rooms
from centralino.domain.telephony.capabilities import Provider
from centralino.domain.telephony.commands import (
    AnnouncementAsked,
    CallArrived,
    HoldContinued,
    InputGiven,
    LegJoined,
    PresentAsked,
    WaitContinued,
)
from centralino.domain.telephony.rooms import CALLER, Peer, Role, Room

_TRIES = 3
_UNANSWERED = (
    frames.HangupMessage,
    frames.JoinedMessage,
    frames.LeftMessage,
    frames.RejoinMessage,
)
_IN_LINE = (ContactState.WAITING, ContactState.OFFERED)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a caller's page does next.

    Attributes
    ----------
    room : Room or None
        The room that a ``Bridge`` leads to.
    answers : str
        The event the actions answer.
    """

    actions: list[act.Action]
    room: Room | None = None
    answers: str = "present"


# --------------------------------------------------------------------------- callers


def is_answered(said: frames.VoiceMessage) -> bool:
    """Tell whether what a caller's page said is answered with a list of actions."""
    return not isinstance(said, _UNANSWERED)


def caller_said(app: App, call_id: str, said: frames.VoiceMessage, cause: str | None) -> Heard:
    """Carry out what a caller's page said.

    Raises
    ------
    NotFound
        The call is over or was never placed (``unknown_call``), or the room is not its own
        (``not_in_room``).
    """
    call = web_calls.find(app.operations, call_id)
    match said:
        case frames.JoinedMessage():
            _caller_joined(app, call, said.room, cause)
            return Heard([])
        case frames.LeftMessage():
            _own_room(call, said.room)
            rooms_of(app).change(call.contact, lambda r: rooms.leave(r, CALLER), said.reason)
            return Heard([])
        case frames.RejoinMessage():
            raise Forbidden("this is for agents", code="not_an_agent")
    if said.call != call.id:
        raise NotFound("there is no such call", code="unknown_call")
    if isinstance(said, frames.HangupMessage):
        hang_up(app, call, cause)
        return Heard([])
    contact = app.store.contact(call.contact)
    if contact is not None and said.event == "hold" and contact.state is not ContactState.HELD:
        # The word that the hold is over was lost.
        said = frames.PresentMessage(action="voice", event="present", call=said.call)
    fresh = isinstance(said, frames.PresentMessage) and said.fresh
    heard = _entered(app, call, _actions(app, call, contact, said, cause), fresh, cause)
    return replace(heard, answers=said.event)


def _actions(
    app: App, call: WebCall, contact: Contact | None, said: frames.VoiceMessage, cause: str | None
) -> list[act.Action]:
    if contact is None:
        # Whatever a page asks first: its call begins.
        line = web_address(call.line)
        arrived = CallArrived(
            Provider.WEBVOICE, call.id, "", line, cause, call.contact, call.language
        )
        return calls.handle(app, arrived, NO_KEY)
    match said:
        case frames.InputMessage():
            given = InputGiven(call.contact, call.id, said.step, said.digits, cause)
            return calls.handle(app, given, NO_KEY)
        case frames.AgainMessage(event="hold"):
            return calls.handle(app, HoldContinued(call.contact, call.id, cause), NO_KEY)
        case frames.AgainMessage(event="announce"):
            return calls.handle(app, AnnouncementAsked(call.contact, cause), NO_KEY)
        case frames.AgainMessage() if contact.state in _IN_LINE and not contact.accepted:
            return calls.handle(app, WaitContinued(call.contact, call.id, cause), NO_KEY)
    # Also for a page that waits on although it is to do something else: what should have told it
    # was lost.
    return calls.handle(app, PresentAsked(call.contact, call.id, cause), NO_KEY)


def _entered(
    app: App, call: WebCall, actions: list[act.Action], fresh: bool, cause: str | None
) -> Heard:
    """Take the caller into the room where the actions lead there.

    The offer may end between the two, and whoever ends it finds no caller in the room to call
    back: so the contact is read once more afterwards.
    """
    heard, peer = actions, Peer(CALLER, call.id, Role.CALLER)
    for _ in range(_TRIES):
        if not any(isinstance(action, act.Bridge) for action in heard):
            return Heard(heard)
        _, room = rooms_of(app).change(call.contact, lambda r: rooms.enter(r, peer, anew=fresh))
        contact = calls.known(app, call.contact, call.id)
        if _bridged(contact):
            return Heard(heard, room)
        rooms_of(app).change(call.contact, lambda r: rooms.leave(r, CALLER), "offer_ended")
        heard = calls.handle(app, PresentAsked(call.contact, call.id, cause), NO_KEY)
    return Heard([act.Queue(call.contact)])


def _caller_joined(app: App, call: WebCall, room_id: str, cause: str | None) -> None:
    _own_room(call, room_id)
    _, room = rooms_of(app).change(room_id, lambda r: rooms.joined(r, CALLER))
    if room.find(CALLER) is not None:
        _tell_of_caller(app, room, call.id, cause)


def _tell_of_caller(app: App, room: Room, call_id: str, cause: str | None) -> None:
    """Count the caller as joined once somebody is there to talk to."""
    caller = room.find(CALLER)
    company = any(p.joined and p.role is Role.AGENT for p in room.peers)
    if caller is not None and caller.joined and company:
        calls.handle(app, LegJoined(room.id, call_id, None, cause), NO_KEY)


def _own_room(call: WebCall, room_id: str) -> None:
    if room_id != call.contact:
        raise NotFound("this is not a room of yours", code="not_in_room")


# --------------------------------------------------------------------------- agents


def agent_said(app: App, agent_id: str, said: frames.VoiceMessage, cause: str | None) -> None:
    """Carry out what an agent's page said about its own leg.

    Raises
    ------
    Forbidden
        Only a caller's page says this (``not_a_caller``).
    NotFound
        The leg is not this agent's, or not in this room (``not_in_room``).
    """
    match said:
        case frames.JoinedMessage():
            peer = _own_peer(app, agent_id, said.room, said.rid)
            _, room = rooms_of(app).change(said.room, lambda r: rooms.joined(r, peer.id))
            calls.handle(app, LegJoined(said.room, peer.id, peer.id, cause), NO_KEY)
            caller = room.find(CALLER)
            if caller is not None:
                _tell_of_caller(app, room, caller.who, cause)
        case frames.LeftMessage():
            peer = _own_peer(app, agent_id, said.room, said.rid)
            reason = said.reason if said.event == "left" else "leg_failed"
            leg_gone(app, said.room, peer, reason, cause)
        case frames.RejoinMessage():
            peer = _own_peer(app, agent_id, said.room, said.rid)
            rooms_of(app).change(said.room, lambda r: rooms.begin_anew(r, peer.id, agent_id))
        case _:
            raise Forbidden("this is for callers", code="not_a_caller")


def _own_peer(app: App, agent_id: str, room_id: str, rid: str | None) -> Peer:
    peer = rooms_of(app).get(room_id).find(rid or "")
    if peer is None or peer.who != agent_id:
        raise NotFound("you are not in this conversation", code="not_in_room")
    return peer


# --------------------------------------------------------------------------- both


def signal(app: App, who: str, said: frames.SignalMessage) -> None:
    """Pass a signal on between two members of the room of a live contact, and to nobody else.

    Raises
    ------
    NotFound
        They are not both in it, or the conversation is over (``not_in_room``).
    """
    pair = rooms.may_signal(rooms_of(app).get(said.room), who, said.to)
    contact = app.store.contact(said.room) if pair is not None else None
    if pair is None or contact is None or contact.ended or contact.state is ContactState.WRAPUP:
        raise NotFound("you are not in this conversation", code="not_in_room")
    sender, addressee = pair
    frame = frames.RelayedSignalFrame(
        room=said.room, peer=sender.id, seat=sender.seat, data=said.data
    )
    app.realtime.push(addressee.who, frame.model_dump(exclude_none=True))


def _bridged(contact: Contact) -> bool:
    return contact.state in TALKING or contact.accepted
