"""Recordings on record: items of ``ops`` under ``recording#<contact>``, by name.

Each write is conditional on the version before it and carries its events; see
:mod:`centralino.application.filing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from centralino.application import filing
from centralino.application.ports import Item, Operations
from centralino.application.ports.archive import Copy
from centralino.domain.contacts.machine import RETENTION_S
from centralino.domain.errors import Conflict
from centralino.domain.filing import Filed
from centralino.domain.recordings import Recording, RecordingState

ATTEMPTS = 8
Step = Callable[[Recording], Recording]


class Holder(Protocol):
    """Whatever has the items at hand."""

    @property
    def operations(self) -> Operations:
        """Where the records are."""
        ...


def of(app: Holder, contact_id: str) -> list[Recording]:
    """Return the recordings of a contact, by name."""
    return [_read(item) for item in app.operations.list(_partition(contact_id))]


def one(app: Holder, contact_id: str, name: str) -> Recording | None:
    """Return a recording, if there is one of this name."""
    item = app.operations.get(_partition(contact_id), name)
    return _read(item) if item is not None else None


def change(app: Holder, known: Recording, step: Step) -> Recording:
    """Apply a step to a recording as it stands, and write what comes of it.

    Parameters
    ----------
    known : Recording
        What it is where nothing is on record.

    Raises
    ------
    Conflict
        Others kept changing it.
    """
    for _ in range(ATTEMPTS):
        before = one(app, known.contact, known.name) or known
        after = step(before)
        if after is before or save(app, after):
            return after
    raise Conflict("the recording kept changing", code="busy")


def save(app: Holder, recording: Recording) -> bool:
    """Write a version, unless it or a later one is there; tell whether it was written."""
    told = filing.told(
        Filed(
            id=recording.id,
            sequence=recording.sequence,
            business_unit=recording.business_unit,
            updated_at=recording.updated_at,
            cause=recording.cause,
            correlation=recording.correlation or recording.contact,
            events=recording.events,
        )
    )
    item = Item(
        _partition(recording.contact),
        recording.name,
        {**_values(recording), **told},
        ttl=_forgotten_at(recording),
    )
    return app.operations.put_if(item, "version", recording.version)


def order(recording: Recording, reference: str, seconds: int) -> Copy:
    """Return the order to copy a recording's sound, with all that has to be known for it."""
    return Copy(
        contact=recording.contact,
        name=recording.name,
        reference=reference,
        seconds=seconds,
        kind=recording.kind,
        business_unit=recording.business_unit,
        provider=recording.provider,
        queue=recording.queue,
        correlation=recording.correlation,
        days=recording.days,
        started_at=recording.started_at,
        deadline=recording.deadline,
    )


def _partition(contact_id: str) -> str:
    return f"recording#{contact_id}"


def _forgotten_at(recording: Recording) -> int | None:
    """Return when the record itself goes, in seconds: with the sound, or as a contact does."""
    if recording.expires_at is not None:
        return recording.expires_at // 1000
    return recording.updated_at // 1000 + RETENTION_S


_PLAIN = tuple(
    name for name in Recording.__dataclass_fields__ if name not in ("events", "state", "name")
)


def _values(recording: Recording) -> dict[str, Any]:
    held = {name: getattr(recording, name) for name in _PLAIN}
    kept = {name: value for name, value in held.items() if value is not None}
    return {**kept, "state": str(recording.state)}


def _read(item: Item) -> Recording:
    held = {name: item.attributes[name] for name in _PLAIN if name in item.attributes}
    return Recording(name=item.sk, state=RecordingState(item.attributes["state"]), **held)
