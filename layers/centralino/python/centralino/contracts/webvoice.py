"""Web voice: what a caller's page, an agent's page and the server say to each other.

``schemas/asyncapi.yaml`` (frames) and ``schemas/openapi.json`` (bodies) are generated from these.
The rules of the exchange are in ``docs/concepts/web-voice.md``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from centralino.contracts.api import Body
from centralino.contracts.realtime import Frame

MAX_SDP = 24 * 1024
Call = Annotated[str, Field(pattern=r"^wv_[0-9A-HJKMNP-TV-Z]{26}$")]
Room = Annotated[str, Field(pattern=r"^ct_[0-9A-HJKMNP-TV-Z]{26}$", description="A contact's id")]
PeerId = Annotated[
    str, Field(min_length=1, max_length=80, description="`caller`, or the rid or leg of another")
]
Reason = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_-]+$")]


# --------------------------------------------------------------------------- HTTP


class PlaceCallRequest(Body):
    """A call from a page to one of the lines for web calls."""

    line: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    language: str | None = Field(default=None, pattern="^[a-z]{2}$")


class ResumeCallRequest(Body):
    """The secret that came with the call: whoever has it may connect to the call again."""

    resume: str = Field(min_length=16, max_length=128, repr=False)


class IceServer(BaseModel):
    """A STUN or TURN server, as a page's ``RTCPeerConnection`` takes it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = Field(default=None, repr=False)


class CallTicketView(Body):
    """A single-use ticket for the socket of a call, good for 60 seconds."""

    call: str
    ticket: str = Field(repr=False)
    url: str
    ice_servers: list[IceServer]


class CallPlacedView(CallTicketView):
    """A call that may be connected now. ``resume`` gets another ticket for it."""

    resume: str = Field(repr=False)
    music: str = Field(description="Address of the waiting music, to be repeated")


# --------------------------------------------------------------------------- what a page does


class PlayAction(BaseModel):
    """Play a file. Without an address there is no sound: show the text, or speak it."""

    do: Literal["play"] = "play"
    url: str | None
    text: str | None = None
    language: str | None = None


class PauseAction(BaseModel):
    """Be silent; in the queue and on hold, let the music play."""

    do: Literal["pause"] = "pause"
    seconds: int


class GatherAction(BaseModel):
    """Play while keys are awaited; answer with `input` for `step`, empty after `timeout_s`."""

    do: Literal["gather"] = "gather"
    prompts: list[PlayAction]
    step: str
    digits: int
    timeout_s: int


class QueueAction(BaseModel):
    """Wait in line: leave any room, play music, and send `wait` at once."""

    do: Literal["queue"] = "queue"


class AskAction(BaseModel):
    """Send this event once everything before it has been played."""

    do: Literal["ask"] = "ask"
    event: Literal["wait", "hold"]


class HangupAction(BaseModel):
    """The call is over: leave any room, send `hangup`, close."""

    do: Literal["hangup"] = "hangup"


class PeerView(BaseModel):
    """Somebody else in the room. A higher `seat` than before is a page begun anew."""

    peer: str
    role: Literal["caller", "agent", "supervisor"]
    seat: int
    send: bool = Field(description="Whether this one hears me")
    receive: bool = Field(description="Whether I hear this one")
    offer: bool = Field(description="Whether it is mine to send the SDP offer")


class RoomState(BaseModel):
    """A room as one of its members sees it: connect to these peers and no others.

    A state with a version not above the last one seen of this room is old: ignore it.
    """

    room: str
    me: str
    seat: int
    version: int
    held: bool = Field(description="Whether the customer is on hold")
    muted: bool = Field(default=False, description="Whether nobody hears me")
    peers: list[PeerView]
    ice_servers: list[IceServer] = Field(
        default_factory=list, description="Given on entering; empty afterwards"
    )


class BridgeAction(RoomState):
    """Be in this room; send `joined` once connected with somebody there."""

    do: Literal["bridge"] = "bridge"


Action = Annotated[
    PlayAction | PauseAction | GatherAction | QueueAction | AskAction | BridgeAction | HangupAction,
    Field(discriminator="do"),
]


# --------------------------------------------------------------------------- server to page


class ActionsFrame(Frame):
    """What the caller's page does now, in order. A later number replaces an earlier one.

    `answers` is the event it answers. What answers `hold` is heard while the room is held, and
    replaces only what answered `hold` before; what answers `announce` is heard over the talk and
    replaces nothing.
    """

    type: Literal["actions"] = "actions"
    call: str
    number: int
    answers: Literal["arrived", "input", "wait", "hold", "announce", "present", "none"]
    actions: list[Action]


