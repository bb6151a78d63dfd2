"""What a write to a record outside contacts and agents tells the world.

Contacts and agents carry their events with them. A consent, a recording, an access to one are
records of their own; each of their writes carries this beside its data, so that here, too, what
was written and what is told cannot part.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.domain.events import Event


@dataclass(frozen=True, slots=True)
class Filed:
    """The events of one write, as :func:`centralino.domain.events.describe` takes them.

    Attributes
    ----------
    id : str
        The record; its events are numbered by it.
    sequence : int
        Of the last event of this write; 1 is the record's first.
    correlation : str
        The contact it belongs to.
    """

    id: str
    sequence: int
    business_unit: str
    updated_at: int
    cause: str | None
    correlation: str
    events: tuple[Event, ...]
