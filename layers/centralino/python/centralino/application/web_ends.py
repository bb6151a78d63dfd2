"""How a web conversation ends: somebody hangs up, leaves, or is gone without a word.

A socket that closes says little: pages are loaded again and networks change. So a durable timer
looks again after a grace, and only who has not come back by then has left.
"""

from __future__ import annotations

from centralino.application import agents, calls, lost, web_calls
from centralino.application.app import App
from centralino.application.ports import Timer
from centralino.application.rooms import rooms_of
from centralino.application.web_calls import WebCall
from centralino.domain.errors import NotFound
from centralino.domain.telephony import rooms
from centralino.domain.telephony.capabilities import Provider
from centralino.domain.telephony.commands import CallProgressed, LegLeft
from centralino.domain.telephony.rooms import Peer

#: These calls bring their contact's id with them.
NO_KEY = b""


def hang_up(app: App, call: WebCall, cause: str | None) -> None:
    """End a call from the caller's side, with everybody's part in it. Repeating it is harmless."""
    contact = app.store.contact(call.contact)
    if contact is not None:
        ended = CallProgressed(Provider.WEBVOICE, call.id, "completed", True, call.contact, cause)
        calls.handle(app, ended, NO_KEY)
        rooms_of(app).change(call.contact, rooms.close)
    # Last: until then whoever repeats a hang-up that died halfway still finds the call.
    web_calls.forget(app.operations, call.id)


def page_gone(app: App, agent_id: str, connection: str | None, cause: str | None) -> None:
    """Take an agent whose last page has been gone for the grace out of every conversation.

    Parameters
    ----------
    connection : str or None
        The one whose closing began the grace; as in :func:`agents.grace_over`.
    """
    noted = app.operations.get(agents.connections(agent_id), agents.CLOSED)
    if noted is None or noted.attributes["connection"] != connection:
        return
    if app.operations.list(agents.connections(agent_id), "conn#"):
        return
    for room, peer in rooms_of(app).of(agent_id, _talks(app, agent_id)):
        try:
            leg_gone(app, room.id, peer, "page_gone", cause)
        except NotFound:
            app.log.info("room_without_contact", contact_id=room.id)


def _talks(app: App, agent_id: str) -> list[str]:
    """Return the rooms of the conversations that an agent's slots are taken by."""
    agent = app.store.agent(agent_id)
    held = [slot.contact for slot in agent.slots.values()] if agent is not None else []
    contacts = [contact for contact in map(app.store.contact, held) if contact is not None]
    return [contact.parent or contact.id for contact in contacts]


def leg_gone(app: App, room_id: str, peer: Peer, reason: str, cause: str | None) -> None:
    """Take a leg out of a conversation and do what follows.

    Should we die between the two, nobody says again that the leg left: so somebody looks then.
    """
    app.timers.send([Timer("leg", room_id, peer.id, lost.LEG_CHECK_MS)])
    rooms_of(app).change(room_id, lambda r: rooms.leave(r, peer.id), reason)
    calls.handle(app, LegLeft(room_id, peer.id, peer.id, reason, cause), NO_KEY)


def caller_gone(app: App, call_id: str, connection: str | None, cause: str | None) -> None:
    """End a call whose page has not come back within the grace.

    Parameters
    ----------
    connection : str or None
        The socket whose closing began the grace; nothing happens once another one has closed.
    """
    noted = web_calls.closed(app.operations, call_id)
    if noted is None or noted.attributes["connection"] != connection:
        return
    if web_calls.connected(app.operations, call_id):
        return
    try:
        call = web_calls.find(app.operations, call_id)
    except NotFound:
        return
    hang_up(app, call, cause)
