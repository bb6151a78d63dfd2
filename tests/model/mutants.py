"""Ways in which the protocol could be wrong. Each replaces a piece of the real code.

A mutant is a function that takes a ``MonkeyPatch``; :mod:`tests.model.test_mutants` says which
check kills it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters import wire
from centralino.adapters.memory.store import AGENTS, CONTACTS, MemoryStore
from centralino.adapters.wire import claims as wire_claims
from centralino.application import agents as agent_commands
from centralino.application import lost, pages, relay, routing, settling, sweep, talk
from centralino.application import offers as offer_commands
from centralino.application.app import App
from centralino.application.changes import change_agent
from centralino.application.claims import Claims
from centralino.application.ports import Claim, Item, Timer
from centralino.domain import events
from centralino.domain.agents import machine
from centralino.domain.agents import model as agent_model
from centralino.domain.agents.model import Agent, AgentState, Slot
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts import lost as lost_domain
from centralino.domain.contacts import machine as contact_machine
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.events import Event
from centralino.domain.ids import contact_of_offer
from centralino.domain.routing import decide, seats
from tests.model import commands, plant
from tests.support import centre

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


# --------------------------------------------------------------------------- the claim


def no_contact_condition(patch: Patch) -> None:
    """The claim's write of the contact is unconditional."""
    _claim(patch, contact_asked=False, agent_asked=True)


def no_agent_condition(patch: Patch) -> None:
    """The claim's write of the agent is unconditional."""
    _claim(patch, contact_asked=True, agent_asked=False)


def timer_after_the_claim(patch: Patch) -> None:
    """The offer timer is sent once the claim is written."""
    carry_out = Claims.carry_out

    class Later:
        def __init__(self) -> None:
            self.held: list[Timer] = []

        def send(self, timers: Sequence[Timer]) -> None:
            self.held += timers

    def mutant(self: Claims, assignments: Any) -> bool:
        app, later = self._app, Later()
        self._app = replace(app, timers=later)
        try:
            return carry_out(self, assignments)
        finally:
            self._app = app
            app.timers.send(later.held)

    patch.setattr(Claims, "carry_out", mutant)


def stale_entry_trusted(patch: Patch) -> None:
    """What a failed claim found stale is not left out for the rest of the drain."""
    patch.setattr(pages.PoolPages, "drop_contact", lambda self, contact: None)
    patch.setattr(pages.PoolPages, "drop_agent", lambda self, agent: None)


def capacity_not_checked(patch: Patch) -> None:
    """Every agent has room on every channel it knows."""

    def always(capacity: Any, used: Any, exclusive: Any) -> frozenset[Any]:
        return frozenset(capacity)

    for module in (agent_model, seats, pages, wire_claims):
        patch.setattr(module, "free_channels", always)


def younger_first(patch: Patch) -> None:
    """The matcher takes contacts from the wrong end of the line."""
    rows = decide._Matcher._rows

    def mutant(self: Any, snapshot: Any) -> Any:
        found, total = rows(self, snapshot)
        return found[::-1], total

    patch.setattr(decide._Matcher, "_rows", mutant)


# --------------------------------------------------------------------------- answers


def accept_without_rid(patch: Patch) -> None:
    """An accept takes whatever is ringing the agent for this contact."""
    accept = offers.accept

    def mutant(contact: Contact, rid: str, agent: str, *rest: Any, **more: Any) -> Contact:
        return accept(contact, contact.rid or rid, agent, *rest, **more)

    patch.setattr(offers, "accept", mutant)


def timeout_without_rid(patch: Patch) -> None:
    """A timer ends whatever offer is in force."""
    time_out = offers.time_out

    def mutant(contact: Contact, rid: str, *rest: Any) -> Contact:
        return time_out(contact, contact.rid or rid, *rest)

    patch.setattr(offers, "time_out", mutant)


def acknowledgment_ignored(patch: Patch) -> None:
    """An acknowledgment is taken and forgotten."""
    patch.setattr(offers, "acknowledge", lambda contact, rid, now, cause: contact)


def silence_decided_too_early(patch: Patch) -> None:
    """Whether an offer was acknowledged is asked once, and not of the version that is changed."""

    def mutant(app: App, contact_id: str, rid: str, cause: str | None) -> None:
        contact = app.store.contact(contact_id)
        if contact is not None and contact.acknowledged_at is None and not contact.accepted:
            talk.fail_offer(app, contact_id, rid, "not_acknowledged", cause)

    patch.setattr(offer_commands, "acknowledgment_missing", mutant)


