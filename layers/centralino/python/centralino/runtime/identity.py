"""Who is calling: the claims that the API's JWT authorizer has already verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from centralino.application.scopes import Supervisor
from centralino.domain import ids
from centralino.domain.errors import Forbidden

AGENT_GROUP = "agent"
SUPERVISOR_GROUP = "supervisor"
#: What a group begins with that names a business unit its members supervise; ``*`` names all.
UNIT_GROUP = f"{SUPERVISOR_GROUP}:"


def groups(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the caller's groups. The HTTP API flattens the list to ``[a b]``."""
    raw = claims.get("cognito:groups", "")
    if isinstance(raw, list | tuple):
        return frozenset(str(item) for item in raw)
    return frozenset(str(raw).strip("[]").replace(",", " ").split())


def agent(claims: Mapping[str, Any]) -> str:
    """Return the agent id of the caller.

    Raises
    ------
    Forbidden
        The caller is signed in but is no agent (code ``not_an_agent``).
    """
    if AGENT_GROUP not in groups(claims):
        raise Forbidden("this sign-in has no agent role", code="not_an_agent")
    return person(claims)


def is_supervisor(claims: Mapping[str, Any]) -> bool:
    """Tell whether the caller supervises others."""
    return SUPERVISOR_GROUP in groups(claims)


def supervising(claims: Mapping[str, Any]) -> Supervisor:
    """Return the caller, who supervises others, with the business units their groups name.

    Groups that name one count for members of the group of supervisors alone.

    Raises
    ------
    Forbidden
        The caller is signed in but is no supervisor (code ``not_a_supervisor``).
    """
    if not is_supervisor(claims):
        raise Forbidden("this sign-in has no supervisor role", code="not_a_supervisor")
    named = (g.removeprefix(UNIT_GROUP) for g in groups(claims) if g.startswith(UNIT_GROUP))
    return Supervisor(person(claims), frozenset(named) - {""})


def person(claims: Mapping[str, Any]) -> str:
    """Return the id of the caller, whatever their role."""
    return ids.agent_id(str(claims.get("sub", "")))
