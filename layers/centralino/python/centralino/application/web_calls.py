"""Calls from a page before there is any contact: placing one, its tickets, its socket.

Nobody signs in to call. What a page may do hangs on secrets it was given: a single-use ticket
opens the socket of exactly one call, and the secret ``resume`` gets another ticket for the same
call when the socket is lost or the page loaded again. A call has one socket at a time, the latest.
The contact is made when the page says that it is there (see ``application.webvoice``).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from centralino.application import agents, limits
from centralino.application.app import App
from centralino.application.limits import Limit
from centralino.application.ports import (
    Clock,
    ConfigurationSource,
    Ids,
    Item,
    Operations,
    Store,
    Timer,
)
from centralino.application.ports.ice import IceServer, IceServers
from centralino.domain import ids
from centralino.domain.configuration.model import web_address
from centralino.domain.contacts.model import ContactState
from centralino.domain.errors import Forbidden, InvalidRequest, NotFound
from centralino.domain.telephony.capabilities import Provider
from centralino.domain.telephony.phrases import LANGUAGES

CALL = "wv_"
#: Longer than any call.
CALL_S = 24 * 3600
#: How long a call outlives its page's socket.
GRACE_MS = 15_000
CLOSED = "closed"
_ITEM = "call"


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """What placing a call needs of the outside world: far less than handling one.

    ``limit`` is how often one source may place a call or ask for a ticket.
    """

    operations: Operations
    store: Store
    configuration: ConfigurationSource
    clock: Clock
    ids: Ids
    ice: IceServers
    limit: Limit


@dataclass(frozen=True, slots=True)
class WebCall:
    """A call that was placed and has not ended."""

    id: str
    contact: str
    line: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a page needs to open the socket of its call."""

    call: str
    ticket: str
    ice_servers: Sequence[IceServer]


# --------------------------------------------------------------------------- over HTTP


def place(
    door: FrontDoor, key: bytes, line_id: str, language: str | None, source: str
) -> tuple[Ticket, str]:
    """Place a call; return its first ticket and the secret that gets further ones.

    Parameters
    ----------
    key : bytes
        The deployment's key of ids: names the contact, and hides the source.
    source : str
        The address the request came from.

    Raises
    ------
    NotFound
        There is no such line for calls from a page (code ``unknown_line``).
    InvalidRequest
        The line's flows are not written in this language (code ``unknown_language``).
    TooManyRequests
        The source places too many calls.
    """
    admit(door, key, source)
    configuration = door.configuration.current()
    line = configuration.line_of(web_address(line_id))
    if line is None or line.provider != Provider.WEBVOICE:
        raise NotFound("there is no such line", code="unknown_line")
    unit = configuration.business_units.get(line.business_unit)
    if language not in (None, line.language, *(unit.languages if unit else LANGUAGES)):
        raise InvalidRequest("this line does not speak that", code="unknown_language")
    call, secret = f"{CALL}{door.ids.ulid()}", door.ids.secret()
    about = {
        "contact": ids.contact_id(key, Provider.WEBVOICE, call),
        "line": line.id,
        "language": language,
        "resume": _digest(secret),
    }
    expires = door.clock.now() // 1000 + CALL_S
    door.operations.put(Item(_key(call), _ITEM, about, ttl=expires))
    return _ticket(door, call), secret


def reopen(door: FrontDoor, key: bytes, call: str, secret: str, source: str) -> Ticket:
    """Return another ticket for a call that has not ended.

    Raises
    ------
    Forbidden
        This is not the call's secret (code ``invalid_resume``).
    NotFound
        There is no such call, or it is over (code ``unknown_call``).
    TooManyRequests
        The source asks too often.
    """
    admit(door, key, source)
    item = door.operations.get(_key(call), _ITEM)
    if item is None:
        raise NotFound("there is no such call", code="unknown_call")
    if not hmac.compare_digest(str(item.attributes["resume"]), _digest(secret)):
        raise Forbidden("this is not the call's secret", code="invalid_resume")
    contact = door.store.contact(str(item.attributes["contact"]))
    if contact is not None and (contact.ended or contact.state is ContactState.WRAPUP):
        raise NotFound("the call is over", code="unknown_call")
    return _ticket(door, call)


def admit(door: FrontDoor, key: bytes, source: str) -> None:
    """Count one request of a source, or raise ``TooManyRequests``."""
    named = ids.keyed("", key, "source", near(source))
    limits.admit(door.operations, door.clock, named, door.limit)


def near(source: str) -> str:
    """Return what a source is counted by: whoever has an IPv6 address has a whole /64 of them."""
    address = ip_address(source)
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)


def _ticket(door: FrontDoor, call: str) -> Ticket:
    ticket = f"{CALL}{door.ids.secret()}"
    expires = door.clock.now() // 1000 + agents.TICKET_S
    door.operations.put(Item(f"ticket#{ticket}", "ticket", {"call": call}, ttl=expires))
    return Ticket(call, ticket, door.ice.servers())


