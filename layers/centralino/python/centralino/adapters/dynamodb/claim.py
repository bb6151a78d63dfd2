"""The claim: the one transaction that assigns a contact to an agent.

Decides what the two updates set, remove and require. It writes, without having read either item,
what :func:`centralino.domain.contacts.offers.offer` and
:func:`centralino.domain.agents.machine.take` make of them; a contract test compares the two.
"""

from __future__ import annotations

from typing import Any

from pynamodb.connection.base import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from centralino.adapters.dynamodb.attributes import typed
from centralino.adapters.dynamodb.errors import CONDITION, CONTENTION, cancellation
from centralino.adapters.dynamodb.models import AgentModel, ContactModel
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.wire.agents import counts_map, slot_map
from centralino.adapters.wire.contacts import decision_list, fitted
from centralino.adapters.wire.events import events_list
from centralino.application.ports import Claim, ClaimResult
from centralino.domain.agents.model import (
    AgentState,
    Slot,
    available_partition,
    free_channels,
)
from centralino.domain.contacts.model import ContactState
from centralino.domain.contacts.offers import offered_event


def write_claim(tables: Tables, claim: Claim, token: str) -> None:
    """Send the transaction; a lost reply is repeated under the same token, byte for byte."""
    contact, agent = tables.contacts, tables.agents
    connection: Connection = tables.connection
    with TransactWrite(connection=connection, client_request_token=token) as transaction:
        transaction.update(
            contact(claim.contact.contact),
            actions=_contact_actions(contact, claim),
            condition=_still(contact, ContactState.WAITING, claim.contact.version),
        )
        transaction.update(
            agent(claim.agent.agent),
            actions=_agent_actions(agent, claim),
            condition=_still(agent, AgentState.ROUTABLE, claim.agent.version),
        )


def result_of(error: Exception) -> ClaimResult | None:
    """Return how a claim ended by the reasons of its cancellation, if those are ordinary."""
    reasons = cancellation(error)
    if len(reasons) != 2 or not set(reasons) <= CONTENTION | {CONDITION, ""}:
        return None
    contact, agent = reasons
    return ClaimResult(
        ok=False,
        contact_stale=contact == CONDITION,
        agent_stale=agent == CONDITION,
        contention=bool(CONTENTION & set(reasons)),
    )


def _still(
    model: type[ContactModel] | type[AgentModel], state: ContactState | AgentState, version: int
) -> Condition:
    condition: Condition = (model.state == state.value) & (model.version == version)
    return condition


def _contact_actions(model: type[ContactModel], claim: Claim) -> list[Action]:
    decision = fitted(claim.decision)
    event = offered_event(decision)
    return [
        model.state.set(ContactState.OFFERED.value),
        model.version.set(claim.contact.version + 1),
        model.sequence.set(model.sequence + 1),
        model.rid.set(claim.rid),
        model.agent.set(claim.agent.agent),
        model.expires_at.set(claim.expires_at),
        model.decision.set(decision_list(decision)),
        model.events.set(events_list((event,), told=event)),
        model.cause.set(claim.rid),
        # The entry does not show when the item last changed; it was not before this.
        model.updated_at.set(max(claim.now, claim.contact.enqueued_at)),
        model.acknowledged_at.remove(),
        model.waiting_partition.remove(),
        model.waiting_key.remove(),
    ]


def _agent_actions(model: type[AgentModel], claim: Claim) -> list[Action]:
    entry, channel = claim.agent, claim.contact.channel
    used = {**entry.used, channel: entry.used.get(channel, 0) + 1}
    slot = Slot(claim.contact.contact, channel, claim.now)
    slots: Any = model.slots
    actions: list[Action] = [
        slots[claim.rid].set(typed(slot_map(claim.rid, slot))),
        model.used.set(counts_map(used)),
        model.version.set(entry.version + 1),
        model.taken.set(entry.taken + 1),
        model.last_offer_at.set(claim.now),
        model.updated_at.set(max(claim.now, entry.last_offer_at, entry.idle_since)),
        model.cause.set(claim.rid),
        model.events.remove(),
    ]
    free = free_channels(entry.capacity, used, entry.exclusive)
    if free:
        # The idle clock does not move, so the sort key stays.
        partition = available_partition(entry.pool, entry.profile, free, entry.shard)
        actions.append(model.available_partition.set(partition))
    else:
        actions += [model.available_partition.remove(), model.available_key.remove()]
    return actions
