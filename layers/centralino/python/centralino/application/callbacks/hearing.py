"""What a customer hears who was rung before an agent was found, from the answer to the queue.

They hear a greeting, then what everybody in line hears. While it is not known yet whether a person
has answered they hear the greeting once more, and a machine may be left a message. A call whose
attempt was given up is ended: nobody would come.
"""

from __future__ import annotations

from collections.abc import Mapping

from centralino.application.app import App
from centralino.application.callbacks import dialling, timing
from centralino.application.ports import Item
from centralino.domain.callbacks.model import Attempt, Outcome, attempt_id
from centralino.domain.contacts import callback_calls as calling
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases

Actions = list[act.Action]
#: A call that waits to be told apart is looked at again so often, in seconds.
_AGAIN_S = 3
_NOTE_TTL_S = 24 * 3600


def answered(
    app: App, contact_id: str, attempt: str, call: str, cause: str | None
) -> Actions | None:
    """Take note that the customer has answered, and return what they hear first.

    Returns
    -------
    list of Action or None
        ``None`` where the call is in a conversation, or was: what is heard is told as of any.

    Raises
    ------
    NotFound
        There is no such call (``unknown_call``).
    """
    contact = app.store.contact(contact_id)
    if contact is not None and calling.is_current(contact, attempt):
        dialling.answered(app, contact_id, attempt, call, cause)
        contact = app.store.contact(contact_id)
    if contact is None or _of(contact, attempt=attempt) is None:
        raise NotFound("there is no such call", code="unknown_call")
    if contact.answers_callback and contact.call == call:
        return [*_greeting(app, contact), act.Queue(contact.id)]
    return waiting(app, contact, call, first=True)


def waiting(app: App, contact: Contact | None, call: str, *, first: bool = False) -> Actions | None:
    """Return what a customer hears whose call does not wait in line, or not any more.

    ``None`` where the call is the contact's own, or none of its attempts.
    """
    if contact is None or contact.callback is None:
        return None
    attempt = _of(contact, call=call)
    # What was given up has an outcome; the last one of a contact that has ended keeps its call.
    own = contact.call == call and (attempt is None or attempt.outcome is None)
    if own or (attempt is None and not first):
        return None
    if attempt is not None and calling.is_current(contact, attempt_id(contact.id, attempt.number)):
        if first:
            return [*_greeting(app, contact), act.Queue(contact.id)]
        again = _once_more(app, contact, attempt)
        return [*(_greeting(app, contact) if again else []), act.Pause(_AGAIN_S)]
    message: Actions = []
    if attempt is not None and attempt.outcome is Outcome.MACHINE:
        message = _say(timing.rules_of(app, contact).machine_message, contact)
    return [*message, act.Hangup()]


def is_attempt_of(contact: Contact, call: str) -> bool:
    """Tell whether a call is, or was, one of ours to this contact's customer."""
    return _of(contact, call=call) is not None


def _greeting(app: App, contact: Contact) -> Actions:
    own = timing.rules_of(app, contact).greeting
    return _say(own or phrases.CALLED_BACK, contact)


def _once_more(app: App, contact: Contact, attempt: Attempt) -> bool:
    """Tell whether the greeting is repeated now: once an attempt, however often it is asked."""
    ttl = app.clock.now() // 1000 + _NOTE_TTL_S
    note = Item(f"line#{contact.id}", f"greeted#{attempt.number}", {}, ttl=ttl)
    return app.operations.put_new(note)


def _say(texts: Mapping[str, str], contact: Contact) -> Actions:
    if not texts:
        return []
    words = texts.get(contact.language) or next(iter(texts.values()))
    return [act.Say(words, contact.language)]


def _of(contact: Contact, *, attempt: str = "", call: str = "") -> Attempt | None:
    attempts = contact.callback.attempts if contact.callback is not None else ()
    return next(
        (
            one
            for one in attempts
            if one.alone
            and (attempt_id(contact.id, one.number) == attempt or (call and one.call == call))
        ),
        None,
    )
