"""What callers hear while the product is down: static documents on S3 behind CloudFront.

Decides that nothing of ours has to run for it: the carrier fetches a file. Never writes the
files, because they follow from the published lines: ``centralino provider twilio apply`` does
(``docs/adr/0008-fallback-files-by-command.md``).
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.private_bucket import files_of, private_bucket
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
        # A number may still name these files after the stacks are gone.
        bucket = private_bucket(self, "Documents", embedded=embedded)
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
        # The carrier adds the call to the query, which is no part of the cache's key.
        distribution = files_of(
            self.bucket,
            self,
            comment="Centralino: what callers hear while it is down",
            headers=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
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
