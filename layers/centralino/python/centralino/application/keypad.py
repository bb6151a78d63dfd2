"""Keys that an agent presses for the other side to hear: through another firm's menu, say.

They may be a number of a card or a PIN. So they are kept for a minute at most, apart from the
contact, until the carrier has asked for them once; only their name is in an address, and nothing
of them is in an event, a log, a timer or an error.

Whoever asks names each pressing. What was asked under a name is never heard twice, whatever is
repeated by the page, by us or by the carrier; in a failure it may not be heard at all.
"""

from __future__ import annotations

from centralino.application import inviting, provided
from centralino.application.agents import own
from centralino.application.app import App
from centralino.application.ports import Item, Timer
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.errors import CentralinoError, RuleViolation, TransientDependency
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.commands import DigitsAsked

CUSTOMER, PARTY = "customer", "party"
#: Forgets keys that nobody asked for.
TIMER = "keys"
KEPT_MS = 60_000
#: How long it is known that a pressing was asked for.
KNOWN_S = 24 * 3600
_PRESSED, _FORGOTTEN = 1, 2


def press(
    app: App,
    agent_id: str,
    contact_id: str,
    digits: str,
    request: str,
    to: str | None,
) -> Contact:
    """Have the other side hear keys.

    Parameters
    ----------
    digits : str
        Up to 32 of ``0`` to ``9``, ``*``, ``#``, and ``w`` for half a second of silence.
    request : str
        Whoever asks names this pressing by it; asking again changes nothing.
    to : str or None
        ``customer`` or ``party``; else the third party where there is one.

    Raises
    ------
    NotFound
        There is no such contact, or the agent has no part in it.
    RuleViolation
        The agent is not talking (``not_talking``), the one who is to hear them is on hold
        (``customer_held``) or not there (``no_party``, ``party_not_connected``, ``leg_gone``), or
        the provider cannot do it (``not_supported``).
    TransientDependency
        It is unknown whether they are heard; what is asked under another name is heard anew.
    """
    contact = own(app, agent_id, contact_id)
    provided.need(app, contact, Capability.SEND_DIGITS)
    inviting.in_force(contact, agent_id)
    rid = _leg(app, contact, to)
    place = _place(contact_id)
    app.timers.send([Timer(TIMER, contact_id, request, KEPT_MS)])
    pressed = {"version": _PRESSED, "digits": digits}
    if not app.operations.put_new(Item(place, request, pressed, ttl=_known_until(app))):
        return contact
    try:
        app.media.send_digits(contact, rid, request)
    except TransientDependency:
        raise  # they may be on their way
    except CentralinoError:
        app.operations.delete(place, request)
        raise
    return contact


def asked(app: App, command: DigitsAsked) -> list[act.Action]:
    """Hand out the keys to the carrier, to the first who asks; to others a moment of silence."""
    item = app.operations.get(_place(command.contact), command.name)
    digits = item.attributes.get("digits") if item is not None else None
    if digits is None or not forget(app, command.contact, command.name):
        return [act.Pause(1)]
    return [act.SendDigits(str(digits))]


def forget(app: App, contact_id: str, request: str) -> bool:
    """Forget keys, though not that they were pressed; tell whether they were still known."""
    place = _place(contact_id)
    if app.operations.get(place, request) is None:
        return False
    forgotten = Item(place, request, {"version": _FORGOTTEN}, ttl=_known_until(app))
    return app.operations.put_if(forgotten, "version", _FORGOTTEN)


def _leg(app: App, contact: Contact, to: str | None) -> str | None:
    """Return the leg that is to hear them; ``None`` is the customer's."""
    if to == CUSTOMER or (to is None and contact.party is None):
        if contact.state is ContactState.HELD:
            raise RuleViolation("the customer is on hold", code="customer_held")
        return None
    if contact.party is None:
        raise RuleViolation("there is no third party", code="no_party")
    child = inviting.party_of(app, contact)
    if child.state not in TALKING:
        raise RuleViolation("the third party is not on the line", code="party_not_connected")
    return child.rid


def _place(contact_id: str) -> str:
    return f"keys#{contact_id}"


def _known_until(app: App) -> int:
    return app.clock.now() // 1000 + KNOWN_S
