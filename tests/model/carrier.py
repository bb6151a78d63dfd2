"""A carrier with legs of its own: it does what it is told, and tells of it in any order.

Legs ring, join and go as people and networks will have it. What the carrier has to tell is kept
until it is delivered: late, twice, out of order, or not at all.
"""

from __future__ import annotations

from centralino.adapters.memory.media import MediaCall
from centralino.application import calls
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    CallProgressed,
    Command,
    LegJoined,
    LegLeft,
    PresentAsked,
)
from tests.model.plant import Plant
from tests.support.centre import KEY

Leg = tuple[str, str]
"""A conversation and the offer that names a leg in it."""


class Carrier:
    """The carrier of a plant.

    Attributes
    ----------
    post : list of Command
        What it has to tell, oldest first.
    told : list of Command
        What was delivered already.
    redirected : list of str
        Contacts whose call is to ask what it should do now.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._media = plant.world.media
        self._media.listener = self._asked
        self.post: list[Command] = []
        self.told: list[Command] = []
        self.redirected: list[str] = []

    def ringing(self) -> list[Leg]:
        """Return the legs that ring."""
        return self._legs(joined=False)

    def talking(self) -> list[Leg]:
        """Return the legs that have joined, callers' apart."""
        return self._legs(joined=True)

    def open(self) -> dict[str, set[str]]:
        """Return every leg there is, by conversation; the caller's is empty."""
        return {room: set(legs) for room, legs in self._media.legs.items() if legs}

    def answer(self, leg: Leg) -> None:
        """Let somebody pick up."""
        room, rid = leg
        self._media.join(room, rid)
        self.post.append(LegJoined(room, f"CA{rid}", rid))

    def refuse(self, leg: Leg) -> None:
        """Let nobody pick up."""
        room, rid = leg
        self._media.leave(room, rid)
        self.post.append(LegLeft(room, f"CA{rid}", rid, "no_answer"))

    def break_off(self, leg: Leg) -> None:
        """Let a leg that has joined end: the conference tells it, and so does the leg."""
        room, rid = leg
        self._media.leave(room, rid)
        for reason in ("hung_up", "ended"):
            self.post.append(LegLeft(room, f"CA{rid}", rid, reason))

    def caller_goes(self, contact_id: str) -> None:
        """Let a caller hang up; the conversation ends with that leg."""
        self._media.gone.add(contact_id)
        self._end_conversation(contact_id)
        call = self._plant.contact(contact_id).call or ""
        self.post.append(CallProgressed("twilio", call, "completed", True, contact_id))

    def follow_redirect(self, contact_id: str) -> None:
        """Let a redirected call ask what to do, and do it."""
        self.redirected.remove(contact_id)
        if contact_id in self._media.gone:
            return
        call = self._plant.contact(contact_id).call or ""
        self._end_conversation(contact_id)  # it leaves where it was
        heard = self.deliver(PresentAsked(contact_id, call))
        match heard[-1] if heard else None:
            case act.Bridge():
                self._media.join(contact_id, None)
                self.post.append(LegJoined(contact_id, call, None))
            case act.Hangup():
                self.caller_goes(contact_id)

    def deliver(self, command: Command) -> list[act.Action]:
        """Tell something, for the first time or once more."""
        self.told.append(command)
        return calls.handle(self._plant.app, command, KEY)

    def _asked(self, call: MediaCall) -> None:
        if call.method in ("bring_caller", "recall_caller"):
            here = "" in self._media.legs.get(call.contact, {})
            if call.method == "recall_caller" or not here:
                self.redirected.append(call.contact)
        elif call.method == "hang_up" and self._plant.world.store.contact(call.contact):
            caller = self._plant.contact(call.contact).call or ""
            self.post.append(CallProgressed("twilio", caller, "completed", True, call.contact))
        elif call.method == "drop_agent" and call.rid is not None:
            room = self._plant.contact(call.contact).parent or call.contact
            self.post.append(LegLeft(room, f"CA{call.rid}", call.rid, "moved"))

    def _end_conversation(self, room: str) -> None:
        legs = dict(self._media.legs.get(room, {}))
        self._media.leave(room, None)
        if not legs.get(""):
            return
        for rid, joined in legs.items():
            if rid and joined:
                self.post.append(LegLeft(room, f"CA{rid}", rid, "conversation_ended"))

    def _legs(self, *, joined: bool) -> list[Leg]:
        return [
            (room, rid)
            for room, legs in sorted(self._media.legs.items())
            for rid, there in sorted(legs.items())
            if rid and there is joined
        ]
