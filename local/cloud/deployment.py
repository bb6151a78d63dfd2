"""What a deployment left behind: the names and addresses the rest of `local/` and the tests use.

Decides which outputs of the stacks are relied upon, and refuses a deployment that lacks one.
Never asks the cloud itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.cloud.errors import OutputsError


@dataclass(frozen=True)
class Tables:
    """Names of the four tables."""

    contacts: str
    agents: str
    config: str
    ops: str


@dataclass(frozen=True)
class Queues:
    """URLs of the queues and of their dead-letter queues."""

    nudges: str
    nudges_dead_letters: str
    timers: str
    timers_dead_letters: str


@dataclass(frozen=True)
class Identity:
    """The user pool and its clients; `robots_client_id` exists on the embedded target only."""

    user_pool_id: str
    web_client_id: str
    robots_client_id: str


@dataclass(frozen=True)
class Secrets:
    """ARNs of the secrets."""

    twilio: str
    identity: str


@dataclass(frozen=True)
class Prompts:
    """Where the files of what is said are kept and can be fetched, and what hides their names."""

    bucket: str
    url: str
    key: str = ""


@dataclass(frozen=True)
class Deployment:
    """A deployed product.

    Attributes
    ----------
    endpoint
        Address of the cloud it is deployed to.
    http_api_url
        Base URL of the HTTP API without a trailing slash; a route such as `/v1/agents/me`
        follows it. Also the base the carrier's signatures are checked against.
    websocket_url
        What an agent's browser connects to, `ws://...`.
    functions
        Physical function names by the folder under `functions/`.
    """

    endpoint: str
    http_api_url: str
    websocket_url: str
    tables: Tables
    queues: Queues
    identity: Identity
    secrets: Secrets
    prompts: Prompts
    event_bus: str
    functions: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Plain values, fit for the state file."""
        return {**asdict(self), "functions": dict(self.functions)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Deployment:
        """Inverse of `as_json`."""
        return cls(
            endpoint=value["endpoint"],
            http_api_url=value["http_api_url"],
            websocket_url=value["websocket_url"],
            tables=Tables(**value["tables"]),
            queues=Queues(**value["queues"]),
            identity=Identity(**value["identity"]),
            secrets=Secrets(**value["secrets"]),
            # A cloud that was started before there were any is still told of.
            prompts=Prompts(**value.get("prompts", {"bucket": "", "url": ""})),
            event_bus=value["event_bus"],
            functions=dict(value["functions"]),
        )


FUNCTIONS = (
    "call_events",
    "chime_calls",
    "agent_api",
    "realtime",
    "public_api",
    "recordings",
    "imports",
    "routing",
    "timers",
    "sweep",
    "outbox_relay",
)


def read_outputs(path: Path, endpoint: str) -> Deployment:
    """Read the file `cdk deploy --outputs-file` wrote.

    Raises
    ------
    OutputsError
        Naming every output that is missing.
    """
    stacks: dict[str, dict[str, str]] = json.loads(path.read_text())
    outputs = {key: value for stack in stacks.values() for key, value in stack.items()}
    missing: list[str] = []

    def get(key: str) -> str:
        if key not in outputs:
            missing.append(key)
        return outputs.get(key, "")

    deployment = Deployment(
        endpoint=endpoint,
        http_api_url=get("HttpApiUrl").rstrip("/"),
        websocket_url=get("WebSocketUrl").rstrip("/"),
        tables=Tables(
            contacts=get("ContactsTableName"),
            agents=get("AgentsTableName"),
            config=get("ConfigTableName"),
            ops=get("OpsTableName"),
        ),
        queues=Queues(
            nudges=get("NudgesQueueUrl"),
            nudges_dead_letters=get("NudgesDeadLettersUrl"),
            timers=get("TimersQueueUrl"),
            timers_dead_letters=get("TimersDeadLettersUrl"),
        ),
        identity=Identity(
            user_pool_id=get("UserPoolId"),
            web_client_id=get("WebClientId"),
            robots_client_id=get("RobotsClientId"),
        ),
        secrets=Secrets(twilio=get("TwilioSecretArn"), identity=get("IdentitySecretArn")),
        prompts=Prompts(
            bucket=get("PromptsBucketName"), url=get("PromptsUrl"), key=get("PromptsKeyArn")
        ),
        event_bus=get("EventBusName"),
        functions={name: get(_function_output(name)) for name in FUNCTIONS},
    )
    if missing:
        raise OutputsError(f"the deployment has no output {', '.join(sorted(missing))}")
    return deployment


def _function_output(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_")) + "FunctionName"
