"""What callers hear while the product is down depends on nothing that could be down with it."""

from __future__ import annotations

import pytest

from infra.settings import Settings, SettingsError
from tests.infra.synthesis import Resource, Templates, flat, synthesize

STACK = "Centralino-Fallback"


def _one(templates: Templates, kind: str) -> Resource:
    (found,) = (one for one in templates.of(kind) if one.stack == STACK)
    return found


def _statements(templates: Templates) -> list[dict]:  # type: ignore[type-arg]
    policy = _one(templates, "AWS::S3::BucketPolicy")
    return list(policy.properties["PolicyDocument"]["Statement"])


def test_the_documents_are_private_and_reached_over_tls_alone(aws: Templates) -> None:
    bucket = _one(aws, "AWS::S3::Bucket")
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket.properties["BucketEncryption"]
    assert "WebsiteConfiguration" not in bucket.properties
    assert bucket.body["DeletionPolicy"] == "Retain"
    (denied,) = (one for one in _statements(aws) if one["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["Action"] == "s3:*"


def test_only_this_distribution_may_read_them(aws: Templates) -> None:
    distribution = _one(aws, "AWS::CloudFront::Distribution")
    (allowed,) = (one for one in _statements(aws) if one["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    source = flat(allowed["Condition"]["StringEquals"]["AWS:SourceArn"])
    assert source.endswith(f":distribution/<{distribution.id}>")


def test_the_distribution_signs_what_it_asks_of_the_bucket(aws: Templates) -> None:
    config = _one(aws, "AWS::CloudFront::Distribution").properties["DistributionConfig"]
    (origin,) = config["Origins"]
    control = aws.follow(STACK, origin["OriginAccessControlId"])
    told = control.properties["OriginAccessControlConfig"]
    assert (told["SigningBehavior"], told["SigningProtocol"]) == ("always", "sigv4")
    assert origin["S3OriginConfig"]["OriginAccessIdentity"] == ""


def test_the_carrier_gets_a_file_by_https_and_can_change_nothing(aws: Templates) -> None:
    config = _one(aws, "AWS::CloudFront::Distribution").properties["DistributionConfig"]
    behaviour = config["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert behaviour["AllowedMethods"] == ["GET", "HEAD"]
    # Managed policy CachingOptimized: no part of the query is in the cache's key.
    assert behaviour["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert "OriginRequestPolicyId" not in behaviour
    assert "Logging" not in config, "the query holds the caller's number"


def test_it_needs_no_function_no_table_and_no_other_stack(aws: Templates) -> None:
    kinds = {one.type for one in aws.resources() if one.stack == STACK}
    assert kinds == {
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::OriginAccessControl",
    }
    assert "Fn::ImportValue" not in str(aws.stacks[STACK])


def test_its_address_is_the_distribution_s_on_aws_and_the_bucket_s_on_a_laptop(
    aws: Templates, embedded: Templates
) -> None:
    distribution = _one(aws, "AWS::CloudFront::Distribution").id
    assert flat(aws.outputs()["FallbackUrl"]) == f"https://<{distribution}.DomainName>"
    bucket = _one(embedded, "AWS::S3::Bucket").id
    assert flat(embedded.outputs()["FallbackUrl"]) == f"http://127.0.0.1:4566/<{bucket}>"


def test_the_emergency_number_is_told_when_there_is_one(aws: Templates, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert "EmergencyNumber" not in aws.outputs()
    told = Templates.read(synthesize({"emergency_number": "+390266666666"}, tmp_path))
    assert told.outputs()["EmergencyNumber"] == "+390266666666"


@pytest.mark.parametrize("number", ["112", "0212345", "+39 02 123", "+3902123456789012"])
def test_an_emergency_number_nobody_can_dial_is_refused(number: str) -> None:
    with pytest.raises(SettingsError, match=r"emergency_number must be a number in E\.164"):
        Settings.from_context({"emergency_number": number})
