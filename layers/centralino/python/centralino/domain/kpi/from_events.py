"""Fold the event log into contact facts.

Decides how a contact's events, in any order and with duplicates, add up to one ``ContactFacts``.
Never computes a rate and never asks anything but the log: the same events give the same facts.
Event types that say nothing about a figure are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from centralino.domain.kpi.contact_fold import ContactFold
from centralino.domain.kpi.event_log import Event, Recorded, in_order, reason
from centralino.domain.kpi.facts import ContactFacts

__all__ = ["Event", "Recorded", "contact_facts", "in_order", "link_chains"]


def contact_facts(events: Iterable[Event]) -> list[ContactFacts]:
    """Fold events into the facts of every contact they mention, ordered by arrival.

    Parameters
    ----------
    events
        Envelopes in any order; a repeated (entity_id, sequence) counts once.

    Raises
    ------
    ValueError
        When an event lacks its metadata or has an outcome, stage or side that is not one.
    """
    folds: dict[str, ContactFold] = {}
    for event in in_order(events):
        if not ContactFold.reads(event.type):
            continue
        fold = folds.get(event.entity_id)
        if fold is None:
            fold = folds[event.entity_id] = ContactFold(event.entity_id)
        try:
            fold.apply(event)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"event {event.entity_id}#{event.sequence} {event.type}: {reason(error)}"
            ) from error
    facts = [fold.facts() for fold in folds.values()]
    return sorted(link_chains(facts), key=lambda f: (f.entered_ms, f.contact_id))


def link_chains(facts: Iterable[ContactFacts]) -> list[ContactFacts]:
    """Give every contact the first enqueue of the chain of linked contacts it continues."""
    known = {f.contact_id: f for f in facts}
    linked = []
    for fact in known.values():
        seen = {fact.contact_id}
        starts = [] if fact.enqueued_ms is None else [fact.enqueued_ms]
        earlier = fact.previous_id
        while earlier is not None and earlier in known and earlier not in seen:
            seen.add(earlier)
            start = known[earlier].enqueued_ms
            starts += [] if start is None else [start]
            earlier = known[earlier].previous_id
        linked.append(replace(fact, chain_enqueued_ms=min(starts, default=None)))
    return linked
