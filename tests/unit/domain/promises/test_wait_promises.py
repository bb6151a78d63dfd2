"""Promises of the wait from the event log alone, and whether they were kept."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact
from centralino.domain.events import Occurrence, describe
from centralino.domain.kpi import compute
from centralino.domain.kpi.promises import Promise, judge_all
from centralino.domain.kpi.wait_promises import wait_promises
from centralino.domain.promises.announcing import (
    first_announcement,
    later_announcement,
    on_record,
)
from centralino.domain.promises.estimate import Estimate

NOW = 1_767_603_612_345
TOLD = Estimate(2, 30_000, 90_000, 60_000, 20_000)


def envelope(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "detail-type": occurrence.type,
        "detail": {
            "metadata": {
                "entity_id": occurrence.entity_id,
                "sequence": occurrence.sequence,
                "event_id": occurrence.event_id,
                "occurred_at": occurrence.occurred_at,
                "correlation_id": occurrence.correlation_id,
                "business_unit": occurrence.business_unit,
            },
            "data": occurrence.data,
        },
    }


class Story:
    """One contact's life as events."""

    def __init__(self, name: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.contact = self._keep(lifecycle.start(name, business_unit="demo", now=NOW, cause=None))
        self.contact = self._keep(
            lifecycle.enqueue(
                self.contact, pool="p", queue="sales", plan="voice", now=NOW, cause=None
            )
        )

    def tell(self, after_s: int = 0) -> Story:
        now = NOW + after_s * 1000
        promise = self.contact.promise
        said = (
            first_announcement(self.contact.leg, TOLD, now)
            if promise is None
            else later_announcement(promise, TOLD, now)
        )
        self.contact = self._keep(on_record(self.contact, said, now, None, wait=True))
        return self

    def hang_up(self, after_s: int) -> Story:
        now = NOW + after_s * 1000
        self.contact = self._keep(lifecycle.hang_up(self.contact, "caller", now, None))
        return self

    def _keep(self, contact: Contact) -> Contact:
        self.events += map(envelope, describe(contact))
        return contact


def kept(*stories: Story, now: int = NOW + 10**7) -> tuple[float, float]:
    promises = wait_promises([event for story in stories for event in story.events])
    found = compute("promise_kept.wait", judge_all(promises, now))
    return found.numerator, found.denominator or 0


def test_the_first_announcement_of_a_leg_is_the_promise() -> None:
    (promise,) = wait_promises(Story("ct_1").tell().tell(60).events)
    assert promise == Promise(
        "ct_1",
        promise.kind,
        NOW,
        NOW + 30_000,
        NOW + 90_000,
        leg=1,
    )


def test_who_left_before_the_window_s_end_voids_it_and_who_left_after_it_does_not() -> None:
    assert kept(Story("ct_1").tell().hang_up(60)) == (0, 0)
    assert kept(Story("ct_2").tell().hang_up(120)) == (0, 1)


def test_a_caller_never_answered_was_promised_in_vain() -> None:
    assert kept(Story("ct_1").tell()) == (0, 1)


def test_a_repeated_event_counts_once() -> None:
    story = Story("ct_1").tell().hang_up(120)
    story.events += story.events[::-1]
    assert kept(story) == (0, 1)


def test_who_was_told_nothing_was_promised_nothing() -> None:
    assert kept(Story("ct_1").hang_up(120)) == (0, 0)


def test_a_broken_event_is_named() -> None:
    story = Story("ct_1").tell()
    del story.events[-1]["detail"]["data"]["window_end"]
    with pytest.raises(ValueError, match=r"ct_1#3 PromiseMade"):
        wait_promises(story.events)
