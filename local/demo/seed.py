"""Fill a fresh deployment with a small contact centre: rules, people, the carrier's account.

Decides who the demo's agents and supervisors are. Uses the product's own way in wherever there is
one: the published configuration, the use case that registers an agent, Cognito, Secrets Manager.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from centralino.application import agents
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import Configuration
from centralino.domain.ids import agent_id
from local.cloud import Deployment, client
from local.demo import rules
from local.demo.administration import administrator
from local.demo.errors import SetupError

BUSINESS_UNIT = "demo"
AGENT_GROUPS = ("agent",)
#: Their own business unit alone.
SUPERVISOR_GROUPS = ("supervisor", f"supervisor:{BUSINESS_UNIT}")
SUPERVISORS = ("supervisor-1", "supervisor-2")
#: For the emulator alone, where it protects nothing.
PASSWORD = "Centralino-demo-1"
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "demo-auth-token-of-the-carrier-fake"


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """A seeded agent: the user who signs in, and the agent it is to routing."""

    user: str
    agent: str
    profile: str


@dataclass(frozen=True, slots=True)
class DemoSupervisor:
    """A seeded supervisor, who takes no contacts: the user who signs in, and the person it is."""

    user: str
    person: str


def supervisors(deployment: Deployment) -> list[DemoSupervisor]:
    """Seed those who supervise the demo's business unit; safe to repeat."""
    return [
        DemoSupervisor(user, agent_id(_user(deployment, user, SUPERVISOR_GROUPS)))
        for user in SUPERVISORS
    ]


def seed(deployment: Deployment, *, agents: int, speed: float) -> list[DemoAgent]:
    """Seed a deployment; safe to repeat, and then no rule in force is replaced needlessly.

    Parameters
    ----------
    agents
        How many agents, spread evenly over the routing profiles.
    speed
        Shortens the offer time-out as a fast day needs it.
    """
    _store_account(deployment)
    configuration = rules.publish(deployment, speed)
    profiles = sorted(configuration.profiles)
    return [
        _agent(deployment, configuration, profiles[place % len(profiles)], place // len(profiles))
        for place in range(agents)
    ]


def identity_key(deployment: Deployment) -> bytes:
    """Return the deployment's key of contact ids."""
    secrets = client("secretsmanager", deployment.endpoint)
    answer = secrets.get_secret_value(SecretId=deployment.secrets.identity)
    return str(answer["SecretString"]).encode()


def _group(cognito: Any, pool: str, name: str) -> None:
    """Make a group that names a business unit; the others come with the deployment."""
    if ":" in name:
        with suppress(cognito.exceptions.GroupExistsException):
            cognito.create_group(UserPoolId=pool, GroupName=name)


def sign_in(deployment: Deployment, user: str) -> str:
    """Sign somebody in and return the token for the API.

    Raises
    ------
    SetupError
        Cognito refuses.
    """
    identity = deployment.identity
    try:
        answer = client("cognito-idp", deployment.endpoint).admin_initiate_auth(
            UserPoolId=identity.user_pool_id,
            ClientId=identity.robots_client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD},
        )
    except ClientError as error:
        raise SetupError(f"{user} cannot sign in: {error}") from error
    return str(answer["AuthenticationResult"]["AccessToken"])


def _store_account(deployment: Deployment) -> None:
    secret = json.dumps({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})
    client("secretsmanager", deployment.endpoint).put_secret_value(
        SecretId=deployment.secrets.twilio, SecretString=secret
    )


def _agent(
    deployment: Deployment, configuration: Configuration, profile: str, number: int
) -> DemoAgent:
    user = f"{profile}-{number + 1}"
    identity = agent_id(_user(deployment, user, AGENT_GROUPS))
    app = administrator(deployment)
    if app.store.agent(identity) is None:
        rules_of = configuration.profile(profile)
        agents.register(
            app,
            Agent(
                id=identity,
                state=AgentState.OFFLINE,
                business_unit=BUSINESS_UNIT,
                pool=configuration.pool_of_profile(profile).id,
                profile=profile,
                capacity=rules_of.capacity,
                exclusive=rules_of.exclusive,
            ),
            "seed",
        )
    return DemoAgent(user, identity, profile)


def _user(deployment: Deployment, user: str, groups: tuple[str, ...]) -> str:
    """Make a user unless there is one, and return the identity its tokens carry."""
    cognito: Any = client("cognito-idp", deployment.endpoint)
    pool = deployment.identity.user_pool_id
    try:
        found = cognito.admin_get_user(UserPoolId=pool, Username=user)["UserAttributes"]
    except cognito.exceptions.UserNotFoundException:
        created = cognito.admin_create_user(
            UserPoolId=pool,
            Username=user,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": f"{user}@example.com"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        found = created["User"]["Attributes"]
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=user, Password=PASSWORD, Permanent=True
        )
    # Also for a user who is there: whoever made one may not have lived to do the rest.
    for group in groups:
        _group(cognito, pool, group)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=user, GroupName=group)
    return next(str(item["Value"]) for item in found if item["Name"] == "sub")
