"""Events go out in order, and a record that cannot be published is kept."""

from __future__ import annotations

import json

from centralino.application.filing import TOLD
from tests.infra.synthesis import Resource, Templates


def _streams(aws: Templates) -> dict[str, Resource]:
    found = {}
    for mapping in aws.of("AWS::Lambda::EventSourceMapping"):
        source = aws.follow(mapping.stack, mapping.properties["EventSourceArn"])
        if source.type == "AWS::DynamoDB::GlobalTable":
            found[source.id[:-8]] = mapping
    return found


def test_the_relay_follows_its_tables_from_their_first_record(aws: Templates) -> None:
    streams = _streams(aws)
    assert set(streams) == {"ContactsTable", "AgentsTable", "OpsTable"}
    for mapping in streams.values():
        properties = mapping.properties
        function = aws.follow(mapping.stack, properties["FunctionName"])
        assert function.id == aws.functions()["outbox_relay"].id
        assert properties["StartingPosition"] == "TRIM_HORIZON"
        assert properties["BisectBatchOnFunctionError"] is True
        assert properties["MaximumRetryAttempts"] == 5
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_expiry_removes_is_not_relayed(aws: Templates) -> None:
    for name, mapping in _streams(aws).items():
        (pattern,) = mapping.properties["FilterCriteria"]["Filters"]
        found = json.loads(pattern["Pattern"])
        assert found.pop("eventName") == ["INSERT", "MODIFY"]
        told = {"d": {"M": {TOLD: {"S": [{"exists": True}]}}}}
        assert found == ({"dynamodb": {"NewImage": told}} if name == "OpsTable" else {})


def test_a_record_that_fails_every_try_goes_to_a_bucket_whole(aws: Templates) -> None:
    for mapping in _streams(aws).values():
        destination = mapping.properties["DestinationConfig"]["OnFailure"]["Destination"]
        assert aws.follow(mapping.stack, destination).type == "AWS::S3::Bucket"


def test_the_bucket_is_private_encrypted_and_forgets(aws: Templates) -> None:
    (bucket,) = (b for b in aws.of("AWS::S3::Bucket") if b.id.startswith("Failures"))
    properties = bucket.properties
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (lifecycle,) = properties["LifecycleConfiguration"]["Rules"]
    assert lifecycle["ExpirationInDays"] == 90
    assert lifecycle["Status"] == "Enabled"
    assert bucket.body["DeletionPolicy"] == "Retain"
    (policy,) = (p for p in aws.of("AWS::S3::BucketPolicy") if p.stack == bucket.stack)
    (statement,) = policy.properties["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_operator_hears_when_events_are_late_or_lost(aws: Templates) -> None:
    relay = aws.functions()["outbox_relay"]
    metrics = {
        alarm.properties["MetricName"]: alarm.properties["Threshold"]
        for alarm in aws.of("AWS::CloudWatch::Alarm")
        if alarm.stack == relay.stack
    }
    assert metrics["IteratorAge"] == 30_000
    assert metrics["DestinationDeliveryFailures"] == 0


def test_the_bus_has_its_published_name_and_an_archive_of_our_events(aws: Templates) -> None:
    (bus,) = aws.of("AWS::Events::EventBus")
    assert bus.properties["Name"] == "centralino"
    (archive,) = aws.of("AWS::Events::Archive")
    assert aws.follow(archive.stack, archive.properties["SourceArn"]).id == bus.id
    assert archive.properties["EventPattern"] == {"source": [{"prefix": "centralino."}]}
    assert archive.properties["RetentionDays"] == 30
