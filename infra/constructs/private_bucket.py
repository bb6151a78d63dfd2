"""A bucket as every bucket of the product is made, and a distribution that reads from one.

Decides that nobody outside reads a bucket, that plain HTTP is refused, and that abandoned uploads
are forgotten. Never decides how long something is kept, or with which key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

_ABORT = s3.LifecycleRule(id="abort", abort_incomplete_multipart_upload_after=Duration.days(1))


def private_bucket(
    scope: Construct,
    id: str,
    *,
    embedded: bool,
    rules: Sequence[s3.LifecycleRule] = (),
    **more: Any,
) -> s3.Bucket:
    """Make a bucket.

    Parameters
    ----------
    embedded
        Whether it may go with its stack: an emulator is wiped.
    rules
        How long what is kept.
    more
        Whatever else the bucket is to have.
    """
    return s3.Bucket(
        scope,
        id,
        **{"encryption": s3.BucketEncryption.S3_MANAGED, **more},
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=[_ABORT, *rules],
        removal_policy=RemovalPolicy.DESTROY if embedded else RemovalPolicy.RETAIN,
    )


def files_of(
    bucket: s3.Bucket, scope: Construct, *, comment: str, headers: cloudfront.IResponseHeadersPolicy
) -> cloudfront.Distribution:
    """Make a distribution that serves a private bucket's files, over HTTPS alone."""
    return cloudfront.Distribution(
        scope,
        "Distribution",
        comment=comment,
        default_behavior=cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            # The key of the cache is the path alone.
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=headers,
        ),
        http_version=cloudfront.HttpVersion.HTTP2_AND_3,
    )
