"""A table as every table of the product is made, and the rights on it.

Decides billing, recovery, streams, expiry and removal. Never knows what an item holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.settings import Settings


@dataclass(frozen=True)
class Index:
    """A secondary index: its name, its keys and the attributes it carries beside them."""

    name: str
    partition: str
    sort: str
    projects: Sequence[str]


class StandardTable(Construct):
    """One on-demand table with a stream of new images, point-in-time recovery and expiry."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        partition: str,
        sort: str | None = None,
        index: Index | None = None,
    ) -> None:
        super().__init__(scope, id)
        keep = not settings.embedded
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=_text(partition),
            sort_key=_text(sort) if sort else None,
            billing=dynamodb.Billing.on_demand(),
            dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
            time_to_live_attribute="ttl",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=keep,
            removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY,
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=index.name,
                    partition_key=_text(index.partition),
                    sort_key=_text(index.sort),
                    projection_type=dynamodb.ProjectionType.INCLUDE,
                    non_key_attributes=list(index.projects),
                )
            ]
            if index
            else None,
        )
        self._index = index

    def allow(self, grantee: iam.IGrantable, *actions: str) -> None:
        """Let a function do actions on items, such as ``GetItem``.

        A transaction has no permission of its own: it needs those of its parts.
        """
        self._grant(grantee, actions, self.table.table_arn)

    def allow_query_of_index(self, grantee: iam.IGrantable) -> None:
        """Let a function query the index."""
        if self._index is None:
            raise ValueError(f"{self.node.path} has no index")
        self._grant(grantee, ["Query"], f"{self.table.table_arn}/index/{self._index.name}")

    @staticmethod
    def _grant(grantee: iam.IGrantable, actions: Sequence[str], arn: str) -> None:
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[f"dynamodb:{action}" for action in actions],
            resource_arns=[arn],
        ).assert_success()


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
