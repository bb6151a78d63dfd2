"""What callers from a page hear: files that only the product writes and only CloudFront reads."""

from __future__ import annotations

import pytest

from centralino.adapters import prompts
from infra.settings import Settings, SettingsError
from infra.stacks.prompts import KEPT_DAYS
from infra.wiring import PROMPTS_FOLDER
from tests.infra.synthesis import Resource, Templates, flat

STACK = "Centralino-Prompts"


def _one(templates: Templates, kind: str) -> Resource:
    (found,) = (one for one in templates.of(kind) if one.stack == STACK)
    return found


def test_the_files_are_private_encrypted_and_reached_over_tls_alone(aws: Templates) -> None:
    bucket = _one(aws, "AWS::S3::Bucket")
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket.properties["BucketEncryption"]
    policy = _one(aws, "AWS::S3::BucketPolicy").properties["PolicyDocument"]
    (denied,) = (one for one in policy["Statement"] if one["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (allowed,) = (one for one in policy["Statement"] if one["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"


def test_words_are_forgotten_and_the_product_renews_them_before(aws: Templates) -> None:
    rules = _one(aws, "AWS::S3::Bucket").properties["LifecycleConfiguration"]["Rules"]
    (forget,) = (rule for rule in rules if "ExpirationInDays" in rule)
    assert (forget["Prefix"], forget["ExpirationInDays"]) == (f"{prompts.FOLDER}/", KEPT_DAYS)
    assert PROMPTS_FOLDER == prompts.FOLDER
    assert not prompts.MUSIC.startswith(forget["Prefix"]), "the music stays"
    assert prompts.RENEW_AFTER_S + prompts.BELIEVED_S < KEPT_DAYS * 86_400


def test_a_page_of_any_origin_may_read_what_it_plays(aws: Templates) -> None:
    config = _one(aws, "AWS::CloudFront::Distribution").properties["DistributionConfig"]
    behaviour = config["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert behaviour["AllowedMethods"] == ["GET", "HEAD"]
    # Managed policy CORS-and-SecurityHeadersPolicy.
    assert behaviour["ResponseHeadersPolicyId"] == "e61eb60c-9c35-4d20-a928-2b84e02af89c"
    (origin,) = config["Origins"]
    assert origin["OriginAccessControlId"]


def test_the_address_is_the_distribution_s_on_aws_and_the_bucket_s_on_a_laptop(
    aws: Templates, embedded: Templates
) -> None:
    distribution = _one(aws, "AWS::CloudFront::Distribution").id
    assert flat(aws.outputs()["PromptsUrl"]) == f"https://<{distribution}.DomainName>"
    bucket = _one(embedded, "AWS::S3::Bucket").id
    assert flat(embedded.outputs()["PromptsUrl"]) == f"http://127.0.0.1:4566/<{bucket}>"
    kinds = [one.type for one in embedded.resources() if one.stack == STACK]
    assert "AWS::CloudFront::Distribution" not in kinds


def test_a_speech_service_of_one_s_own_is_for_the_laptop_alone() -> None:
    embedded = {"target": "embedded", "endpoint": "http://127.0.0.1:4566"}
    # Nobody answers there: an emulated deployment never asks the real service.
    assert Settings.from_context(embedded).polly_url == "http://127.0.0.1:9"
    with pytest.raises(SettingsError, match="polly_url is only for target=embedded"):
        Settings.from_context({"polly_url": "https://polly.example.com"})
