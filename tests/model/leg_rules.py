"""Legs as the carrier tells of them, in any order, and an agent who loses theirs in mid-talk."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from centralino.application import calls, rejoining
from centralino.domain.ids import contact_of_offer
from centralino.domain.telephony.commands import LegJoined, LegLeft
from tests.model.driven import Driven, callers, offers_made
from tests.model.mishaps import MISHAPS, WHICH, Mishap
from tests.support.centre import KEY


class LegRules(Driven):
    """Legs joining, leaving and coming back."""

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def agent_leg_joins(self, which: int, mishap: Mishap | None) -> None:
        """The agent's leg of an offer joins, perhaps too late."""
        part = self.offer(which)
        if part is not None:
            rid = part[1]
            self.attempt(
                lambda: self.plant.agent_joins(contact_of_offer(rid), rid), mishap, about=rid
            )

    @precondition(lambda self: callers(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def caller_leg_joins(self, which: int, mishap: Mishap | None) -> None:
        """A caller's leg joins the conversation."""
        contact = self.contact(which)
        if contact is not None:
            self.attempt(lambda: self.plant.caller_joins(contact.id), mishap)

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, reason=st.sampled_from(["hung_up", "conversation_ended"]), mishap=MISHAPS)
    def agent_leg_leaves(self, which: int, reason: str, mishap: Mishap | None) -> None:
        """The agent's leg of an offer leaves, perhaps of one long over."""
        part = self.offer(which)
        if part is not None:
            rid = part[1]
            self.attempt(
                lambda: self.plant.agent_leg_leaves(contact_of_offer(rid), rid, reason),
                mishap,
                about=rid,
            )

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, joined=st.booleans(), mishap=MISHAPS)
    def leg_told_again(self, which: int, joined: bool, mishap: Mishap | None) -> None:
        """The carrier tells late, or once more, of a leg that came or went."""
        part = self.offer(which)
        if part is not None:
            rid = part[1]
            room = contact_of_offer(rid)
            told = LegJoined(room, "CAold", rid) if joined else LegLeft(room, "CAold", rid, "ended")
            self.attempt(lambda: calls.handle(self.plant.app, told, KEY), mishap, about=rid)

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def agent_vanishes_in_talk(self, which: int, mishap: Mishap | None) -> None:
        """An agent's leg is lost while they talk, whoever that is."""
        talks = [c for c in self.plant.world.store.contacts() if c.state in ("CONNECTED", "HELD")]
        if talks:
            contact = talks[which % len(talks)]
            rid = contact.rid or ""
            self.attempt(lambda: self.plant.agent_leg_leaves(contact.id, rid), mishap, about=rid)

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, leg=st.booleans(), mishap=MISHAPS)
    def agent_rejoins(self, which: int, leg: bool, mishap: Mishap | None) -> None:
        """An agent asks to be let into a talk again, and the leg joins or does not."""
        part = self.offer(which)
        if part is not None:
            agent, rid = part
            room, app = contact_of_offer(rid), self.plant.app
            self.attempt(lambda: rejoining.rejoin(app, agent, room, "api"), mishap)
            if leg:
                self.attempt(lambda: self.plant.agent_joins(room, rid), None, about=rid)

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def agent_declines_to_rejoin(self, which: int, mishap: Mishap | None) -> None:
        """An agent does not come back to a talk, or never was away from it."""
        part = self.offer(which)
        if part is not None:
            agent, rid = part
            room, app = contact_of_offer(rid), self.plant.app
            self.attempt(lambda: rejoining.decline(app, agent, room, "api"), mishap)
