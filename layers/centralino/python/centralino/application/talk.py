"""How an offer that cannot be carried out, and a call, end."""

from __future__ import annotations

from collections.abc import Callable

from centralino.application import frames, parties, reaping, retired, wrap_ups
from centralino.application.app import App
from centralino.application.callbacks import waiting as callback_waiting
from centralino.application.changes import Change, change_contact
from centralino.application.markers import open_marker
from centralino.application.ports import Timer
from centralino.domain.callbacks.model import Outcome
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.errors import NotFound


def fail_offer(
    app: App,
    contact_id: str,
    rid: str,
    reason: str,
    cause: str | None,
    *,
    only_if: Callable[[Contact], bool] | None = None,
) -> Change[Contact]:
    """End an offer that could not be carried out; the caller keeps the place in line.

    Parameters
    ----------
    only_if : callable, optional
        Asked of the very version that is changed, however often it has to be read again.
    """

    def step(contact: Contact) -> Contact:
        if only_if is not None and not only_if(contact):
            return contact
        now = app.clock.now()
        after = offers.fail(contact, rid, reason, now + set_aside_ms(app, contact), now, cause)
        if after is not contact and contact.accepted:
            parties.arm_room(app, contact)
        return after

    change = change_contact(app, contact_id, step)
    if not change.made:
        return change
    if change.before.accepted:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(change.before, rid))
        parties.quietly(app, "recall_caller", lambda: parties.recall(app, contact_id))
    parties.settle_and_follow(app, change.after, cause)
    return change


def end_call(
    app: App, contact_id: str, *, by: str, cause: str | None, seen: Contact | None = None
) -> Contact:
    """Note that the customer's call has ended and do what follows.

    Parameters
    ----------
    seen : Contact, optional
        The contact if it was just read; it decides only whether a wrap-up timer is sent first.

    Returns
    -------
    Contact
        The contact as it stands now; unchanged when it had already ended.
    """
    before = seen or _known(app, contact_id)
    if before.answers_callback:
        # Whom we called waits for nobody any more: that is an attempt in vain.
        left = callback_waiting.over(app, contact_id, Outcome.LEFT, cause)
        if left.made or left.after.owes_callback:
            return left.after
        before = left.after
    if not reaping.over(before):
        post_call = before.post_call and by == "agent"
        app.timers.send(_timers_of_the_end(app, before, post_call=post_call))
        if post_call:
            # Once the agent has wrapped up, no slot leads the sweep here.
            app.operations.put(open_marker(before, app.clock.now()))
    change = change_contact(
        app, contact_id, lambda c: lifecycle.hang_up(c, by, app.clock.now(), cause)
    )
    if not change.made:
        return change.after
    before, after = change.before, change.after
    if before.accepted and before.rid is not None:
        rid = before.rid
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(before, rid))
    segment = after.segment
    if segment is not None:
        app.realtime.push(
            segment.agent, frames.contact_changed(after, segment.rid, app.clock.now())
        )
    parties.settle_and_follow(app, after, cause)
    return after


def post_call_over(app: App, contact_id: str, cause: str | None) -> bool:
    """End a post-call step that has lasted too long; tell whether it had."""
    contact = app.store.contact(contact_id)
    if contact is None or not reaping.post_call_over(contact, app.clock.now()):
        return False
    app.media.hang_up(contact)
    end_call(app, contact_id, by="system", cause=cause, seen=contact)
    return True


def set_aside_ms(app: App, contact: Contact) -> int:
    """Return for how long an agent who did not take this contact is not offered it again."""
    return retired.rules_of(app, contact.queue or "").set_aside_ms


def _timers_of_the_end(app: App, contact: Contact, *, post_call: bool) -> list[Timer]:
    wrap_up = wrap_ups.timer(app, contact) if contact.state in TALKING else None
    if wrap_up is None:
        return reaping.timers(app, contact, None)
    return [wrap_up, *reaping.timers(app, contact, wrap_up.delay_ms, post_call=post_call)]


def _known(app: App, contact_id: str) -> Contact:
    contact = app.store.contact(contact_id)
    if contact is None:
        raise NotFound("there is no such call", code="unknown_call")
    return contact
