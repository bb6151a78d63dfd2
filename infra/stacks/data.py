"""The four tables.

Decides their keys, indexes and what an index carries; the shapes of the items are the
product's. On AWS the tables outlive the stack.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.constructs.table import Index, StandardTable
from infra.settings import Settings
from infra.wiring import Tables


class DataStack(Stack):
    """Contacts, agents, configuration and operational items."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, description="Centralino: tables")
        self.tables = Tables(
            contacts=StandardTable(
                self,
                "Contacts",
                settings=settings,
                partition="c",
                # Sparse: an item has these keys only while the contact waits.
                index=Index("waiting", "wpk", "wsk", ("ver", "ch", "plan", "tried", "enq", "pref")),
            ),
            agents=StandardTable(
                self,
                "Agents",
                settings=settings,
                partition="a",
                # Sparse: an item has these keys only while the agent can take work.
                index=Index(
                    "available",
                    "apk",
                    "ask",
                    ("ver", "skills", "cap", "used", "excl", "taken", "loff"),
                ),
            ),
            config=StandardTable(self, "Config", settings=settings, partition="k", sort="v"),
            ops=StandardTable(self, "Ops", settings=settings, partition="pk", sort="sk"),
        )
        for name, table in (
            ("ContactsTable", self.tables.contacts),
            ("AgentsTable", self.tables.agents),
            ("ConfigTable", self.tables.config),
            ("OpsTable", self.tables.ops),
        ):
            CfnOutput(self, f"{name}Name", value=table.table.table_name)