# --------------------------------------------------------------------------- the socket


def is_callers(ticket: str) -> bool:
    """Tell a caller's ticket from an agent's."""
    return ticket.startswith(CALL)


def connect(operations: Operations, clock: Clock, connection: str, ticket: str) -> str:
    """Open the socket of a call with a ticket; the one it had before is its no more.

    Raises
    ------
    Forbidden
        The ticket is unknown, spent or expired (code ``invalid_ticket``).
    """
    taken = operations.take(f"ticket#{ticket}", "ticket")
    if taken is None or "call" not in taken.attributes:
        raise Forbidden("the ticket is not valid", code="invalid_ticket")
    call = str(taken.attributes["call"])
    expires = clock.now() // 1000 + agents.CONNECTION_S
    for former in operations.list(connections(call), "conn#"):
        operations.delete(former.sk, "call")
        operations.delete(former.pk, former.sk)
    operations.put(Item(f"conn#{connection}", "call", {"call": call}, ttl=expires))
    operations.put(Item(connections(call), f"conn#{connection}", {}, ttl=expires))
    return call


def who(operations: Operations, connection: str) -> str:
    """Return the call or the agent of an open connection.

    Raises
    ------
    Forbidden
        It is nobody's (code ``unknown_connection``).
    """
    for item in operations.list(f"conn#{connection}"):
        return str(item.attributes[item.sk])
    raise Forbidden("this connection is not open", code="unknown_connection")


def close(
    operations: Operations, clock: Clock, connection: str, *, over: bool = False
) -> str | None:
    """Close the socket of a call and note when; return the call, ``None`` if it is none's.

    A socket that another one has replaced is none's. When the socket of a call that is ``over``
    closed, nobody will ask, and what is known of it goes by itself in time.
    """
    item = operations.get(f"conn#{connection}", "call")
    if item is None:
        return None
    call, now = str(item.attributes["call"]), clock.now()
    if over:
        return call
    closed = {"connection": connection, "at": now}
    operations.put(Item(_key(call), CLOSED, closed, ttl=now // 1000 + agents.CONNECTION_S))
    operations.delete(connections(call), f"conn#{connection}")
    operations.delete(f"conn#{connection}", "call")
    return call


def disconnect(app: App, connection: str) -> bool:
    """Close the socket of a caller's page and begin the grace; tell whether it was one."""
    try:
        call = who(app.operations, connection)
    except Forbidden:
        return False
    if not call.startswith(CALL):
        return False
    over = _is_over(app, call)
    if not over:
        app.timers.send([Timer("caller", call, connection, GRACE_MS)])
    close(app.operations, app.clock, connection, over=over)
    return True


def _is_over(app: App, call: str) -> bool:
    """Tell whether a call needs no grace: a hang-up forgets it last, an agent's ends its talk."""
    item = app.operations.get(_key(call), _ITEM)
    if item is None:
        return True
    contact = app.store.contact(str(item.attributes["contact"]))
    return contact is not None and (contact.ended or contact.state is ContactState.WRAPUP)


def find(operations: Operations, call: str) -> WebCall:
    """Return a call that has not ended, or raise ``NotFound`` (code ``unknown_call``)."""
    item = operations.get(_key(call), _ITEM)
    if item is None:
        raise NotFound("there is no such call", code="unknown_call")
    about = item.attributes
    return WebCall(call, str(about["contact"]), str(about["line"]), about["language"])


def forget(operations: Operations, call: str) -> None:
    """Forget a call that is over: nothing can be said for it any more."""
    operations.delete(_key(call), _ITEM)


def connected(operations: Operations, call: str) -> bool:
    """Tell whether a call has a socket."""
    return bool(operations.list(connections(call), "conn#"))


def closed(operations: Operations, call: str) -> Item | None:
    """Return what was noted when the last socket of a call closed, if one ever did."""
    return operations.get(_key(call), CLOSED)


def next_number(operations: Operations, clock: Clock, call: str, limit: Limit | None = None) -> int:
    """Return the number of the next list of actions for a call, higher than any before.

    It is taken before the contact is read: what carries a higher number then never shows an older
    state.

    Parameters
    ----------
    limit : Limit, optional
        How often the call's page may ask for one; what it used up is kept beside the number.

    Raises
    ------
    TooManyRequests
        The page asks too often.
    """
    while True:
        found = operations.get(_key(call), "sent")
        held = found.attributes if found is not None else {"number": 0}
        number, now = int(held["number"]) + 1, clock.now()
        due = int(held.get("due", 0))
        if limit is not None:
            due = limits.next_due(limit, due, now)
        expires = now // 1000 + CALL_S
        item = Item(_key(call), "sent", {"number": number, "due": due}, ttl=expires)
        if operations.put_if(item, "number", number):
            return number


def connections(who: str) -> str:
    """Return the ``ops`` partition of the open connections of a call or an agent."""
    return _key(who) if who.startswith(CALL) else agents.connections(who)


def _key(call: str) -> str:
    return f"call#{call}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
