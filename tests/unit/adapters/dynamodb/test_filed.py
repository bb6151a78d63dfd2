"""What a stream record of an operational item tells."""

from __future__ import annotations

import pytest

from centralino.adapters.dynamodb.mapping import filed_of_image, image_of
from centralino.application import filing
from centralino.domain.events import Event, describe
from centralino.domain.filing import Filed
from centralino.runtime import wiring

FILED = Filed(
    id="rc_1",
    sequence=3,
    business_unit="demo",
    updated_at=1_767_603_600_123,
    cause=None,
    correlation="ct_1",
    events=(Event("RecordingPaused", {"reason": "agent"}), Event("RecordingResumed", {})),
)


def test_what_was_written_is_what_is_told() -> None:
    image = image_of({"pk": "recording#ct_1", "sk": "ct_1.1", "d": {"x": 1, **filing.told(FILED)}})
    assert filed_of_image(image) == FILED
    assert wiring.entity_from_image(image) == FILED
    first, second = describe(FILED)
    assert (first.sequence, second.sequence) == (2, 3)
    assert first.data == {"reason": "agent"}
    assert second.event_id != first.event_id


@pytest.mark.parametrize(
    "item",
    [
        {"pk": "lease#x", "sk": "lease"},
        {"pk": "lease#x", "sk": "lease", "d": {}},
        {"pk": "lease#x", "sk": "lease", "d": {"until": 7}, "ttl": 9},
    ],
)
def test_an_item_without_events_tells_nothing(item: dict[str, object]) -> None:
    assert wiring.entity_from_image(image_of(item)) is None


def test_a_write_without_events_says_so_by_having_no_attribute() -> None:
    quiet = Filed("rc_1", 3, "demo", 1, None, "ct_1", ())
    assert filing.told(quiet) == {}