class AskFrame(Frame):
    """The caller's page is to send this event now."""

    type: Literal["ask"] = "ask"
    call: str
    event: Literal["present", "announce"] = "present"


class RoomFrame(RoomState, Frame):
    """The room changed, or an agent's page is to enter it (`me` is the rid it accepted)."""

    type: Literal["room"] = "room"


class LeftFrame(Frame):
    """This member is in the room no more: close every connection of it."""

    type: Literal["left"] = "left"
    room: str
    me: str
    version: int
    reason: str


class LookFrame(Frame):
    """The server only looks whether somebody is there. Nothing answers it."""

    type: Literal["look"] = "look"


class Candidate(BaseModel):
    """What `RTCIceCandidate.toJSON()` gives."""

    candidate: str = Field(max_length=2_048)
    sdpMid: str | None = Field(default=None, max_length=64)
    sdpMLineIndex: int | None = Field(default=None, ge=0, le=64)
    usernameFragment: str | None = Field(default=None, max_length=256)


class SignalData(BaseModel):
    """One step of connecting two members. `candidate` is null after the last one."""

    type: Literal["offer", "answer", "candidate", "bye"]
    sdp: str | None = Field(default=None, max_length=MAX_SDP)
    candidate: Candidate | None = None


class RelayedSignalFrame(Frame):
    """A signal of another member. Of an older `seat` than the room shows: ignore it."""

    type: Literal["signal"] = "signal"
    room: str
    peer: str
    seat: int
    data: SignalData


# --------------------------------------------------------------------------- page to server


class _Voice(Frame):
    action: Literal["voice"]


class ArrivedMessage(_Voice):
    """The caller's page is ready to hear the first step. Repeating it tells the present one."""

    event: Literal["arrived"]
    call: Call


class InputMessage(_Voice):
    """Keys pressed at a step; none after its time."""

    event: Literal["input"]
    call: Call
    step: str = Field(min_length=1, max_length=128)
    digits: str = Field(default="", pattern=r"^[0-9*#]{0,32}$", repr=False)


class AgainMessage(_Voice):
    """What is heard in the queue, or on hold, has been played; or `announce` was asked for."""

    event: Literal["wait", "hold", "announce"]
    call: Call


class PresentMessage(_Voice):
    """The caller's page asks what it should do: after `ask`, and after connecting again.

    `fresh` says that the page has no peer connections, because it was loaded anew.
    """

    event: Literal["present"]
    call: Call
    fresh: bool = False


class HangupMessage(_Voice):
    """The caller hangs up."""

    event: Literal["hangup"]
    call: Call


class JoinedMessage(_Voice):
    """This page is connected with somebody in the room, or is alone in it (an agent's first)."""

    event: Literal["joined"]
    room: Room
    rid: PeerId | None = None


class LeftMessage(_Voice):
    """This page left the room (`left`), or could not get into it (`failed`)."""

    event: Literal["left", "failed"]
    room: Room
    rid: PeerId | None = None
    reason: Reason = "left"


class RejoinMessage(_Voice):
    """An agent's page that was loaded anew connects again under the same rid or leg."""

    event: Literal["rejoin"]
    room: Room
    rid: PeerId


VoiceMessage = Annotated[
    ArrivedMessage
    | InputMessage
    | AgainMessage
    | PresentMessage
    | HangupMessage
    | JoinedMessage
    | LeftMessage
    | RejoinMessage,
    Field(discriminator="event"),
]
VOICE: TypeAdapter[VoiceMessage] = TypeAdapter(VoiceMessage)


class SignalMessage(Frame):
    """A signal for another member of the same room."""

    action: Literal["signal"]
    room: Room
    to: PeerId
    data: SignalData


SENT_BY_SERVER: tuple[type[Frame], ...] = (
    ActionsFrame,
    AskFrame,
    RoomFrame,
    LeftFrame,
    LookFrame,
    RelayedSignalFrame,
)
SENT_BY_PAGE: tuple[type[Frame], ...] = (
    ArrivedMessage,
    InputMessage,
    AgainMessage,
    PresentMessage,
    HangupMessage,
    JoinedMessage,
    LeftMessage,
    RejoinMessage,
    SignalMessage,
)
