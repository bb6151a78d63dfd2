"""Figures of simulated contacts, by the product's own definitions.

It decides how a stored contact becomes the facts the formulas ask for, and adds up numerators and
denominators without keeping the contacts: a long run has hundreds of thousands. Formulas are
those of :mod:`centralino.domain.kpi`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.kpi import ContactFacts, Outcome, Parameters, Population, Stage, kpi
from centralino.domain.kpi.definitions import Number, ratio

_OUTCOMES = {
    ContactState.CLOSED: Outcome.HANDLED,
    ContactState.ABANDONED: Outcome.ABANDONED,
}


def facts_of(contact: Contact) -> ContactFacts:
    """Return the facts of a contact that waited in one queue and was taken by at most one agent."""
    segment = contact.segments[0] if contact.segments else None
    outcome = _OUTCOMES.get(contact.state, Outcome.OPEN)
    enqueued = contact.enqueued_at if contact.enqueued_at is not None else contact.created_at
    answered = segment.connected_at if segment is not None else None
    left = answered if answered is not None else contact.updated_at
    return ContactFacts(
        contact_id=contact.id,
        entered_ms=contact.created_at,
        business_unit=contact.business_unit,
        queue=contact.queue,
        priority=contact.priority,
        requested_ms=enqueued,
        enqueued_ms=enqueued,
        dequeued_ms=None if outcome is Outcome.OPEN else left,
        answered_ms=answered,
        ended_ms=None if outcome is Outcome.OPEN else contact.updated_at,
        outcome=outcome,
        stage=Stage.QUEUE if outcome is Outcome.ABANDONED else None,
        wait_ms=None if outcome is Outcome.OPEN else left - enqueued,
    )


class Tally:
    """Running sums of some KPIs over contacts.

    Examples
    --------
    >>> tally = Tally(["asa"], Parameters())
    >>> tally.value("asa") is None
    True
    """

    def __init__(self, names: Sequence[str], parameters: Parameters) -> None:
        self._parameters = parameters
        self._kpis = {name: kpi(name) for name in names}
        self._tops: dict[str, Number] = dict.fromkeys(names, 0)
        self._bottoms: dict[str, Number] = dict.fromkeys(names, 0)

    def add(self, facts: ContactFacts) -> None:
        """Add a contact to every figure it concerns."""
        for name, definition in self._kpis.items():
            population = definition.population or Population.ANY
            if not population.includes(facts):
                continue
            top = definition.numerator(facts, self._parameters)
            if top is not None:
                self._tops[name] += top
            if definition.denominator is not None:
                bottom = definition.denominator(facts, self._parameters)
                if bottom is not None:
                    self._bottoms[name] += bottom

    def value(self, name: str) -> Number | None:
        """Return a figure; None where its denominator is zero."""
        definition = self._kpis[name]
        bottom = None if definition.denominator is None else self._bottoms[name]
        return ratio(self._tops[name], bottom, definition.scale)
