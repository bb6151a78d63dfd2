"""What follows a change of a callback: agents hear of it, legs go, what was kept is forgotten."""

from __future__ import annotations

from dataclasses import replace

from centralino.application import frames, parties
from centralino.application.app import App
from centralino.application.callbacks import items, slots, timing
from centralino.application.changes import Change
from centralino.application.settling import settle_and_drain
from centralino.domain.callbacks.model import Attempt, attempt_id
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import TransientDependency


def followed(app: App, change: Change[Contact], cause: str | None) -> None:
    """Do what follows a callback's change: slots, pages, items."""
    before, contact = change.before, change.after
    if before.agent is not None and before.rid is not None and before.segment is not None:
        frame = frames.contact_changed(contact, before.rid, app.clock.now())
        app.realtime.push(before.agent, frame)
    if not contact.owes_callback:
        close(app, contact)
    settle_and_drain(app, contact, cause)


def close(app: App, contact: Contact) -> None:
    """Forget the number of a callback that has ended; what cannot be forgotten now expires.

    The place it had in a slot goes to the next.
    """
    try:
        slots.leave(app, contact)
        items.forget(app, contact.id, contact.queue)
    except TransientDependency as error:
        app.log.warning("number_not_forgotten", contact_id=contact.id, code=error.code)


def tell_agent(app: App, contact: Contact) -> None:
    """Tell the agent on the line how it stands."""
    if contact.agent is not None and contact.rid is not None:
        frame = frames.contact_changed(contact, contact.rid, app.clock.now())
        app.realtime.push(contact.agent, frame)


def hang_up(app: App, contact: Contact) -> None:
    """End what the latest attempt of this version rang, answered or not, and the agent's leg."""
    last = contact.callback.last if contact.callback is not None else None
    if last is not None and last.alone:
        parties.quietly(app, "drop_customer", lambda: _end_own_call(app, contact, last))
    elif last is not None:
        attempt = attempt_id(contact.id, last.number)
        parties.quietly(app, "drop_customer", lambda: app.media.drop_agent(contact, attempt))
    drop_agent(app, contact)


def leave_message(app: App, contact: Contact) -> None:
    """Let the machine that answered hear what is to be left there, or nothing."""
    last = contact.callback.last if contact.callback is not None else None
    leaves = last is not None and last.alone and last.call is not None
    if last is None or not leaves or not timing.rules_of(app, contact).machine_message:
        hang_up(app, contact)
        return
    # Should this fail, the turn of its waiting loop that comes next says the same.
    call = replace(contact, call=last.call)
    parties.quietly(app, "leave_message", lambda: app.media.bring_caller(call))


def drop_agent(app: App, contact: Contact) -> None:
    """End the leg of the agent who had accepted this version."""
    rid = contact.rid
    if rid is not None and contact.segment is not None:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(contact, rid))


def _end_own_call(app: App, contact: Contact, last: Attempt) -> None:
    """End the customer's own call. One nobody can name yet hears that it is over on answering."""
    call = last.call or app.dialler.found(contact, attempt_id(contact.id, last.number))
    if call is not None:
        app.media.hang_up(replace(contact, call=call))