def place_lost_on_decline(patch: Patch) -> None:
    """A requeued contact goes to the end of the line."""
    requeue = offers._requeue

    def mutant(contact: Contact, event: str, reason: str, until: int, now: int, cause: Any) -> Any:
        return replace(requeue(contact, event, reason, until, now, cause), virtual_time=now)

    patch.setattr(offers, "_requeue", mutant)


def slot_released_before_the_contact(patch: Patch) -> None:
    """A decline frees the agent first and writes the contact afterwards."""
    decline = offer_commands.decline

    def mutant(app: App, agent_id: str, contact_id: str, rid: str, *rest: Any) -> Contact:
        now = app.clock.now()
        change_agent(app, agent_id, lambda a: machine.release(a, rid, now, "api"))
        return decline(app, agent_id, contact_id, rid, *rest)

    patch.setattr(offer_commands, "decline", mutant)


# --------------------------------------------------------------------------- ends and repairs


def repair_without_rid(patch: Patch) -> None:
    """A repair takes whatever slot the agent has for this contact."""
    release, miss = machine.release, machine.miss

    def any_of(agent: Agent, rid: str) -> str:
        contact = contact_of_offer(rid)
        return next((r for r, slot in agent.slots.items() if slot.contact == contact), rid)

    patch.setattr(machine, "release", lambda a, rid, *r, **m: release(a, any_of(a, rid), *r, **m))
    patch.setattr(machine, "miss", lambda a, rid, *r: miss(a, any_of(a, rid), *r))


def hang_up_keeps_ringing(patch: Patch) -> None:
    """A caller who leaves does not rescind the offer."""
    abandon = lifecycle._abandon

    def mutant(contact: Contact, *rest: Any) -> Contact:
        after = abandon(contact, *rest)
        told = tuple(event for event in after.events if event.type != "OfferRescinded")
        return replace(after, events=told, sequence=contact.sequence + len(told))

    patch.setattr(lifecycle, "_abandon", mutant)


def end_told_twice(patch: Patch) -> None:
    """A second hang-up abandons the contact once more."""
    hang_up = lifecycle.hang_up

    def mutant(contact: Contact, by: str, now: int, cause: str | None) -> Contact:
        if contact.state is ContactState.ABANDONED:
            return lifecycle._abandon(contact, "queue", ContactState.ABANDONED, now, cause)
        return hang_up(contact, by, now, cause)

    patch.setattr(lifecycle, "hang_up", mutant)


def slot_goes_with_the_talk(patch: Patch) -> None:
    """The agent is free when the talk ends, the wrap-up notwithstanding."""
    patch.setitem(settling.ENDINGS, "ContactWrapupStarted", None)


def used_is_not_counted_down(patch: Patch) -> None:
    """A released slot goes on counting."""
    without = machine._without

    def mutant(agent: Agent, rid: str, slot: Slot, now: int, *, answered: bool) -> dict[str, Any]:
        return {**without(agent, rid, slot, now, answered=answered), "used": agent.used}

    patch.setattr(machine, "_without", mutant)


def relay_repairs_nothing(patch: Patch) -> None:
    """The relay publishes and nudges, and leaves slots alone."""
    patch.setattr(relay, "_repaired_pools", lambda app, images: set())


def sweep_trusts_every_offer(patch: Patch) -> None:
    """The sweep does not hold slots against their contacts."""
    patch.setattr(sweep, "_slot", lambda *_: False)


def sweep_forgets_missed_minutes(patch: Patch) -> None:
    """The sweep looks at the minutes that are due now and at none before."""
    menus = sweep._menus

    def mutant(app: App) -> int:
        minute = app.clock.now() // 60_000 - sweep.MENU_MINUTES
        app.operations.put(Item(*sweep._DONE, {"minute": minute}))
        return menus(app)

    patch.setattr(sweep, "_menus", mutant)


def leaves_the_roster_at_once(patch: Patch) -> None:
    """Going offline takes the agent off the roster, whoever signs in at the same moment."""
    set_state = agent_commands.set_state

    def mutant(app: App, agent_id: str, state: AgentState, *rest: Any) -> Agent:
        agent = set_state(app, agent_id, state, *rest)
        if agent.state is AgentState.OFFLINE and not agent.slots:
            app.operations.delete(agent_commands.roster(agent.pool), agent_id)
        return agent

    patch.setattr(agent_commands, "set_state", mutant)


def any_grace_counts(patch: Patch) -> None:
    """The grace of any page that ever closed sets the agent aside."""
    grace_over = agent_commands.grace_over

    def mutant(app: App, agent_id: str, connection: str | None, cause: str | None) -> None:
        closed = app.operations.get(agent_commands.connections(agent_id), agent_commands.CLOSED)
        last = closed.attributes["connection"] if closed is not None else connection
        grace_over(app, agent_id, last, cause)

    patch.setattr(agent_commands, "grace_over", mutant)


