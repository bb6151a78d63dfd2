"""Ways in which callbacks could be wrong. Each replaces a piece of the real code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from centralino.application import relay
from centralino.application.app import App
from centralino.application.callbacks import dialling as callback_dialling
from centralino.application.callbacks import items as callback_items
from centralino.application.callbacks import ledger as callback_ledger
from centralino.application.callbacks import timing as callback_timing
from centralino.domain.callbacks.rules import Times
from centralino.domain.contacts import callbacks as making
from centralino.domain.contacts.model import Contact

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def hours_are_ignored(patch: Patch) -> None:
    """Customers are called at any hour."""
    patch.setattr(Times, "next", lambda _self, moment: moment)


def one_request_is_not_looked_for(patch: Patch) -> None:
    """Whoever asks gets a callback of their own, whatever stands already."""
    patch.setattr(callback_items, "claim", lambda _app, _who, _topic, contact, _until: contact)


def dialled_before_it_is_written(patch: Patch) -> None:
    """Who looks at an attempt that nobody knows of rings at once, without asking the carrier."""
    patch.setattr(callback_timing, "ASKING_MS", 0)

    def look(app: App, contact: Contact, _cause: str | None) -> bool:
        number = callback_items.number_of(app, contact.id, contact.queue)
        if number is not None:
            callback_dialling.ring(app, contact, number, None)
        return False

    patch.setattr(callback_dialling, "look", look)


def nothing_is_looked_at_again(patch: Patch) -> None:
    """Neither a timer nor a note is left for later."""
    patch.setattr(callback_timing, "arm", lambda _app, _contact: None)
    patch.setattr(callback_timing, "arm_at", lambda _app, _contact, _moment: None)


def ends_are_told_again(patch: Patch) -> None:
    """One that has ended can be ended once more."""
    end = making.end

    def mutant(contact: Contact, *rest: Any) -> Contact:
        after = end(contact, *rest)
        if after is not contact or contact.callback is None:
            return after
        return making.ended(
            contact, rest[0], "again", contact.callback, [], contact.segments, rest[2], rest[3]
        )

    patch.setattr(making, "moved", _any_state)
    patch.setattr(making, "end", mutant)


def the_ledger_forgets_ends(patch: Patch) -> None:
    """What ends is not filed among the ended."""
    real = callback_ledger._items
    patch.setattr(callback_ledger, "_items", lambda contact: real(contact)[:1])


def the_relay_files_the_last_write_alone(patch: Patch) -> None:
    """Of several writes of a callback in a batch one is filed."""
    real = callback_ledger.file

    def mutant(app: App, contacts: Sequence[Contact]) -> None:
        real(app, list({contact.id: contact for contact in contacts}.values()))

    patch.setattr(relay.callback_ledger, "file", mutant)


def the_number_is_kept(patch: Patch) -> None:
    """Nobody forgets the number of a request that has ended."""
    patch.setattr(callback_items, "forget", lambda _app, _contact, _queue: None)


def _any_state(callback: Any, state: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(callback, state=state, **changes)
