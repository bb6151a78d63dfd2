"""``centralino agent``: the people who sign in and take contacts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.failures import BAD_INPUT, fail

if TYPE_CHECKING:
    from centralino.application.ports import Clock, ConfigurationSource, Store
    from centralino.domain.agents.model import Agent

group = typer.Typer(help="The people who take contacts.", no_args_is_help=True)


class Group(StrEnum):
    """What somebody may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    NUMBERS = "numbers"
    ADMIN = "admin"


@dataclass(frozen=True)
class _Registry:
    store: Store
    configuration: ConfigurationSource
    clock: Clock


@group.callback()
def agents() -> None:
    """Keep a group of commands, however many there are."""


@group.command()
def add(
    user: Annotated[str, typer.Argument(help="The name to sign in with")],
    email: Annotated[str, typer.Option(help="Where the invitation goes")],
    profile: Annotated[str, typer.Option(help="The routing profile")],
    skill: Annotated[
        list[str] | None, typer.Option(help="Skill and level, as tax=2; as often as needed")
    ] = None,
    business_unit: Annotated[
        str | None, typer.Option(help="Needed where there are several")
    ] = None,
    groups: Annotated[
        list[Group] | None, typer.Option("--group", help="What they may do; agent unless said")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Invite somebody and make them an agent; repeating it changes nothing.

    They get a letter with a temporary password, and choose their own when they first sign in.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from centralino.application.registering import Person, check, register
    from centralino.domain import ids
    from centralino.domain.errors import CentralinoError
    from cli.outputs import NotDeployed

    if "@" not in email or " " in email:
        fail(f"{email!r} is no address to write to", BAD_INPUT)
    skills = _skills(skill or [])
    try:
        registry, pool = _deployment()
        # The rules first: nobody is invited to what there is not.
        check(registry.configuration.current(), profile, skills, business_unit)
        identity = _invited(pool, user, email, groups or [Group.AGENT])
        person = Person(ids.agent_id(identity), profile, skills, business_unit)
        agent = register(registry, person, "cli")
    except NotDeployed as error:
        fail(error)
    except CentralinoError as error:
        fail(error, BAD_INPUT)
    except (ClientError, BotoCoreError) as error:
        fail(f"the sign-in service refused: {error}")
    if as_json:
        print(json.dumps({"user": user, **_shown(agent)}))
    else:
        print(f"{user} is {agent.id}, profile {agent.profile}, business unit {agent.business_unit}")


def _skills(given: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in given:
        name, _, level = one.partition("=")
        if not name or not (level.isascii() and level.isdigit()):
            fail(f"{one!r} is no skill with a level, such as tax=2", BAD_INPUT)
        found[name] = int(level)
    return found


def _deployment() -> tuple[_Registry, str]:
    from centralino.adapters.dynamodb.configuration import DynamoConfiguration
    from centralino.adapters.dynamodb.store import DynamoStore
    from centralino.adapters.system import RandomIds, SystemClock
    from cli import outputs

    tables, clock = outputs.tables(), SystemClock()
    registry = _Registry(
        DynamoStore(tables, RandomIds()), DynamoConfiguration(tables, clock), clock
    )
    return registry, outputs.read()["UserPoolId"]


def _invited(pool: str, user: str, email: str, groups: list[Group]) -> str:
    """Return the identity of a user who may sign in, invited unless they were before."""
    from cli import outputs

    cognito: Any = outputs.client("cognito-idp")
    try:
        found = cognito.admin_get_user(UserPoolId=pool, Username=user)["UserAttributes"]
    except cognito.exceptions.UserNotFoundException:
        made = cognito.admin_create_user(
            UserPoolId=pool,
            Username=user,
            DesiredDeliveryMediums=["EMAIL"],
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        found = made["User"]["Attributes"]
    for name in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=user, GroupName=name.value)
    return next(str(item["Value"]) for item in found if item["Name"] == "sub")


def _shown(agent: Agent) -> dict[str, Any]:
    return {
        "agent_id": agent.id,
        "profile": agent.profile,
        "business_unit": agent.business_unit,
        "skills": dict(agent.skills),
    }
