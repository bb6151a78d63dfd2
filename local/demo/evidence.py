"""What a run left behind, as anybody could read it: published events, tables, table streams.

Decides what counts as evidence and how it is read. Judges nothing (`audit` and `figures` do), and
knows nothing of the simulation but the list of calls that the carrier says it made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from centralino.adapters import wire
from centralino.adapters.dynamodb.mapping import plain_item
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from local.cloud import Deployment, client

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One committed write of a table, in order: the item's key, and the item it left.

    ``item`` is None where the item was deleted.
    """

    key: tuple[str, ...]
    item: wire.Item | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the report is made from.

    Attributes
    ----------
    events
        The envelopes as the tap received them, in that order, repetitions included.
    contacts, agents
        The tables at the end.
    waiting
        Ids of the contacts in the ``waiting`` index at the end.
    contact_writes, agent_writes, ops_writes
        Every committed write, from the tables' streams.
    buried
        Messages in the dead-letter queues.
    calls
        The calls the carrier made to us, by its own ids.
    """

    events: Sequence[Event]
    contacts: Sequence[Contact]
    agents: Sequence[Agent]
    waiting: Sequence[str]
    contact_writes: Sequence[Write]
    agent_writes: Sequence[Write]
    ops_writes: Sequence[Write]
    buried: int
    calls: Sequence[str] = field(default_factory=tuple)


def read_events(path: Path) -> list[Event]:
    """Read the tap's file: one envelope a line."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def gather(deployment: Deployment, events_file: Path, calls: Iterable[str]) -> Evidence:
    """Read the tables, their streams and the queues of a deployment."""
    endpoint, tables = deployment.endpoint, deployment.tables
    queues = deployment.queues
    return Evidence(
        events=read_events(events_file),
        contacts=read_contacts(deployment),
        agents=read_agents(deployment),
        waiting=[item["c"] for item in scan(endpoint, tables.contacts, wire.WAITING.name)],
        contact_writes=read_stream(endpoint, tables.contacts),
        agent_writes=read_stream(endpoint, tables.agents),
        ops_writes=read_stream(endpoint, tables.ops),
        buried=sum(
            messages(endpoint, url)
            for url in (queues.nudges_dead_letters, queues.timers_dead_letters)
        ),
        calls=tuple(calls),
    )


def read_contacts(deployment: Deployment) -> list[Contact]:
    """Read the contacts table."""
    items = scan(deployment.endpoint, deployment.tables.contacts)
    return [wire.contact_of(item) for item in items]


def read_agents(deployment: Deployment) -> list[Agent]:
    """Read the agents table."""
    return [wire.agent_of(i) for i in scan(deployment.endpoint, deployment.tables.agents)]


def scan(endpoint: str, table: str, index: str | None = None) -> list[wire.Item]:
    """Read a whole table or index."""
    # An index cannot be read consistently.
    how: dict[str, Any] = {"IndexName": index} if index else {"ConsistentRead": True}
    pages = client("dynamodb", endpoint).get_paginator("scan").paginate(TableName=table, **how)
    return [plain_item(image) for page in pages for image in page["Items"]]


def read_stream(endpoint: str, table: str) -> list[Write]:
    """Read a table's stream from its beginning to its present end."""
    description = client("dynamodb", endpoint).describe_table(TableName=table)["Table"]
    streams = client("dynamodbstreams", endpoint)
    arn = description["LatestStreamArn"]
    shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return [
        write
        for shard in shards
        for record in _records(streams, arn, shard["ShardId"])
        if (write := _write(record)) is not None
    ]


def _records(streams: Any, arn: str, shard: str) -> Iterator[Mapping[str, Any]]:
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    while iterator is not None:
        page = streams.get_records(ShardIterator=iterator)
        yield from page["Records"]
        # An open shard has no end; an empty page is where it stands now.
        iterator = page.get("NextShardIterator") if page["Records"] else None


def _write(record: Mapping[str, Any]) -> Write | None:
    if record.get("userIdentity") is not None:
        # An expired item that the service itself removed: no request, and no charge.
        return None
    change = record["dynamodb"]
    keys = plain_item(change["Keys"])
    image = change.get("NewImage")
    key = tuple(str(keys[name]) for name in sorted(keys))
    return Write(key, plain_item(image) if image is not None else None)


def messages(endpoint: str, queue_url: str) -> int:
    """Return how many messages a queue holds, in flight and delayed ones included."""
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    answer = client("sqs", endpoint).get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return sum(int(answer["Attributes"].get(name, 0)) for name in names)
