"""Entities as the API shows them."""

from __future__ import annotations

from collections.abc import Callable

from centralino.application.agents import Desk
from centralino.application.recording_desk import Shown
from centralino.contracts.api import (
    AgentView,
    ContactView,
    DecisionsView,
    DecisionView,
    SegmentView,
    SlotView,
)
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.lost import rejoin_until
from centralino.domain.contacts.model import Contact
from centralino.domain.contacts.muting import is_muted
from centralino.domain.routing.explain import Decided, explain


def contact_view(contact: Contact, shown: Shown) -> ContactView:
    """Return a contact for an agent with a part in it."""
    return ContactView(
        contact_id=contact.id,
        state=str(contact.state),
        version=contact.version,
        channel=str(contact.channel),
        direction=str(contact.direction),
        language=contact.language,
        queue=contact.queue,
        rid=contact.rid,
        enqueued_at=contact.enqueued_at,
        expires_at=contact.expires_at,
        segments=[
            SegmentView(
                rid=segment.rid,
                agent_id=segment.agent,
                queue=segment.queue,
                accepted_at=segment.accepted_at,
                connected_at=segment.connected_at,
                ended_at=segment.ended_at,
                wrapped_at=segment.wrapped_at,
                disposition=segment.disposition,
            )
            for segment in contact.segments
        ],
        parent=contact.parent,
        kind=contact.kind,
        party=contact.party,
        recording=shown.recording,
        deadline=shown.deadline,
        rejoin_until=rejoin_until(contact),
        muted=contact.rid is not None and is_muted(contact, contact.rid),
    )


def agent_view(agent: Agent, now: int, slots: list[SlotView]) -> AgentView:
    """Return an agent for their own page."""
    return AgentView(
        agent_id=agent.id,
        state=str(agent.state),
        reason=agent.reason,
        version=agent.version,
        profile=agent.profile,
        business_unit=agent.business_unit,
        slots=slots,
        server_time=now,
    )


def desk_view(desk: Desk, now: int, shown: Callable[[Contact], Shown]) -> AgentView:
    """Return an agent together with the contacts they hold."""
    slots = [
        SlotView(rid=rid, contact=contact_view(contact, shown(contact)))
        for rid, contact in desk.contacts
    ]
    return agent_view(desk.agent, now, slots)


def decisions_view(contact_id: str, history: list[Decided], language: str) -> DecisionsView:
    """Return why the contact was assigned as it was, each time."""
    return DecisionsView(
        contact_id=contact_id,
        language=language,
        decisions=[_decision_view(decided, language) for decided in history],
    )


def _decision_view(decided: Decided, language: str) -> DecisionView:
    told = explain(decided, language)
    return DecisionView(
        rid=decided.rid,
        agent_id=decided.agent,
        queue=decided.queue,
        at=decided.at,
        waited_ms=decided.waited_ms,
        rule=decided.decision.rule,
        step=decided.decision.step,
        candidates=list(decided.decision.candidates),
        chosen=told.chosen,
        others=list(told.others),
        waited=told.waited,
    )
