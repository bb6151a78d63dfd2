"""The frames pushed to an agent's pages. Their shapes are ``contracts.realtime``'s."""

from __future__ import annotations

from typing import Any

from centralino.domain.agents.model import Agent
from centralino.domain.contacts.lost import rejoin_until
from centralino.domain.contacts.model import Contact
from centralino.domain.contacts.muting import is_muted


def offered(contact: Contact, now: int) -> dict[str, Any]:
    """Show an offer that was written together with its contact."""
    since = contact.enqueued_at if contact.enqueued_at is not None else now
    return {
        "type": "offer",
        "rid": contact.rid,
        "contact_id": contact.id,
        "number": contact.version,
        "queue": contact.queue,
        "channel": str(contact.channel),
        "waited_ms": max(0, now - since),
        "expires_at": contact.expires_at,
        "at": now,
    }


def offer_ended(contact_id: str, rid: str, reason: str, now: int) -> dict[str, Any]:
    """Say that an offer is no longer to be answered: accepted elsewhere, withdrawn, late."""
    return {
        "type": "offer_ended",
        "contact_id": contact_id,
        "rid": rid,
        "reason": reason,
        "at": now,
    }


def contact_changed(contact: Contact, rid: str, now: int) -> dict[str, Any]:
    """Say where a contact of this agent stands now."""
    return {
        "type": "contact",
        "contact_id": contact.id,
        "rid": rid,
        "state": str(contact.state),
        "queue": contact.queue,
        "version": contact.version,
        "rejoin_until": rejoin_until(contact) if rid == contact.rid else None,
        "muted": is_muted(contact, rid),
        "no_selling": contact.callback is not None and contact.callback.no_selling,
        "called_meanwhile": contact.callback is not None and contact.callback.called_meanwhile,
        "at": now,
    }


def callback_ended(contact: Contact, rid: str, callback: str, now: int) -> dict[str, Any]:
    """Say that the customer of this contact was to be called back, and need not be any more."""
    return {**contact_changed(contact, rid, now), "callback": callback}


def agent_changed(agent: Agent, now: int) -> dict[str, Any]:
    """Say what state the agent is in now."""
    return {
        "type": "agent",
        "state": str(agent.state),
        "reason": agent.reason,
        "version": agent.version,
        "at": now,
    }
