"""What a deployment is made of, read from CloudFormation's outputs of its stacks.

Works on AWS and on the embedded cloud alike: the SDK's own environment decides which.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from centralino.adapters.dynamodb.tables import Tables

PREFIX = "Centralino-"


class NotDeployed(Exception):
    """No stack of ours can be read with these credentials."""


def client(service: str) -> Any:
    """Return an SDK client for the deployment the command works on."""
    _use_embedded_cloud()
    return boto3.client(service)  # type: ignore[call-overload]


def read() -> dict[str, str]:
    """Return every output of every stack, by its key.

    Raises
    ------
    NotDeployed
        There are no stacks, or they cannot be read; the message tells what to do.
    """
    try:
        pages = client("cloudformation").get_paginator("describe_stacks").paginate()
        stacks = [stack for page in pages for stack in page["Stacks"]]
    except (ClientError, BotoCoreError) as error:
        raise NotDeployed(f"the stacks cannot be read: {error}") from error
    found = {
        output["OutputKey"]: output["OutputValue"]
        for stack in stacks
        if stack["StackName"].startswith(PREFIX)
        for output in stack.get("Outputs", [])
    }
    if not found:
        raise NotDeployed(
            "no Centralino stack is deployed here: run `npx cdk deploy --all`, "
            "or `centralino local up` for the embedded cloud"
        )
    return found


def _use_embedded_cloud() -> None:
    """Point the SDK at this checkout's embedded cloud when nothing else was chosen."""
    chosen = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN")
    if any(os.environ.get(name) for name in chosen):
        return
    from local.cloud import status

    cloud = status()
    if cloud is not None:
        os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            os.environ[name] = "local"  # the emulator takes any
        os.environ.setdefault("AWS_DEFAULT_REGION", "eu-south-1")


def tables() -> Tables:
    """Return the deployment's tables, bound."""
    # The SDK takes its time to import, and most commands need no table.
    from centralino.adapters.dynamodb.tables import TableNames, bind

    names = read()
    return bind(
        TableNames(
            contacts=names["ContactsTableName"],
            agents=names["AgentsTableName"],
            config=names["ConfigTableName"],
            operations=names["OpsTableName"],
        )
    )
