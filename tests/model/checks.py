"""What a mutant is held against: a walk of the explorer, or a short story told to a plant.

Each passes on the product and is a function of nothing, so that the same check can be run with a
mutant in place. A story says what must be true by an ``assert`` or by an invariant.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, offers, routing
from centralino.application.heartbeat import PERIOD_MS
from centralino.application.ports import Claim, ClaimResult
from tests.model.explorer import Explorer
from tests.model.invariants import nobody_waits_beside_a_free_agent
from tests.model.plant import MINUTE_MS, Plant
from tests.model.recovery import comes_to_rest
from tests.model.scenarios import small
from tests.support.centre import configuration

Check = Callable[[], None]


def walk(name: str) -> Check:
    """Return the check that walks through a small scenario."""

    def walk_it() -> None:
        Explorer(small(name)).run()

    walk_it.__name__ = f"walk: {name}"
    return walk_it


def walk_to_rest(name: str) -> Check:
    """Return the check that walks through a scenario and lets every state come to rest."""

    def walk_it() -> None:
        Explorer(small(name), comes_to_rest).run()

    walk_it.__name__ = f"walk to rest: {name}"
    return walk_it


def heartbeat_brings_a_set_aside_agent_back() -> None:
    """The only agent declines; when the set-aside is over, a beat alone offers again."""
    plant = Plant(configuration())
    ann = plant.agent()
    contact_id = plant.queue()
    rid = plant.contact(contact_id).rid
    assert rid is not None
    offers.decline(plant.app, ann, contact_id, rid, "busy", "api")
    plant.advance(30_000 + PERIOD_MS)
    nobody_waits_beside_a_free_agent(plant.look())
    told = [o for image in plant.witness.history[contact_id] for o in image.events]
    offered = sum(event.type == "ContactOffered" for event in told)
    assert offered == 2, f"offered {offered} times"


def relay_wakes_the_pool_of_who_began_to_wait() -> None:
    """The process died after the enqueue; the relay's nudge serves the caller at once."""
    plant = Plant(configuration())
    plant.agent()
    plant.world.faults.crash_after("store.save_contact", skip=1)
    with pytest.raises(Crash):
        plant.queue()
    plant.restart()
    plant.world.clock.advance(1_000)
    plant.relay()
    nobody_waits_beside_a_free_agent(plant.look())


def relay_frees_an_agent_left_with_a_closed_contact() -> None:
    """The process died between contact and agent; the relay takes the slot."""
    plant = Plant(configuration())
    ann = plant.agent()
    contact_id = plant.queue()
    plant.world.faults.crash_before("store.save_agent")
    with pytest.raises(Crash):
        plant.caller_leaves(contact_id)
    plant.restart()
    assert plant.agent_item(ann).slots
    plant.relay()
    plant.look()
    slots = plant.agent_item(ann).slots
    assert not slots, f"the agent keeps {list(slots)}"


def stale_entries_are_left_alone() -> None:
    """The index still shows a caller who has left: one failed claim, and the next one is served."""
    plant = Plant(configuration(), lag=lambda: 5_000.0)
    gone, waits = plant.queue("CA1"), plant.queue("CA2")
    plant.advance(6_000)
    plant.caller_leaves(gone)
    claims = _counted(plant, most=8)
    ann = plant.agent()
    routing.drain(plant.app, "main", cause="test", fresh=[plant.agent_item(ann)])
    plant.look()
    assert plant.contact(waits).agent == ann
    assert len(claims) <= 3


def acknowledged_offer_rings_on() -> None:
    """A page acknowledged the offer: it rings for its full time."""
    plant = Plant(configuration())
    ann = plant.agent()
    contact_id = plant.queue()
    rid = plant.contact(contact_id).rid
    assert rid is not None
    offers.acknowledge(plant.app, ann, rid, "ws")
    plant.advance(10_000)
    plant.look()
    state = plant.state(contact_id)
    assert state == "OFFERED", f"the acknowledged offer has ended: {state}"


def menu_call_is_found_after_missed_sweeps() -> None:
    """The sweep did not run for a quarter of an hour; a caller gone from the menu is found."""
    plant = Plant(configuration())
    plant.sweep()
    contact_id = plant.ring()
    plant.relay()
    plant.world.media.gone.add(contact_id)
    plant.advance(15 * MINUTE_MS)
    plant.run(1)
    state = plant.state(contact_id)
    assert state == "CLOSED", f"the caller has gone and the contact is {state}"


def events_come_out_gaplessly() -> None:
    """A call from ring to close, told on the bus, and everything at rest."""
    plant = Plant(configuration())
    ann = plant.agent()
    contact_id = plant.queue()
    rid = plant.contact(contact_id).rid
    assert rid is not None
    offers.accept(plant.app, ann, contact_id, rid, "api")
    agents.hang_up(plant.app, ann, contact_id, "api")
    agents.dispose(plant.app, ann, contact_id, "resolved", "api")
    plant.come_to_rest()


def grace_of_an_earlier_page_is_void() -> None:
    """An agent reconnects, and closes that page too: the first grace must not cut the second."""
    plant = Plant(configuration())
    ann = plant.agent()
    for page in ("c1", "c2"):
        agents.connect(plant.app, page, agents.issue_ticket(plant.app, ann))
        agents.disconnect(plant.app, page)
        plant.advance(10_000)
    reason = plant.agent_item(ann).reason
    assert reason is None, f"the second page's grace was cut short: {reason}"
    plant.advance(5_000)
    reason = plant.agent_item(ann).reason
    assert reason == "lost", f"the agent has no page and is {reason}"


def _counted(plant: Plant, *, most: int) -> list[Claim]:
    """Record the claims of a plant and stop a matcher that never stops claiming."""
    store, claims = plant.world.store, []
    real = store.claim

    def counted(claim: Claim) -> ClaimResult:
        claims.append(claim)
        assert len(claims) <= most, "the same stale entries were claimed again and again"
        return real(claim)

    store.claim = counted  # type: ignore[method-assign]
    return claims
