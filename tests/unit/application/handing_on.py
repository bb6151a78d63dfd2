"""A centre in which customers are handed on, and what must always be true of it."""

from __future__ import annotations

from dataclasses import replace

from centralino.application import calls, offers, transfers
from centralino.application.inviting import To
from centralino.domain.configuration.model import Plan
from centralino.domain.contacts.model import Contact
from centralino.domain.telephony.commands import LegJoined, LegLeft
from tests.support.centre import KEY, Centre
from tests.unit.application.test_offers import talk

NUMBER = "+390299999999"


def open_centre() -> Centre:
    """Return a centre whose queues have a plan that waits for a named agent."""
    centre = Centre()
    rules = centre.app.configuration.current()
    queues = {
        name: replace(queue, plans=("voice", "known")) for name, queue in rules.queues.items()
    }
    plans = {**rules.plans, "known": Plan("known", prefer_ms=30_000)}
    centre.world.configuration.publish(replace(rules, version=2, queues=queues, plans=plans))
    return centre


def sound(centre: Centre) -> None:
    """Slots are those of live parts, each for the contact that has it, within capacity."""
    contacts = centre.world.store.contacts()
    live = {(s.agent, s.rid): c.id for c in contacts for s in c.segments if s.live}
    live |= {(c.agent or "", c.rid or ""): c.id for c in contacts if str(c.state) == "OFFERED"}
    found = {}
    for agent in centre.world.store.agents():
        found |= {(agent.id, rid): slot.contact for rid, slot in agent.slots.items()}
        for channel, used in agent.used.items():
            assert used <= agent.capacity[channel]
        assert sum(agent.used.values()) == len(agent.slots)
    assert found == live


def talking(centre: Centre, call: str = "CA1") -> tuple[str, str]:
    """Ann talks to a caller of sales; return her and the contact."""
    ann = centre.agent()
    contact_id = centre.queue(call)
    talk(centre, contact_id, ann)
    return ann, contact_id


def party(centre: Centre, contact_id: str) -> Contact:
    return centre.contact(centre.contact(contact_id).party or "")


def party_joins(centre: Centre, contact_id: str, child: Contact) -> None:
    rid = child.rid or ""
    centre.world.media.join(contact_id, rid)
    calls.handle(centre.app, LegJoined(contact_id, "CAparty", rid), KEY)


def party_leaves(centre: Centre, contact_id: str, rid: str, reason: str = "hung_up") -> None:
    centre.world.media.leave(contact_id, rid)
    calls.handle(centre.app, LegLeft(contact_id, "CAparty", rid, reason), KEY)


def consulting(centre: Centre, kind: str = "consult") -> tuple[str, str, str, Contact]:
    """Ann talks to Bob of support while the caller is held, or listens."""
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    ask = transfers.consult if kind == "consult" else transfers.conference
    ask(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    offers.accept(centre.app, bob, child.id, child.rid or "", "api")
    party_joins(centre, contact_id, child)
    return ann, bob, contact_id, centre.contact(child.id)


def dialling(centre: Centre, kind: str = "transfer") -> tuple[str, str, Contact]:
    ann, contact_id = talking(centre)
    ask = {"transfer": transfers.transfer, "consult": transfers.consult}[kind]
    ask(centre.app, ann, contact_id, To(number=NUMBER), KEY, "api")
    return ann, contact_id, party(centre, contact_id)
