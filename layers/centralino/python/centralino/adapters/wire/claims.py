"""What both stores ask of a claim before they send it.

Decides only what can be told from the claim itself; whether its two items still are what the
indexes showed is for the transaction.
"""

from __future__ import annotations

from centralino.application.ports import Claim
from centralino.domain.agents.model import free_channels
from centralino.domain.errors import RuleViolation
from centralino.domain.ids import offer_id


def check_claim(claim: Claim) -> None:
    """Refuse a claim that no version of its two items could satisfy.

    Raises
    ------
    RuleViolation
        The agent's entry shows no room, or ``rid`` is not that of the contact's next version.
    """
    entry, channel = claim.agent, claim.contact.channel
    if channel not in free_channels(entry.capacity, entry.used, entry.exclusive):
        raise RuleViolation("the agent has no room for this contact", code="agent_busy")
    if claim.rid != offer_id(claim.contact.contact, claim.contact.version + 1):
        raise RuleViolation("the offer id is not that of this version", code="wrong_offer_id")
