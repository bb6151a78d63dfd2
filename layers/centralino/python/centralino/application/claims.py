"""Carrying out assignments: timer, claim, push, in that order, each step for many at once.

The timer is durable before the claim is written, so that an offer can never be forgotten; a timer
whose claim failed finds nothing to do. The push comes last: an offer nobody hears of is found by
the missing acknowledgment. Safety is the claim's transaction alone; nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from centralino.application.app import App
from centralino.application.pages import PoolPages
from centralino.application.ports import (
    AvailableEntry,
    Claim,
    ClaimResult,
    Timer,
    WaitingEntry,
    chunks,
    in_turn,
)
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import TransientDependency
from centralino.domain.ids import offer_id
from centralino.domain.routing.model import Assignment

#: An offer whose page does not answer in this time is withdrawn.
ACK_MS = 3_000
#: How often a claim that merely met another transaction is tried again in one drain.
CONTENTION_TRIES = 3
#: A timer sent this long ago is still good for a claim of the same offer.
_TIMER_FRESH_MS = 1_000
#: What SQS takes in one request.
TIMERS_AT_ONCE = 10

Chosen: TypeAlias = Assignment[WaitingEntry, AvailableEntry]


@dataclass(slots=True)
class Tally:
    """How the claims of a drain went.

    Attributes
    ----------
    assigned, failed : int
        Claims written, and claims that were not or may not have been.
    given_up : int
        Contacts that may still wait but are not tried again in this drain.
    """

    assigned: int = 0
    failed: int = 0
    given_up: int = 0


class Claims:
    """The claims of one drain."""

    def __init__(self, app: App, configuration: Configuration, pages: PoolPages) -> None:
        self._app = app
        self._configuration = configuration
        self._pages = pages
        self._armed: dict[str, int] = {}
        self._tries: dict[str, int] = {}
        self._untold: list[Claim] = []
        self.tally = Tally()
        self.waits = 0

    def carry_out(self, assignments: Sequence[Chosen]) -> bool:
        """Claim these assignments, each of another agent; tell whether all succeeded.

        Raises
        ------
        TransientDependency
            The timers could not be sent: nothing was claimed.
        """
        claims = self._claims(assignments)
        results = self._app.fan_out(self._claim, claims)
        self.waits += len(claims) if self._app.fan_out is in_turn else 1
        for claim, result in zip(claims, results, strict=True):
            self._note(claim, result)
        return all(result is not None and result.ok for result in results)

    @property
    def untold(self) -> int:
        """How many offers were claimed that their agents' pages know nothing of."""
        return len(self._untold)

    def tell(self) -> None:
        """Push the offers claimed since the last time to their agents' pages.

        Apart from the claims: who is still to be assigned should not wait for pages.
        """
        untold, self._untold = self._untold, []
        self._app.fan_out(self._push, untold)

    def _claims(self, assignments: Sequence[Chosen]) -> list[Claim]:
        now = self._app.clock.now()
        claims: list[Claim] = []
        timers: list[Timer] = []
        for contact, agent, decision in assignments:
            rid = offer_id(contact.contact, contact.version + 1)
            timeout = self._configuration.queue(contact.queue).offer_timeout_ms
            armed = self._armed.get(rid)
            if armed is None or now - armed > _TIMER_FRESH_MS:
                armed = self._armed[rid] = now
                timers.append(Timer("offer", contact.contact, rid, timeout))
                if timeout > ACK_MS:
                    timers.append(Timer("ack", contact.contact, rid, ACK_MS))
            claims.append(
                Claim(
                    contact=contact,
                    agent=self._pages.current(agent),
                    rid=rid,
                    expires_at=armed + timeout,
                    decision=decision,
                    now=now,
                )
            )
        if timers:
            try:
                self._app.fan_out(self._app.timers.send, [*chunks(timers, TIMERS_AT_ONCE)])
            except TransientDependency:
                for claim in claims:
                    self._armed.pop(claim.rid, None)
                raise
        return claims

    def _claim(self, claim: Claim) -> ClaimResult | None:
        """Write one claim; ``None`` when the outcome is unknown."""
        try:
            return self._app.store.claim(claim)
        except TransientDependency as error:
            # It may have been written: the timer sent before will find out.
            self._app.log.warning("claim_unknown", rid=claim.rid, code=error.code)
            return None

    def _push(self, claim: Claim) -> None:
        self._app.realtime.push(claim.agent.agent, offer_frame(claim))

    def _note(self, claim: Claim, result: ClaimResult | None) -> None:
        tally, pages = self.tally, self._pages
        contact, agent = claim.contact.contact, claim.agent.agent
        if result is not None and result.ok:
            tally.assigned += 1
            self._untold.append(claim)
            pages.taken(claim.contact)
            pages.given(claim.agent, claim.contact.channel, claim.now)
            return
        tally.failed += 1
        if result is None:
            tally.given_up += 1
            pages.drop_contact(contact)
            pages.drop_agent(agent)
        elif result.contact_stale or result.agent_stale:
            if result.contact_stale:
                pages.drop_contact(contact)
            if result.agent_stale:
                pages.drop_agent(agent)
        else:
            tries = self._tries[contact] = self._tries.get(contact, 0) + 1
            if tries >= CONTENTION_TRIES:
                tally.given_up += 1
                pages.drop_contact(contact)


def offer_frame(claim: Claim) -> dict[str, Any]:
    """Return what the agent's pages are told about an offer."""
    contact = claim.contact
    return {
        "type": "offer",
        "rid": claim.rid,
        "contact_id": contact.contact,
        "number": contact.version + 1,
        "queue": contact.queue,
        "channel": str(Channel.CALLBACK if contact.calls_back else contact.channel),
        "waited_ms": max(0, claim.now - contact.enqueued_at),
        "expires_at": claim.expires_at,
        "at": claim.now,
    }
