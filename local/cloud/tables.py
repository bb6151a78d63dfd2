"""The four tables as requests to DynamoDB, for tests and benchmarks that need no deployment.

Decides nothing: tests/integration/local/test_deployment.py holds these against the deployed
tables, so that they cannot drift from `infra/stacks/data.py`.
"""

from __future__ import annotations

import secrets
from typing import Any

from local.cloud.deployment import Tables

_WAITING = ("waiting", "wpk", "wsk", ("ver", "ch", "plan", "tried", "enq", "pref"))
_AVAILABLE = ("available", "apk", "ask", ("ver", "skills", "cap", "used", "excl", "taken", "loff"))


def table_request(
    name: str,
    partition: str,
    sort: str | None = None,
    index: tuple[str, str, str, tuple[str, ...]] | None = None,
) -> dict[str, Any]:
    """A `CreateTable` request: on demand, with a stream of new images."""
    attributes = [partition, *([sort] if sort else []), *(index[1:3] if index else ())]
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys(partition, sort),
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    }
    if index:
        index_name, index_partition, index_sort, projected = index
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index_name,
                "KeySchema": _keys(index_partition, index_sort),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(projected)},
            }
        ]
    return request


def table_requests(tables: Tables) -> list[dict[str, Any]]:
    """The requests that create `tables`."""
    return [
        table_request(tables.contacts, "c", index=_WAITING),
        table_request(tables.agents, "a", index=_AVAILABLE),
        table_request(tables.config, "k", "v"),
        table_request(tables.ops, "pk", "sk"),
    ]


def create_tables(dynamodb: Any) -> Tables:
    """Create the four tables under names nobody else uses and wait until they can be used.

    Parameters
    ----------
    dynamodb
        A boto3 client of any DynamoDB: the embedded cloud, LocalStack or moto.
    """
    prefix = f"test-{secrets.token_hex(4)}"
    tables = Tables(
        contacts=f"{prefix}-contacts",
        agents=f"{prefix}-agents",
        config=f"{prefix}-config",
        ops=f"{prefix}-ops",
    )
    requests = table_requests(tables)
    for request in requests:
        dynamodb.create_table(**request)
    for request in requests:
        name = request["TableName"]
        dynamodb.get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
        )
    return tables


def delete_tables(dynamodb: Any, tables: Tables) -> None:
    """Delete what `create_tables` made."""
    for request in table_requests(tables):
        dynamodb.delete_table(TableName=request["TableName"])


def _keys(partition: str, sort: str | None) -> list[dict[str, str]]:
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    if sort:
        keys.append({"AttributeName": sort, "KeyType": "RANGE"})
    return keys
