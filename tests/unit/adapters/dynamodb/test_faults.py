"""What no emulator produces: conflicts between transactions, throttling, lost replies."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.dynamodb.mapping import image_of
from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, bind
from centralino.adapters.memory.ids import SeededIds
from centralino.adapters.wire import contact_item
from centralino.application.ports import AvailableEntry, Claim, ClaimResult, Item, WaitingEntry
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Channel, Contact, Decision
from centralino.domain.errors import CentralinoError, Conflict, TransientDependency
from tests.unit.adapters.dynamodb.conftest import Bench
from tests.unit.adapters.dynamodb.scripted import DROP, Reply, cancelled, error

CONTACT = lifecycle.start("ct_1", business_unit="demo", now=1_000, cause="m1")
TRIES = 3

CLAIM = Claim(
    contact=WaitingEntry("ct_1", 2, "sales", "voice", Channel.VOICE, 5, 1_000, 1_000),
    agent=AvailableEntry(
        "ag_1", 7, "p", "all", 0, 500, capacity={Channel.VOICE: 1}, taken=3, last_offer_at=400
    ),
    rid="ct_1#3",
    expires_at=21_000,
    decision=Decision("longest_idle"),
    now=1_500,
)

Call = Callable[[Bench], Any]
CALLS: dict[str, Call] = {
    "contact": lambda b: b.store.contact("ct_1"),
    "save": lambda b: b.store.save_contact(CONTACT),
    "together": lambda b: b.store.save_together([CONTACT, replace(CONTACT, id="ct_2")]),
    "claim": lambda b: b.store.claim(CLAIM),
    "waiting": lambda b: b.store.waiting("p#sales#voice#0"),
    "put": lambda b: b.operations.put(Item("a", "1")),
    "put_new": lambda b: b.operations.put_new(Item("a", "1")),
    "put_if": lambda b: b.operations.put_if(Item("a", "1"), "until", 5),
    "get": lambda b: b.operations.get("a", "1"),
    "take": lambda b: b.operations.take("a", "1"),
    "list": lambda b: b.operations.list("a"),
    "delete": lambda b: b.operations.delete("a", "1"),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


@every_call
@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"],
)
def test_throttling_is_transient_after_three_tries(bench: Bench, call: Call, code: str) -> None:
    bench.endpoint.script = [error(code)] * TRIES
    with pytest.raises(TransientDependency):
        call(bench)
    assert len(bench.endpoint.sent) == TRIES


@every_call
@pytest.mark.parametrize(
    "reply",
    [error("InternalServerError", 500), error("NeverHeardOf", 503), Reply({}, 502)],
    ids=["internal", "unknown", "gateway"],
)
def test_a_failing_service_is_transient(bench: Bench, call: Call, reply: Reply) -> None:
    bench.endpoint.script = [reply] * TRIES
    with pytest.raises(TransientDependency):
        call(bench)


@every_call
def test_no_reply_at_all_is_transient(bench: Bench, call: Call) -> None:
    bench.endpoint.script = [DROP] * TRIES
    with pytest.raises(TransientDependency):
        call(bench)
    assert len(bench.endpoint.sent) == TRIES


def test_nobody_listening_is_transient(bench: Bench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        tables = bind(
            TableNames("contacts", "agents", "config", "operations"),
            region="eu-south-1",
            host=f"http://127.0.0.1:{taken.getsockname()[1]}",
            attempts=1,
        )
        deaf = replace(
            bench,
            store=DynamoStore(tables, SeededIds(bench.clock)),
            operations=DynamoOperations(tables, bench.clock),
        )
        for call in CALLS.values():
            with pytest.raises(TransientDependency):
                call(deaf)


@every_call
@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"]
)
def test_a_refusal_is_told_once_and_not_retried(bench: Bench, call: Call, code: str) -> None:
    bench.endpoint.script = [error(code, message="secret detail")]
    with pytest.raises(CentralinoError) as refused:
        call(bench)
    assert refused.value.code == "store_refused"
    assert code in str(refused.value)
    assert "secret detail" not in str(refused.value)
    assert len(bench.endpoint.sent) == 1


def test_a_service_that_recovers_is_not_noticed(bench: Bench) -> None:
    bench.endpoint.script = [error("ThrottlingException"), DROP, Reply()]
    assert bench.store.contact("ct_1") is None
    assert len(bench.endpoint.sent) == TRIES


# ---------------------------------------------------------------- claims


@pytest.mark.parametrize(
    ("reasons", "result"),
    [
        (("ConditionalCheckFailed", "None"), ClaimResult(ok=False, contact_stale=True)),
        (("None", "ConditionalCheckFailed"), ClaimResult(ok=False, agent_stale=True)),
        (("TransactionConflict", "None"), ClaimResult(ok=False, contention=True)),
        (("None", "TransactionConflict"), ClaimResult(ok=False, contention=True)),
        (
            ("ConditionalCheckFailed", "TransactionConflict"),
            ClaimResult(ok=False, contact_stale=True, contention=True),
        ),
        (
            ("TransactionConflict", "ConditionalCheckFailed"),
            ClaimResult(ok=False, agent_stale=True, contention=True),
        ),
        (("ThrottlingError", "None"), ClaimResult(ok=False, contention=True)),
        (("ProvisionedThroughputExceeded", "None"), ClaimResult(ok=False, contention=True)),
    ],
)
def test_the_reasons_of_a_claim(
    bench: Bench, reasons: tuple[str, str], result: ClaimResult
) -> None:
    bench.endpoint.script = [cancelled(*reasons)]
    assert bench.store.claim(CLAIM) == result
    assert len(bench.endpoint.sent) == 1


def test_a_claim_that_is_malformed_is_no_result(bench: Bench) -> None:
    bench.endpoint.script = [cancelled("ValidationError", "ConditionalCheckFailed")]
    with pytest.raises(CentralinoError) as refused:
        bench.store.claim(CLAIM)
    assert refused.value.code == "store_refused"


def test_a_lost_reply_is_answered_by_the_same_bytes(bench: Bench) -> None:
    """The token makes the repetition harmless, and only an identical request may carry it."""
    bench.endpoint.script = [DROP, Reply()]
    assert bench.store.claim(CLAIM) == ClaimResult(ok=True)
    first, second = bench.endpoint.sent
    assert first.raw == second.raw
    assert len(first.body["ClientRequestToken"]) == 26


def test_every_attempt_has_its_own_token(bench: Bench) -> None:
    bench.endpoint.script = [cancelled("TransactionConflict", "None"), Reply(), Reply()]
    bench.store.claim(CLAIM)
    bench.store.claim(CLAIM)
    bench.store.save_together([CONTACT, replace(CONTACT, id="ct_2")])
    tokens = [sent.body["ClientRequestToken"] for sent in bench.endpoint.sent]
    assert len(set(tokens)) == 3
    assert {len(token) for token in tokens} == {26}


def test_the_claim_is_two_conditional_updates(bench: Bench) -> None:
    bench.endpoint.script = [Reply()]
    bench.store.claim(CLAIM)
    (sent,) = bench.endpoint.sent
    contact, agent = (part["Update"] for part in sent.body["TransactItems"])
    for update, table, key, state, version in [
        (contact, "contacts", {"c": {"S": "ct_1"}}, "WAITING", "2"),
        (agent, "agents", {"a": {"S": "ag_1"}}, "ROUTABLE", "7"),
    ]:
        assert update["TableName"] == table
        assert update["Key"] == key
        names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
        condition = update["ConditionExpression"]
        for placeholder, full in (names | {k: str(v) for k, v in values.items()}).items():
            condition = condition.replace(placeholder, full)
        assert condition == f"(st = {{'S': '{state}'}} AND ver = {{'N': '{version}'}})"


# ---------------------------------------------------------------- other writes


def test_a_write_that_meets_a_transaction_conflicts(bench: Bench) -> None:
    bench.endpoint.script = [error("TransactionConflictException")]
    with pytest.raises(Conflict):
        bench.store.save_contact(CONTACT)


@pytest.mark.parametrize("reason", ["TransactionConflict", "ConditionalCheckFailed"])
def test_a_cancelled_transaction_conflicts(bench: Bench, reason: str) -> None:
    bench.endpoint.script = [cancelled("None", reason)]
    with pytest.raises(Conflict):
        bench.store.save_together([CONTACT, replace(CONTACT, id="ct_2")])


def test_a_throttled_transaction_is_transient(bench: Bench) -> None:
    bench.endpoint.script = [cancelled("ThrottlingError", "None")]
    with pytest.raises(TransientDependency):
        bench.store.save_together([CONTACT, replace(CONTACT, id="ct_2")])


def stored(contact: Contact) -> Reply:
    """The reply to a read of this contact."""
    return Reply({"Item": image_of(contact_item(contact))})


FAILED = error("ConditionalCheckFailedException")


def test_our_own_write_seen_again_is_no_conflict(bench: Bench) -> None:
    """The reply was lost, botocore repeated the request, and its condition met our own write."""
    bench.endpoint.script = [DROP, FAILED, stored(CONTACT)]
    bench.store.save_contact(CONTACT)
    assert [sent.operation for sent in bench.endpoint.sent] == ["PutItem", "PutItem", "GetItem"]


@pytest.mark.parametrize(
    "reply", [Reply(), stored(replace(CONTACT, cause="another"))], ids=["nothing", "another"]
)
def test_somebody_elses_write_after_a_lost_reply_conflicts(bench: Bench, reply: Reply) -> None:
    bench.endpoint.script = [DROP, FAILED, reply]
    with pytest.raises(Conflict):
        bench.store.save_contact(CONTACT)


def test_a_plain_conflict_reads_nothing(bench: Bench) -> None:
    """An equal write by another process is still another process's."""
    bench.endpoint.script = [FAILED]
    with pytest.raises(Conflict):
        bench.store.save_contact(CONTACT)
    assert len(bench.endpoint.sent) == 1


