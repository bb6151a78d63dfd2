"""Whose work a supervisor may see: the business units of their sign-in, else their own as an agent.

Nobody sees a business unit by default. Every use case that shows or changes what is another's
asks here, so that all of them answer alike:

>>> desk = Supervisor("ag_1", frozenset({"north"}))
>>> units_of(app, desk).covers("south")                                     # doctest: +SKIP
False

A route makes the supervisor with ``runtime.identity.supervising(claims)`` and hands it to its use
case, which calls :func:`require` with the business unit of what is asked for, or filters a list
with :meth:`Units.covers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from centralino.application.ports import Store
from centralino.domain.errors import Forbidden

#: Stands for every business unit, those to come among them.
ALL = "*"


@dataclass(frozen=True, slots=True)
class Supervisor:
    """A person who supervises.

    Attributes
    ----------
    id : str
        The person's id; that of the agent where they are one, too.
    named : frozenset of str
        The business units that their sign-in names; :data:`ALL` stands for every one.
    """

    id: str
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Units:
    """Business units: those named, or every one."""

    named: frozenset[str] = frozenset()

    def covers(self, business_unit: str | None) -> bool:
        """Tell whether a business unit is one of these."""
        return ALL in self.named or (business_unit is not None and business_unit in self.named)


class Agents(Protocol):
    """Where the agents are: an ``App``, or anything else with a store."""

    @property
    def store(self) -> Store:
        """The agents and contacts."""


def units_of(app: Agents, supervisor: Supervisor) -> Units:
    """Return whose work a supervisor may see.

    Where the sign-in names none, it is the business unit they are an agent in; a supervisor who
    is no agent, either, sees nothing.
    """
    if supervisor.named:
        return Units(supervisor.named)
    agent = app.store.agent(supervisor.id)
    return Units(frozenset({agent.business_unit})) if agent is not None else Units()


def require(app: Agents, supervisor: Supervisor, business_unit: str | None) -> None:
    """Go on only if a supervisor may see what is this business unit's.

    Raises
    ------
    Forbidden
        It is not theirs to see (code ``another_business_unit``).
    """
    if not units_of(app, supervisor).covers(business_unit):
        raise Forbidden("this is another business unit's", code="another_business_unit")
