"""What callers from a page hear: prompts and hold music as files on S3 behind CloudFront.

Decides who may read and write them and for how long they are kept. Never writes one: the product
does when it is first said, ``centralino config apply`` before that.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.private_bucket import files_of, private_bucket
from infra.settings import Settings
from infra.wiring import PROMPTS_FOLDER, Prompts

#: Words may hold a customer's name: what is no longer said goes. The product writes a file anew
#: that is half as old.
KEPT_DAYS = 30


class PromptsStack(Stack):
    """The bucket of prompts and the distribution before it."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, description="Centralino: prompts of calls from a page")
        self.bucket = self._build_bucket(settings)
        if settings.embedded:
            # The emulator tells distributions apart by a Host header that nobody resolves.
            base = f"{settings.endpoint}/{self.bucket.bucket_name}"
        else:
            base = f"https://{self._build_distribution().distribution_domain_name}"
        self.key = self._build_key()
        self.prompts = Prompts(
            bucket=self.bucket, url=base, polly_url=settings.polly_url, key=self.key
        )
        CfnOutput(self, "PromptsUrl", value=self.prompts.url)
        CfnOutput(self, "PromptsBucketName", value=self.bucket.bucket_name)
        CfnOutput(self, "PromptsKeyArn", value=self.key.secret_arn)

    def _build_key(self) -> secrets.Secret:
        """Make the key without which nobody can tell from a file's name what is said in it."""
        key = secrets.Secret(
            self,
            "Names",
            description="Key of the names of Centralino's prompt files",
            generate_secret_string=secrets.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
        )
        acknowledge(
            key,
            {
                "AwsSolutions-SMG4": (
                    "A name holds for the 30 days of its file: with another key every word would "
                    "be spoken again, and nothing be safer for it."
                )
            },
        )
        return key

    def _build_bucket(self, settings: Settings) -> s3.Bucket:
        bucket = private_bucket(
            self,
            "Files",
            embedded=settings.embedded,
            rules=[
                s3.LifecycleRule(
                    id="forget",
                    # The music beside this folder stays.
                    prefix=f"{PROMPTS_FOLDER}/",
                    expiration=Duration.days(KEPT_DAYS),
                )
            ],
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD],
                    allowed_origins=["*"],
                )
            ],
        )
        acknowledge(
            bucket,
            {
                "AwsSolutions-S1": (
                    "CloudFront reads here and the product writes; CloudTrail tells who did, and "
                    "a log bucket would need another one in turn."
                )
            },
        )
        return bucket

    def _build_distribution(self) -> cloudfront.Distribution:
        distribution = files_of(
            self.bucket,
            self,
            comment="Centralino: what callers from a page hear",
            # A page may mix what it fetches with the music only if it may read it.
            headers=cloudfront.ResponseHeadersPolicy.CORS_ALLOW_ALL_ORIGINS_AND_SECURITY_HEADERS,
        )
        acknowledge(
            distribution,
            {
                "AwsSolutions-CFR1": "Customers call from wherever they are.",
                "AwsSolutions-CFR2": (
                    "Static files of what callers hear: there is nothing behind it that a "
                    "web ACL could protect."
                ),
                "AwsSolutions-CFR3": (
                    "Access logs would keep who called and what they heard; the contact's own "
                    "events tell what is needed of that."
                ),
                "AwsSolutions-CFR4": (
                    "CloudFront's own certificate fixes the minimum version; plain HTTP is "
                    "refused, and browsers negotiate TLS 1.2 or newer."
                ),
            },
        )
        return distribution
