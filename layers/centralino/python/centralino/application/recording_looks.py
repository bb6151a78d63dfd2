"""After which writes of a contact the carrier's recording is held against what should be.

The relay asks for every contact it sees. Where no queue and no flow records, the answer costs
nothing but a glance at the rules.
"""

from __future__ import annotations

from centralino.application import recording_policy as policy
from centralino.application.app import App
from centralino.application.recordings import LOOK_MS, SILENCE_MS
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact
from centralino.domain.flows.ventures import Consent

_CONNECTED = "ContactConnected"
_ENQUEUED = "ContactEnqueued"
_CLOSED = "ContactClosed"
#: Events after which a recording may have to begin or to end.
_MOVES = frozenset(
    {
        _CONNECTED,
        "ContactTransferred",
        "ContactRequeued",
        "AgentLost",
        "PostCallStarted",
    }
)
_ENDS = frozenset({"ContactWrapupStarted", "ContactAbandoned"})


def due(app: App, contact: Contact) -> int | None:
    """Return in how many milliseconds to look after a contact's last write; ``None``: never."""
    kinds = {event.type for event in contact.events}
    if contact.parent is not None or not kinds & (_MOVES | _ENDS | {_ENQUEUED, _CLOSED}):
        return None
    begun = _flow_records(app.configuration.current())
    if not begun and not _queue_records(app, contact):
        return None
    if kinds & _MOVES:
        # Who connected the two is most likely starting it this very moment.
        return LOOK_MS if _CONNECTED in kinds else 0
    if kinds & _ENDS or (_CLOSED in kinds and not contact.segments):
        return SILENCE_MS
    # What a flow began must not go on into a queue that does not record.
    return 0 if begun and _ENQUEUED in kinds else None


def _queue_records(app: App, contact: Contact) -> bool:
    queues = {contact.queue, *(segment.queue for segment in contact.segments)}
    return any(policy.recording_queue(app, queue) is not None for queue in queues)


def _flow_records(configuration: Configuration) -> bool:
    return any(
        isinstance(step, Consent) and step.record
        for flow in configuration.flows.values()
        for step in flow.steps.values()
    )