def rejoin_timer_after_the_mark(patch: Patch) -> None:
    """The timer that gives the caller on is sent once the loss is written."""
    leg_lost = lost.leg_lost

    class Later:
        def __init__(self) -> None:
            self.held: list[Timer] = []

        def send(self, timers: Sequence[Timer]) -> None:
            """Keep it for later."""
            self.held += timers

    def mutant(app: App, contact: Contact, rid: str, cause: str | None) -> None:
        later = Later()
        leg_lost(replace(app, timers=later), contact, rid, cause)
        app.timers.send(later.held)

    patch.setattr(lost, "leg_lost", mutant)


def given_on_whoever_is_there(patch: Patch) -> None:
    """The end of the time gives the caller on although the agent is back."""
    lose_agent, is_lost = lost_domain.lose_agent, lost_domain.is_lost

    def mutant(contact: Contact, rid: str, *rest: Any) -> Contact:
        patch.setattr(lost_domain, "is_lost", lambda c, r: c.segment is not None)
        try:
            return lose_agent(contact, rid, *rest)
        finally:
            patch.setattr(lost_domain, "is_lost", is_lost)

    patch.setattr(lost_domain, "lose_agent", mutant)


# --------------------------------------------------------------------------- messages, events


def sequence_stands_still(patch: Patch) -> None:
    """Writes carry events without counting them."""
    evolve = contact_machine.evolve

    def mutant(contact: Contact, now: int, cause: Any, *told: Event, **changes: Any) -> Contact:
        after = evolve(contact, now, cause, *told, **changes)
        return replace(after, sequence=contact.sequence)

    patch.setattr(lifecycle, "evolve", mutant)
    patch.setattr(offers, "evolve", mutant)


def first_event_swallowed(patch: Patch) -> None:
    """The relay tells all events of a write but the first."""
    describe = events.describe
    patch.setattr(relay, "describe", lambda entity: describe(entity)[1:])


def heartbeat_not_rearmed(patch: Patch) -> None:
    """Nobody sends the next beat."""
    patch.setattr(routing, "arm_heartbeat", lambda *_, **__: False)
    patch.setattr(relay, "arm_heartbeat", lambda *_, **__: False)


def relay_without_nudge(patch: Patch) -> None:
    """The relay wakes nobody."""
    real = relay.relay

    class Deaf:
        def send(self, pool: str, hop: int = 0) -> None:
            """Lose it."""

    for module in (commands, plant, centre):
        patch.setattr(
            module, "relay", lambda app, bus, images: real(replace(app, nudges=Deaf()), bus, images)
        )


# --------------------------------------------------------------------------- a claim unconditional


def _claim(patch: Patch, *, contact_asked: bool, agent_asked: bool) -> None:
    open_claim = MemoryStore.open_claim

    def mutant(self: MemoryStore, claim: Claim) -> Any:
        contact = self._contacts.items[claim.contact.contact]
        agent = self._agents.items[claim.agent.agent]
        told = (
            contact.state is ContactState.WAITING and contact.version == claim.contact.version,
            agent.state is AgentState.ROUTABLE and agent.version == claim.agent.version,
        )
        if all(told):
            return open_claim(self, claim)
        asked = (told[0] or not contact_asked, told[1] or not agent_asked)
        keys = [(CONTACTS, contact.id), (AGENTS, agent.id)]
        images = [(CONTACTS, _taken(contact, claim)), (AGENTS, _given(agent, claim))]
        return self._coordinator.open("store.claim", keys, list(asked), lambda: images)

    patch.setattr(MemoryStore, "open_claim", mutant)


def _taken(contact: Contact, claim: Claim) -> Contact:
    return replace(
        contact,
        state=ContactState.OFFERED,
        version=contact.version + 1,
        sequence=contact.sequence + 1,
        rid=claim.rid,
        agent=claim.agent.agent,
        expires_at=claim.expires_at,
        acknowledged_at=None,
        events=(offers.offered_event(wire.fitted(claim.decision)),),
    )


def _given(agent: Agent, claim: Claim) -> Agent:
    channel = claim.contact.channel
    return replace(
        agent,
        version=agent.version + 1,
        used={**agent.used, channel: agent.used.get(channel, 0) + 1},
        slots={**agent.slots, claim.rid: Slot(claim.contact.contact, channel, claim.now)},
        events=(),
    )
