"""Calls that another contact centre handles: what it tells, gathered and told as events of ours.

Nothing of them is a contact here: no queue holds them and no agent is offered them. A call is
told once it is over and the stragglers are in, all of it at once and always with the same ids.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from centralino.application.ports import (
    LONGEST_TIMER_MS,
    Bus,
    Clock,
    ConfigurationSource,
    Item,
    Log,
    Operations,
)
from centralino.domain import ids
from centralino.domain.configuration.model import Importing
from centralino.domain.errors import Conflict, NotFound, TransientDependency
from centralino.domain.ids import AGENT
from centralino.domain.imports import history, telling
from centralino.domain.imports.history import History, Sighting
from centralino.domain.imports.telling import Names

#: Called with the call's id and a delay: asks for :func:`settle` then. Durable once it returns.
Remind = Callable[[str, int], None]

_KEPT_S = 30 * 24 * 3600
_SORT_KEY = "history"
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Importer:
    """The ports that imports need: no contact, no agent, no carrier."""

    operations: Operations
    configuration: ConfigurationSource
    clock: Clock
    log: Log


def take(app: Importer, news: Sighting, remind: Remind) -> None:
    """Add what a message tells to the history of its call.

    Raises
    ------
    NotFound
        No business unit is configured for where it comes from (code ``unknown_instance``).
    Conflict
        Others kept writing: the message may come again.
    """
    _source(app, news.instance)
    for _ in range(_ATTEMPTS):
        now = app.clock.now()
        before = _read(app, news.root)
        after = history.merged(before, news, now)
        if after is before:
            return
        if after.told:
            # Its figures are out; they are not told a second time in another way.
            app.log.warning("import_late", call=news.root)
        else:
            remind(news.root, min(LONGEST_TIMER_MS, after.due - now))
        if _write(app, after, now):
            return
    raise Conflict("the history kept changing", code="busy")


def settle(app: Importer, bus: Bus, root: str, key: bytes, remind: Remind) -> None:
    """Publish a call that is over; look again later at one that may not be.

    Parameters
    ----------
    key : bytes
        The deployment's key for contact ids.

    Raises
    ------
    TransientDependency
        The bus did not take everything: the message must come again.
    Conflict
        Others kept writing: the message may come again.
    """
    found, now = _read(app, root), app.clock.now()
    if found is None or found.told:
        return
    if now < found.due:
        remind(root, min(LONGEST_TIMER_MS, found.due - now))
        return
    if bus.publish(telling.occurrences(found, _names(app, found, key))):
        raise TransientDependency("the bus refused events", code="bus_refused")
    # Dying here publishes the same events again, with the same ids.
    for _ in range(_ATTEMPTS):
        if _write(app, history.as_told(found), now):
            return
        found = _read(app, root)
        if found is None or found.told:
            return
        # News came while it was told: too late, as it is for all that come from now on.
        app.log.warning("import_late", call=root)
    raise Conflict("the history kept changing", code="busy")


def _names(app: Importer, found: History, key: bytes) -> Names:
    source = _source(app, found.instance)

    def contact(root: str) -> str:
        return ids.contact_id(key, source.provider, root)

    return Names(
        contact=contact(found.root),
        correlation=contact(found.asked_by or found.root),
        business_unit=source.business_unit,
        queue=lambda name: source.queues.get(name, name),
        agent=lambda name: ids.keyed(AGENT, key, source.provider, name),
    )


def _source(app: Importer, instance: str) -> Importing:
    found = app.configuration.current().imports.get(instance)
    if found is None:
        raise NotFound("no business unit is configured for this source", code="unknown_instance")
    return found


def _read(app: Importer, root: str) -> History | None:
    item = app.operations.get(_place(root), _SORT_KEY)
    return history.decode(json.loads(item.attributes["history"])) if item is not None else None


def _write(app: Importer, found: History, now: int) -> bool:
    attributes = {
        "history": json.dumps(history.encode(found), separators=(",", ":")),
        "version": found.version,
    }
    item = Item(_place(found.root), _SORT_KEY, attributes, now // 1000 + _KEPT_S)
    return app.operations.put_if(item, "version", found.version)


def _place(root: str) -> str:
    return f"import#{root}"
