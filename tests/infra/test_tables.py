"""Tables keep what they are given, on AWS even when their stack goes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.synthesis import Templates

KEYS = {"Contacts": ["c"], "Agents": ["a"], "Config": ["k", "v"], "Ops": ["pk", "sk"]}


def _tables(templates: Templates) -> dict[str, dict[str, Any]]:
    found = templates.of("AWS::DynamoDB::GlobalTable")
    return {
        table.id.removesuffix(table.id[-8:])[: -len("Table")]: dict(table.body) for table in found
    }


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_table_has_its_key_a_stream_expiry_and_recovery(aws: Templates, name: str) -> None:
    table = _tables(aws)[name]["Properties"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == KEYS[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    (replica,) = table["Replicas"]
    assert replica["Region"] == {"Ref": "AWS::Region"}
    assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_there_are_four_tables(aws: Templates, embedded: Templates) -> None:
    assert set(_tables(aws)) == set(_tables(embedded)) == set(KEYS)


def test_indexes_carry_what_a_match_reads_and_no_more(aws: Templates) -> None:
    tables = _tables(aws)
    indexes = {
        index["IndexName"]: index
        for table in tables.values()
        for index in table["Properties"].get("GlobalSecondaryIndexes", [])
    }
    assert set(indexes) == {"waiting", "available"}
    waiting, available = indexes["waiting"], indexes["available"]
    assert [key["AttributeName"] for key in waiting["KeySchema"]] == ["wpk", "wsk"]
    assert waiting["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["ver", "ch", "plan", "tried", "enq", "pref"],
    }
    assert [key["AttributeName"] for key in available["KeySchema"]] == ["apk", "ask"]
    assert available["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["ver", "skills", "cap", "used", "excl", "taken", "loff"],
    }


def test_on_aws_a_table_outlives_its_stack_and_resists_deletion(aws: Templates) -> None:
    for table in _tables(aws).values():
        assert table["DeletionPolicy"] == "Retain"
        assert table["UpdateReplacePolicy"] == "Retain"
        assert table["Properties"]["Replicas"][0]["DeletionProtectionEnabled"] is True


def test_on_a_laptop_a_table_goes_with_its_stack(embedded: Templates) -> None:
    for table in _tables(embedded).values():
        assert table["DeletionPolicy"] == "Delete"
        assert table["Properties"]["Replicas"][0]["DeletionProtectionEnabled"] is False
