"""Recordings are encrypted by a key of their own, private, and forgotten by class."""

from __future__ import annotations

from centralino.domain.recordings import RETENTIONS
from infra.stacks import recordings
from tests.infra.synthesis import Resource, Templates


def _bucket(templates: Templates, name: str = "Bucket") -> Resource:
    (found,) = (
        bucket
        for bucket in templates.of("AWS::S3::Bucket")
        if bucket.stack == "Centralino-Recordings" and bucket.id[:-8] == name
    )
    return found


def test_sounds_are_encrypted_by_a_key_of_their_own_that_is_rotated(aws: Templates) -> None:
    bucket = _bucket(aws)
    (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    default = rule["ServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"] == "aws:kms"
    key = aws.follow(bucket.stack, default["KMSMasterKeyID"])
    assert key.type == "AWS::KMS::Key"
    assert key.properties["EnableKeyRotation"] is True
    assert key.body["DeletionPolicy"] == bucket.body["DeletionPolicy"] == "Retain"


def test_the_emulator_needs_no_key(embedded: Templates) -> None:
    assert not embedded.of("AWS::KMS::Key")
    assert _bucket(embedded).body["DeletionPolicy"] == "Delete"


def test_nobody_reads_a_sound_in_public_or_without_tls(aws: Templates) -> None:
    for name in ("Bucket", "AccessLogs"):
        bucket = _bucket(aws, name)
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
        (policy,) = (
            p for p in aws.of("AWS::S3::BucketPolicy") if p.properties["Bucket"]["Ref"] == bucket.id
        )
        denied = [
            s["Condition"]
            for s in policy.properties["PolicyDocument"]["Statement"]
            if s["Effect"] == "Deny"
        ]
        assert {"Bool": {"aws:SecureTransport": "false"}} in denied


def test_who_read_is_logged_beside_the_product_s_own_record(aws: Templates) -> None:
    bucket = _bucket(aws)
    logs = bucket.properties["LoggingConfiguration"]["DestinationBucketName"]
    assert aws.follow(bucket.stack, logs).id == _bucket(aws, "AccessLogs").id


def test_a_sound_is_forgotten_by_its_class_and_leaves_no_version(aws: Templates) -> None:
    bucket = _bucket(aws)
    assert "VersioningConfiguration" not in bucket.properties
    rules = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    forgotten = {
        rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule
    }
    assert forgotten == {f"recordings/{days}/": days for days in RETENTIONS}
    assert recordings.RETENTIONS == RETENTIONS
    aborted = [r["AbortIncompleteMultipartUpload"] for r in rules if "ExpirationInDays" not in r]
    assert aborted == [{"DaysAfterInitiation": 1}]


def test_a_message_stays_hidden_for_as_long_as_its_copy_may_take(aws: Templates) -> None:
    (queue,) = (q for q in aws.of("AWS::SQS::Queue") if q.id[:-8] == "RecordingsQueue")
    function = aws.functions()["recordings"]
    assert queue.properties["VisibilityTimeout"] > function.properties["Timeout"] >= 60


def test_no_more_than_ten_are_fetched_from_the_carrier_at_once(aws: Templates) -> None:
    function = aws.functions()["recordings"]
    (mapping,) = (m for m in aws.of("AWS::Lambda::EventSourceMapping") if m.stack == function.stack)
    assert mapping.properties["ScalingConfig"] == {"MaximumConcurrency": 10}
