"""Agents as an administrator makes them: what the rules say of their profile, and themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from centralino.application import agents
from centralino.application.agents import Registry
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import Conflict, NotFound, RuleViolation


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is to take contacts.

    Attributes
    ----------
    id : str
        The agent id that follows from the sign-in identity.
    business_unit : str or None
        May be left out where there is only one.
    skills : mapping of skill to level
    """

    id: str
    profile: str
    skills: Mapping[str, int]
    business_unit: str | None = None


def check(
    rules: Configuration, profile: str, skills: Mapping[str, int], business_unit: str | None
) -> None:
    """Raise, as :func:`register` would, where the rules do not know somebody's terms.

    For who has something to do before that cannot be taken back, such as an invitation.
    """
    rules.profile(profile)
    _check_skills(rules, skills)
    _business_unit(rules, business_unit)


def register(registry: Registry, person: Person, cause: str | None) -> Agent:
    """Make an agent, OFFLINE, as the rules in force have it; the same person again changes nothing.

    Raises
    ------
    NotFound
        There is no such profile, skill or business unit.
    RuleViolation
        A level is above the skill's highest (``level_too_high``), there are several business
        units to choose from (``which_business_unit``), or the agent exists and is another one
        (``agent_exists``).
    """
    rules = registry.configuration.current()
    profile = rules.profile(person.profile)
    _check_skills(rules, person.skills)
    agent = Agent(
        id=person.id,
        state=AgentState.OFFLINE,
        business_unit=_business_unit(rules, person.business_unit),
        pool=rules.pool_of_profile(profile.id).id,
        profile=profile.id,
        skills=dict(person.skills),
        capacity=profile.capacity,
        exclusive=profile.exclusive,
    )
    known = registry.store.agent(person.id)
    if known is None:
        try:
            return agents.register(registry, agent, cause)
        except Conflict:
            known = registry.store.agent(person.id)
    if known is None or _terms(known) != _terms(agent):
        raise RuleViolation(
            "this agent exists already, with another profile, other skills or business unit",
            code="agent_exists",
        )
    return known


def _terms(agent: Agent) -> tuple[object, ...]:
    return agent.profile, dict(agent.skills), agent.business_unit


def _check_skills(rules: Configuration, skills: Mapping[str, int]) -> None:
    for name, level in skills.items():
        skill = rules.skills.get(name)
        if skill is None:
            raise NotFound(f"there is no skill {name!r}", code="unknown_skill")
        if not 1 <= level <= skill.levels:
            raise RuleViolation(
                f"the levels of {name!r} are 1 to {skill.levels}", code="level_too_high"
            )


def _business_unit(rules: Configuration, name: str | None) -> str:
    if name is None:
        if len(rules.business_units) != 1:
            there = ", ".join(sorted(rules.business_units))
            raise RuleViolation(f"say which business unit: {there}", code="which_business_unit")
        return next(iter(rules.business_units))
    if name not in rules.business_units:
        raise NotFound(f"there is no business unit {name!r}", code="unknown_business_unit")
    return name
