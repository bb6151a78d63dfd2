"""The minute sweep: finds what a lost message left behind. Every repair is idempotent."""

from __future__ import annotations

import zlib

from centralino.application import agents, lost, offers, overflow, parties, retired, strays, talk
from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import messages as callback_messages
from centralino.application.callbacks import sweep as callback_sweep
from centralino.application.changes import change_agent
from centralino.application.markers import (
    LATE_MINUTES,
    MINUTE_MS,
    OPEN_TTL_S,
    UNHELD,
    open_marker,
)
from centralino.application.parts import nudge
from centralino.application.ports import Item, WaitingEntry
from centralino.application.routing import arm_heartbeat, waiting_partitions
from centralino.application.waiting import entries
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState, Slot
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.lost import SPOKEN, rejoin_until
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.contacts.offers import holds
from centralino.domain.errors import CentralinoError

#: A menu call is looked at this many minutes after it rang, and again as often.
MENU_MINUTES = 2
#: How long after its time an offer or wrap-up counts as forgotten, in ms.
SLACK_MS = 5_000
#: A conversation or a wait untouched for this long is checked with the carrier, in ms.
QUIET_MS = 60_000
#: The carrier is asked about so many calls at once.
ASKED_AT_ONCE = 8
#: It is asked about no more of those who wait, and of talks, after so long: each takes some seconds
#: at worst, and a sweep has 55 s for everything.
WAITING_WITHIN_MS = 15_000
TALKS_WITHIN_MS = 35_000
#: Where the minute up to which menu calls were looked at is kept.
_DONE = ("sweep", "menus")

#: A contact, and the agent's part in it that is looked at.
Talk = tuple[Contact, str]


def sweep(app: App) -> dict[str, int]:
    """Run every check once; return how often each repaired something."""
    now, talks = app.clock.now(), list[Talk]()
    found = {"slots": 0, "menus": 0, "waiting": 0, "strays": strays.move(app)}
    found["callbacks"] = callback_sweep.sweep(app)
    for pool in app.configuration.current().pools:
        found["waiting"] += _waiting(app, pool, now + WAITING_WITHIN_MS)
        for item in app.operations.list(agents.roster(pool)):
            found["slots"] += _slots(app, item, talks)
    found["menus"] = _menus(app)
    found["reminders"] = callback_messages.sweep(app)
    # Last: each takes several requests to the carrier, and nothing else may wait for them.
    found["slots"] += _talks(app, talks, now + TALKS_WITHIN_MS)
    app.log.info("swept", **found)
    return found


def _waiting(app: App, pool: str, until: int) -> int:
    """Restart a lost heartbeat; see to contacts whose caller, or whose time in line, has gone.

    The carrier is asked about some at once, those first in line before the others, ``until`` then.
    """
    repaired, anybody = 0, False
    now, configuration = app.clock.now(), app.configuration.current()
    for partition in waiting_partitions(configuration, pool):
        line = list(entries(app.store, partition))
        anybody = anybody or bool(line)
        for start in range(0, len(line), ASKED_AT_ONCE):
            some = line[start : start + ASKED_AT_ONCE]
            found: list[Contact | None] = [None] * len(some)
            if app.clock.now() < until:
                found = app.fan_out(lambda entry: _caller_gone(app, entry, now), some)
            for entry, contact in zip(some, found, strict=True):
                try:
                    gone = contact is not None and _gone(app, contact)
                    repaired += gone or _overdue(app, entry, configuration)
                except CentralinoError as error:
                    # It must not keep the sweep from those behind it in line.
                    app.log.error("sweep_failed", contact_id=entry.contact, code=error.code)
    if anybody:
        nudge(app, pool)
        arm_heartbeat(app, pool, recover=True)
    return repaired


def _caller_gone(app: App, entry: WaitingEntry, now: int) -> Contact | None:
    """Return who waits here if their call has ended, or if they have none of their own."""
    if now - entry.enqueued_at < QUIET_MS:
        return None
    try:
        contact = app.store.contact(entry.contact)
        if contact is None or contact.state is not ContactState.WAITING or contact.calls_back:
            return None
        if contact.parent is not None:
            return contact
        # Without a call it is a message that was left, and the like: nobody could hang up.
        gone = contact.call is not None and app.media.alive(contact) is False
        return contact if gone else None
    except CentralinoError as error:
        app.log.error("sweep_failed", contact_id=entry.contact, code=error.code)
        return None


def _gone(app: App, contact: Contact) -> bool:
    if contact.parent is not None:
        # It lives as long as the conversation it was asked for.
        return parties.check(app, contact.id, "sweep")
    talk.end_call(app, contact.id, by="caller", cause="sweep", seen=contact)
    return True


def _overdue(app: App, entry: WaitingEntry, configuration: Configuration) -> bool:
    if not overflow.due(app, entry, configuration):
        return False
    return overflow.look(app, entry.contact, None, "sweep")


def _slots(app: App, entry: Item, talks: list[Talk]) -> int:
    """Hold every slot of an agent on the roster against its contact; collect the quiet talks."""
    agent_id, repaired = entry.sk, 0
    agent = app.store.agent(agent_id)
    if agent is None or (agent.state is AgentState.OFFLINE and not agent.slots):
        agents.leave_roster(app, entry)
        return 0
    for rid, slot in agent.slots.items():
        try:
            repaired += _slot(app, agent_id, rid, slot, talks)
        except CentralinoError as error:
            # One stuck contact must not keep the sweep from the others.
            app.log.error("sweep_failed", rid=rid, code=error.code)
    return repaired


