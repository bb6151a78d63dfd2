"""What callers hear while the product is down: static documents on S3 behind CloudFront.

Decides that nothing of ours has to run for it: the carrier fetches a file. Never writes the
files, because they follow from the published lines: ``centralino provider twilio apply`` does
(``docs/adr/0008-fallback-files-by-command.md``).
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.settings import Settings


class FallbackStack(Stack):
    """The bucket of the documents and the distribution before it."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, description="Centralino: what callers hear while it is down")
        self.bucket = self._build_bucket(embedded=settings.embedded)
        self.distribution = self._build_distribution()
        url = f"https://{self.distribution.distribution_domain_name}"
        if settings.embedded:
            # The emulator tells distributions apart by a Host header that nobody resolves.
            url = f"{settings.endpoint}/{self.bucket.bucket_name}"
        CfnOutput(self, "FallbackUrl", value=url)
        CfnOutput(self, "FallbackBucketName", value=self.bucket.bucket_name)
        if settings.emergency_number:
            CfnOutput(self, "EmergencyNumber", value=settings.emergency_number)

    def _build_bucket(self, *, embedded: bool) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Documents",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="abort", abort_incomplete_multipart_upload_after=Duration.days(1)
                )
            ],
            # A number may still name these files after the stacks are gone; an emulator is wiped.
            removal_policy=RemovalPolicy.DESTROY if embedded else RemovalPolicy.RETAIN,
        )
        acknowledge(
            bucket,
            {
                "AwsSolutions-S1": (
                    "CloudFront reads here and an operator writes; CloudTrail tells who did, and "
                    "a log bucket would need another one in turn."
                )
            },
        )
        return bucket

    def _build_distribution(self) -> cloudfront.Distribution:
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment="Centralino: what callers hear while it is down",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                # The carrier adds the call to the query: the key of the cache is the path alone.
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
            ),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        )
        acknowledge(
            distribution,
            {
                "AwsSolutions-CFR1": (
                    "The carrier fetches from its own regions, which it chooses and does not list."
                ),
                "AwsSolutions-CFR2": (
                    "Static files without a secret: there is nothing behind it that a web ACL "
                    "could protect, and one that errs would silence the apology."
                ),
                "AwsSolutions-CFR3": (
                    "The carrier writes the caller's number into the query string, which access "
                    "logs would keep; who fell back is in the carrier's own log."
                ),
                "AwsSolutions-CFR4": (
                    "CloudFront's own certificate fixes the minimum version; plain HTTP is "
                    "refused, and the carrier negotiates TLS 1.2 or newer."
                ),
            },
        )
        return distribution
