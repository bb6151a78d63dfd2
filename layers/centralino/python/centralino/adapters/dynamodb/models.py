"""The four tables as PynamoDB models: full words in code, short names on the wire.

Decides attribute names, types and indexes. A model here names no table and no region; those come
from the composition root through :func:`centralino.adapters.dynamodb.tables.bind`.
"""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from centralino.adapters.dynamodb.attributes import (
    IntegerAttribute,
    PlainListAttribute,
    PlainMapAttribute,
)
from centralino.adapters.wire import AVAILABLE, WAITING


class WaitingIndex(GlobalSecondaryIndex["ContactModel"]):  # type: ignore[no-untyped-call]
    """Contacts that wait, in the order they are served; sparse."""

    class Meta:
        index_name = WAITING.name
        projection = IncludeProjection(list(WAITING.projected))

    waiting_partition = UnicodeAttribute(hash_key=True, attr_name="wpk")
    waiting_key = UnicodeAttribute(range_key=True, attr_name="wsk")


class ContactModel(Model):
    """One contact."""

    id = UnicodeAttribute(hash_key=True, attr_name="c")
    state = UnicodeAttribute(attr_name="st")
    business_unit = UnicodeAttribute(attr_name="bu")
    version = IntegerAttribute(attr_name="ver")
    sequence = IntegerAttribute(attr_name="seq")
    channel = UnicodeAttribute(attr_name="ch")
    direction = UnicodeAttribute(attr_name="dir")
    provider = UnicodeAttribute(null=True, attr_name="pr")
    call = UnicodeAttribute(null=True)
    line = UnicodeAttribute(null=True, attr_name="ln")
    language = UnicodeAttribute(attr_name="lg")
    subject = UnicodeAttribute(null=True, attr_name="sub")
    flow = PlainMapAttribute(null=True, attr_name="fl")
    parent = UnicodeAttribute(null=True)
    kind = UnicodeAttribute(null=True)
    previous = UnicodeAttribute(null=True, attr_name="prev")
    party = UnicodeAttribute(null=True, attr_name="pty")
    pool = UnicodeAttribute(null=True)
    queue = UnicodeAttribute(null=True, attr_name="q")
    plan = UnicodeAttribute(null=True)
    shard = IntegerAttribute(null=True, attr_name="sh")
    priority = IntegerAttribute(null=True, attr_name="pri")
    tier = IntegerAttribute(attr_name="cls")
    enqueued_at = IntegerAttribute(null=True, attr_name="enq")
    virtual_time = IntegerAttribute(null=True, attr_name="vts")
    leg = IntegerAttribute(null=True)
    preferred = UnicodeAttribute(null=True, attr_name="pref")
    rid = UnicodeAttribute(null=True)
    agent = UnicodeAttribute(null=True, attr_name="ag")
    expires_at = IntegerAttribute(null=True, attr_name="exp")
    acknowledged_at = IntegerAttribute(null=True, attr_name="ack")
    tried = PlainMapAttribute(null=True)
    decision = PlainListAttribute(null=True, attr_name="dec")
    callback = PlainMapAttribute(null=True, attr_name="cb")
    segments = PlainListAttribute(null=True, attr_name="sg")
    post_call = BooleanAttribute(null=True, attr_name="pc")
    created_at = IntegerAttribute(null=True, attr_name="crt")
    updated_at = IntegerAttribute(null=True, attr_name="at")
    cause = UnicodeAttribute(null=True, attr_name="cz")
    events = PlainListAttribute(null=True, attr_name="ev")
    ttl = IntegerAttribute(null=True)
    waiting_partition = UnicodeAttribute(null=True, attr_name="wpk")
    waiting_key = UnicodeAttribute(null=True, attr_name="wsk")

    waiting = WaitingIndex()


class AvailableIndex(GlobalSecondaryIndex["AgentModel"]):  # type: ignore[no-untyped-call]
    """Agents that can take a contact, longest idle first; sparse."""

    class Meta:
        index_name = AVAILABLE.name
        projection = IncludeProjection(list(AVAILABLE.projected))

    available_partition = UnicodeAttribute(hash_key=True, attr_name="apk")
    available_key = UnicodeAttribute(range_key=True, attr_name="ask")


class AgentModel(Model):
    """One agent, however many queues it serves."""

    id = UnicodeAttribute(hash_key=True, attr_name="a")
    state = UnicodeAttribute(attr_name="st")
    business_unit = UnicodeAttribute(attr_name="bu")
    version = IntegerAttribute(attr_name="ver")
    sequence = IntegerAttribute(attr_name="seq")
    pool = UnicodeAttribute()
    profile = UnicodeAttribute(attr_name="prof")
    reason = UnicodeAttribute(null=True, attr_name="rsn")
    skills = PlainMapAttribute(null=True)
    capacity = PlainMapAttribute(attr_name="cap")
    used = PlainMapAttribute(null=True)
    exclusive = PlainListAttribute(attr_name="excl")
    slots = PlainMapAttribute()
    shard = IntegerAttribute(null=True, attr_name="sh")
    idle_since = IntegerAttribute(null=True, attr_name="idle")
    taken = IntegerAttribute(null=True)
    last_offer_at = IntegerAttribute(null=True, attr_name="loff")
    missed = IntegerAttribute(null=True, attr_name="miss")
    updated_at = IntegerAttribute(null=True, attr_name="at")
    cause = UnicodeAttribute(null=True, attr_name="cz")
    events = PlainListAttribute(null=True, attr_name="ev")
    available_partition = UnicodeAttribute(null=True, attr_name="apk")
    available_key = UnicodeAttribute(null=True, attr_name="ask")

    available = AvailableIndex()


class OpsModel(Model):
    """One operational item: a connection, a ticket, a lease, a marker."""

    partition = UnicodeAttribute(hash_key=True, attr_name="pk")
    sort = UnicodeAttribute(range_key=True, attr_name="sk")
    attributes_map = PlainMapAttribute(null=True, attr_name="d")
    ttl = IntegerAttribute(null=True)


class ConfigModel(Model):
    """One version of one piece of configuration."""

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    version = UnicodeAttribute(range_key=True, attr_name="v")
    body = PlainMapAttribute(attr_name="d")