def _slot(app: App, agent_id: str, rid: str, slot: Slot, talks: list[Talk]) -> bool:
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

        def without_slot(agent: Agent) -> Agent:
            # Not if it has become the slot of another contact since it was read.
            if agent.slots.get(rid) != slot:
                return agent
            return machine.release(agent, rid, now, "sweep", answered=False)

        return change_agent(app, agent_id, without_slot).made
    if segment.wrapping:
        limit = retired.rules_of(app, segment.queue).wrap_up_ms
        overdue = now > (segment.ended_at or 0) + limit + SLACK_MS
        if overdue:
            agents.wrap_up_over(app, contact.id, rid, "sweep")
        return overdue
    if contact.calls_back:
        # Being rung: it is looked at as its timers would have.
        return callbacks.look(app, contact.id, "sweep")
    until = rejoin_until(contact) if contact.rid == rid else None
    if until is not None:
        return now > until + SLACK_MS and lost.time_over(app, contact.id, rid, "sweep")
    quiet = contact.state in TALKING and now - contact.updated_at > QUIET_MS
    if quiet and contact.parent is not None:
        return parties.check(app, contact.id, "sweep")
    if quiet and contact.party is not None and _party_repaired(app, contact, now):
        return True
    if quiet:
        talks.append((contact, rid))
    return False


def _talks(app: App, talks: list[Talk], until: int) -> int:
    """Hold quiet talks against the carrier, some at once, for as long as there is time.

    Every minute in another order: what there was no time for is not always the same.
    """
    minute, repaired = app.clock.now() // MINUTE_MS, 0
    talks = sorted(talks, key=lambda one: (zlib.crc32(f"{minute}{one[0].id}".encode()), one[1]))
    for start in range(0, len(talks), ASKED_AT_ONCE):
        if app.clock.now() >= until:
            app.log.warning("talks_not_swept", talks=len(talks) - start)
            break
        some = talks[start : start + ASKED_AT_ONCE]
        for (contact, rid), there in zip(
            some, app.fan_out(lambda one: _there(app, *one), some), strict=True
        ):
            try:
                repaired += _talk_repaired(app, contact, rid, *there)
            except CentralinoError as error:
                app.log.error("sweep_failed", rid=rid, code=error.code)
    return repaired


def _there(app: App, contact: Contact, rid: str) -> tuple[bool | None, bool | None]:
    """Ask whether the caller of a talk, and its agent's leg, are there; ``None``: it is unknown."""
    try:
        alive = app.media.alive(contact)
        spoken = contact.channel in SPOKEN and app.media.joins(contact)
        return alive, app.media.has_leg(contact, rid) if alive and spoken else None
    except CentralinoError as error:
        # One that cannot be asked about must not keep the sweep from the others.
        app.log.error("sweep_failed", rid=rid, code=error.code)
        return None, None


def _talk_repaired(
    app: App, contact: Contact, rid: str, alive: bool | None, leg: bool | None
) -> bool:
    """End a talk whose caller has gone; see to one whose agent has, without a word of it."""
    if alive is False:
        talk.end_call(app, contact.id, by="caller", cause="sweep", seen=contact)
    elif leg is False:
        lost.leg_lost(app, contact, rid, "sweep")
    return alive is False or leg is False


def _party_repaired(app: App, contact: Contact, now: int) -> bool:
    """End an outside party whose answer or failure was lost; see to one that is over."""
    child = app.store.contact(contact.party or "")
    if child is None:
        return False
    if child.state is ContactState.DIALING and child.rid is not None:
        overdue = now - child.updated_at > parties.DIAL_MS + SLACK_MS
        if overdue:
            parties.dial_missing(app, child.id, child.rid, "sweep")
        return overdue
    parties.follow(app, child, "sweep")
    after = app.store.contact(contact.id)
    return after is not None and after.version != contact.version


def _menus(app: App) -> int:
    """Close calls no agent holds whose hang-up never arrived; look again at those still there.

    They are in a menu, or were left with an outside number.
    """
    repaired = 0
    minute = app.clock.now() // MINUTE_MS - MENU_MINUTES
    done = app.operations.get(*_DONE)
    oldest = minute - OPEN_TTL_S // 60
    # From where the last complete sweep came to: one that was missed must not leave a call behind,
    # nor may a note that was written after its minute was looked at.
    first = oldest if done is None else max(oldest, int(done.attributes["minute"]))
    for past in range(min(first, minute - LATE_MINUTES), minute + 1):
        for item in app.operations.list(f"open#{past}"):
            contact = app.store.contact(item.sk)
            if contact is not None and contact.state in UNHELD:
                repaired += _unheld(app, contact)
            app.operations.delete(item.pk, item.sk)
    app.operations.put(Item(*_DONE, {"minute": minute}))
    return repaired


def _unheld(app: App, contact: Contact) -> bool:
    try:
        if talk.post_call_over(app, contact.id, "sweep"):
            return True
        if app.media.alive(contact) is False:
            talk.end_call(app, contact.id, by="caller", cause="sweep", seen=contact)
            return True
    except CentralinoError as error:
        # It is looked at again, and must not keep the sweep from the others.
        app.log.error("sweep_failed", contact_id=contact.id, code=error.code)
    app.operations.put(open_marker(contact, app.clock.now()))
    return False
