"""The minute sweep: finds what a lost message left behind. Every repair is idempotent."""

from __future__ import annotations

from centralino.application import agents, offers, talk
from centralino.application.app import App
from centralino.application.calls import MINUTE_MS, OPEN_TTL_S
from centralino.application.changes import change_agent
from centralino.application.ports import Item, WaitingEntry
from centralino.application.routing import arm_heartbeat, waiting_partitions
from centralino.domain.agents import machine
from centralino.domain.agents.model import Slot
from centralino.domain.contacts.model import TALKING, ContactState
from centralino.domain.contacts.offers import holds
from centralino.domain.errors import CentralinoError

#: A menu call is looked at this many minutes after it rang, and again as often.
MENU_MINUTES = 10
#: How long after its time an offer or wrap-up counts as forgotten, in ms.
SLACK_MS = 5_000
#: A conversation or a wait untouched for this long is checked with the carrier, in ms.
QUIET_MS = 60_000
PAGE = 100


def sweep(app: App) -> dict[str, int]:
    """Run every check once; return how often each repaired something."""
    found = {"slots": 0, "menus": 0, "waiting": 0}
    for pool in app.configuration.current().pools:
        found["waiting"] += _waiting(app, pool)
        for item in app.operations.list(agents.roster(pool)):
            found["slots"] += _slots(app, item.sk)
    found["menus"] = _menus(app)
    app.log.info("swept", **found)
    return found


def _waiting(app: App, pool: str) -> int:
    """Restart a lost heartbeat and close the contacts whose caller has silently gone."""
    repaired, anybody = 0, False
    now = app.clock.now()
    for partition in waiting_partitions(app.configuration.current(), pool):
        start: str | None = None
        while True:
            page = app.store.waiting(partition, start, PAGE)
            anybody = anybody or bool(page.entries)
            repaired += sum(_caller_gone(app, entry, now) for entry in page.entries)
            start = page.next_key
            if start is None:
                break
    if anybody:
        app.nudges.send(pool)
        arm_heartbeat(app, pool)
    return repaired


def _caller_gone(app: App, entry: WaitingEntry, now: int) -> bool:
    if now - entry.enqueued_at < QUIET_MS:
        return False
    contact = app.store.contact(entry.contact)
    if contact is None or contact.state is not ContactState.WAITING:
        return False
    if app.media.alive(contact) is not False:
        return False
    talk.end_call(app, contact.id, by="caller", cause="sweep", seen=contact)
    return True


def _slots(app: App, agent_id: str) -> int:
    """Hold every slot of an agent against its contact."""
    agent = app.store.agent(agent_id)
    if agent is None:
        return 0
    repaired = 0
    for rid, slot in agent.slots.items():
        try:
            repaired += _slot(app, agent_id, rid, slot)
        except CentralinoError as error:
            # One stuck contact must not keep the sweep from the others.
            app.log.error("sweep_failed", rid=rid, code=error.code)
    return repaired


def _slot(app: App, agent_id: str, rid: str, slot: Slot) -> bool:
    now = app.clock.now()
    contact = app.store.contact(slot.contact)
    segment = contact.find_segment(rid) if contact is not None else None
    if contact is not None and holds(contact, rid):
        if contact.accepted:
            overdue = now - contact.updated_at > offers.JOIN_MS + SLACK_MS
            if overdue:
                offers.join_missing(app, contact.id, rid, "sweep")
            return overdue
        overdue = now > (contact.expires_at or 0) + SLACK_MS
        if overdue:
            offers.time_out(app, contact.id, rid, "sweep")
        return overdue
    if contact is None or segment is None or not segment.live:
        change = change_agent(
            app, agent_id, lambda a: machine.release(a, rid, now, "sweep", answered=False)
        )
        return change.made
    if segment.wrapping:
        limit = app.configuration.current().queue(segment.queue).wrap_up_ms
        overdue = now > (segment.ended_at or 0) + limit + SLACK_MS
        if overdue:
            agents.wrap_up_over(app, contact.id, rid, "sweep")
        return overdue
    quiet = contact.state in TALKING and now - contact.updated_at > QUIET_MS
    if quiet and app.media.alive(contact) is False:
        talk.end_call(app, contact.id, by="caller", cause="sweep", seen=contact)
        return True
    return False


def _menus(app: App) -> int:
    """Close menu calls whose hang-up never arrived; look again later at those still there."""
    repaired = 0
    minute = app.clock.now() // MINUTE_MS - MENU_MINUTES
    # Two minutes back as well, for a sweep that did not run.
    for past in (minute - 2, minute - 1, minute):
        for item in app.operations.list(f"open#{past}"):
            contact = app.store.contact(item.sk)
            if contact is not None and contact.state is ContactState.IVR:
                if app.media.alive(contact) is False:
                    talk.end_call(app, contact.id, by="caller", cause="sweep", seen=contact)
                    repaired += 1
                else:
                    later = app.clock.now() // MINUTE_MS
                    ttl = app.clock.now() // 1000 + OPEN_TTL_S
                    app.operations.put(Item(f"open#{later}", item.sk, ttl=ttl))
            app.operations.delete(item.pk, item.sk)
    return repaired