def test_put_new_knows_its_own_item_after_a_lost_reply(bench: Bench) -> None:
    item = Item("lease", "pool", {"by": "me"})
    image = image_of({"pk": "lease", "sk": "pool", "d": {"by": "me"}})
    other = image_of({"pk": "lease", "sk": "pool", "d": {"by": "you"}})
    bench.endpoint.script = [DROP, FAILED, Reply({"Item": image})]
    assert bench.operations.put_new(item)
    bench.endpoint.script = [DROP, FAILED, Reply({"Item": other})]
    assert not bench.operations.put_new(item)
    bench.endpoint.script = [FAILED]
    assert not bench.operations.put_new(item)


def test_a_taken_item_may_be_in_the_lost_reply(bench: Bench) -> None:
    bench.endpoint.script = [DROP, Reply()]
    with pytest.raises(TransientDependency):
        bench.operations.take("ticket", "abc")
    bench.endpoint.script = [Reply()]
    assert bench.operations.take("ticket", "abc") is None


def test_a_page_says_where_to_go_on(bench: Bench) -> None:
    """AWS gives a key with every full page, even the last one."""
    key = "50000000001000#ct_1"
    last = image_of({"c": "ct_1", "wpk": "p#sales#voice#0", "wsk": key})
    bench.endpoint.script = [Reply({"Items": [], "LastEvaluatedKey": last}), Reply({"Items": []})]
    page = bench.store.waiting("p#sales#voice#0", limit=1)
    assert page.next_key == key
    bench.store.waiting("p#sales#voice#0", start=key, limit=1)
    assert bench.endpoint.sent[1].body["ExclusiveStartKey"] == last


def test_one_client_serves_all_tables(bench: Bench) -> None:
    models = (bench.tables.contacts, bench.tables.agents, bench.tables.operations)
    connections = {id(model._get_connection().connection) for model in models}
    assert connections == {id(bench.tables.connection)}
