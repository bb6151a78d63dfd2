"""Takes a recording's sound from the carrier, keeps it here, and has the carrier forget it.

Every step may be done twice. The record names the sound before anything is kept, so that of two
sounds of one name, copied at once, neither takes the other's place. It is written as stored before
the carrier's copy is erased: whoever finds it so has only the erasing left to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from centralino.application import recording_records as records
from centralino.application.ports import Clock, Log, Operations, Recorder
from centralino.application.ports.archive import Archive, Copy
from centralino.domain import recordings as rules
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.recordings import Recording, RecordingState


@dataclass(frozen=True, slots=True)
class Keeper:
    """The ports that keeping a sound needs: no contact, no agent.

    ``recorder_of`` returns the recorder of a provider.
    """

    operations: Operations
    recorder_of: Callable[[str], Recorder]
    archive: Archive
    clock: Clock
    log: Log


def copy(app: Keeper, order: Copy, cause: str | None) -> Recording:
    """Carry out an order to copy, however often it comes.

    Raises
    ------
    RuleViolation
        Another sound is kept under this name (``second_recording``): this one is left with the
        carrier, for an operator to look at.
    TransientDependency
        Carrier or archive did not do their part: the order must come again.
    """
    recording = records.change(
        app,
        _of(order),
        lambda r: rules.claimed(r, order.reference, app.clock.now(), cause),
    )
    if recording.reference != order.reference:
        # Before anything is kept: it would take the place of the other one's sound.
        raise RuleViolation("another sound has this name", code="second_recording")
    if recording.state is not RecordingState.STORED:
        try:
            size = app.archive.put(
                recording.key, app.recorder_of(order.provider).fetch(order.reference)
            )
        except NotFound:
            app.log.error("recording_missing", contact_id=order.contact, name=order.name)
            return records.change(
                app,
                recording,
                lambda r: rules.missing(r, order.reference, app.clock.now(), cause),
            )
        recording = records.change(
            app,
            recording,
            lambda r: rules.stored(r, order.reference, order.seconds, size, app.clock.now(), cause),
        )
    app.recorder_of(order.provider).erase(order.reference)
    return recording


def _of(order: Copy) -> Recording:
    """Return the record that whoever gave the order did not live to write."""
    return Recording(
        name=order.name,
        contact=order.contact,
        business_unit=order.business_unit,
        state=RecordingState.STOPPED,
        kind=order.kind,
        provider=order.provider,
        queue=order.queue,
        correlation=order.correlation,
        days=order.days,
        started_at=order.started_at,
        updated_at=order.started_at,
        deadline=order.deadline,
    )
