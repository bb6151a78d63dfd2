"""Read, decide, write conditionally, and begin again when somebody else was faster.

Domain functions return the same object when there is nothing to do; then nothing is written.
Because every one of them is idempotent, beginning again after an unknown outcome is safe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from centralino.application.app import App
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import Conflict, NotFound

ATTEMPTS = 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """An entity before and after a command; the same object when nothing was written."""

    before: T
    after: T

    @property
    def made(self) -> bool:
        """Whether this command wrote."""
        return self.before is not self.after


def change_contact(
    app: App, contact_id: str, step: Callable[[Contact], Contact]
) -> Change[Contact]:
    """Apply a domain function to a stored contact.

    Raises
    ------
    NotFound
        There is no such contact.
    Conflict
        Others kept changing it; the caller may come back.
    """
    return _change("contact", lambda: app.store.contact(contact_id), step, app.store.save_contact)


def change_agent(app: App, agent_id: str, step: Callable[[Agent], Agent]) -> Change[Agent]:
    """Apply a domain function to a stored agent, under the rules of :func:`change_contact`."""
    return _change("agent", lambda: app.store.agent(agent_id), step, app.store.save_agent)


def _change(
    what: str, read: Callable[[], T | None], step: Callable[[T], T], save: Callable[[T], None]
) -> Change[T]:
    for left in reversed(range(ATTEMPTS)):
        before = read()
        if before is None:
            raise NotFound(f"there is no such {what}", code=f"unknown_{what}")
        after = step(before)
        if after is before:
            return Change(before, before)
        try:
            save(after)
        except Conflict:
            if not left:
                raise
        else:
            return Change(before, after)
    raise Conflict(f"the {what} kept changing")
