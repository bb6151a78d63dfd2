"""Contacts and agents in DynamoDB: the port ``Store``.

Decides conditions and requests. Every write requires the version before it; whoever loses gets
``Conflict`` and reads again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from centralino.adapters import wire
from centralino.adapters.dynamodb import claim as claims
from centralino.adapters.dynamodb.errors import condition_failed, translated, was_retried
from centralino.adapters.dynamodb.mapping import (
    agent_model,
    agent_of_image,
    contact_model,
    contact_of_image,
    plain_item,
)
from centralino.adapters.dynamodb.models import AgentModel, ContactModel
from centralino.adapters.dynamodb.tables import Tables
from centralino.application.ports import Claim, ClaimResult, Ids, Page
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact


class DynamoStore:
    """The port ``Store`` on two DynamoDB tables.

    Parameters
    ----------
    tables : Tables
        See :func:`centralino.adapters.dynamodb.tables.bind`.
    ids : Ids
        Where the tokens of transactions come from.
    """

    def __init__(self, tables: Tables, ids: Ids) -> None:
        self._tables = tables
        self._ids = ids

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact, strongly consistent."""
        image = self._get(self._tables.contacts, contact_id)
        return contact_of_image(image) if image else None

    def agent(self, agent_id: str) -> Agent | None:
        """Return an agent, strongly consistent."""
        image = self._get(self._tables.agents, agent_id)
        return agent_of_image(image) if image else None

    def save_contact(self, after: Contact) -> None:
        """Write a contact over the version before it."""
        self._put(contact_model(after, self._tables.contacts), lambda: wire.contact_item(after))

    def save_agent(self, after: Agent) -> None:
        """Write an agent over the version before it."""
        self._put(agent_model(after, self._tables.agents), lambda: wire.agent_item(after))

    def save_together(self, contacts: Sequence[Contact], agents: Sequence[Agent] = ()) -> None:
        """Write several entities in one transaction; a single one needs none."""
        if len(contacts) + len(agents) == 1:
            for contact in contacts:
                self.save_contact(contact)
            for agent in agents:
                self.save_agent(agent)
            return
        models: list[ContactModel | AgentModel] = [
            *(contact_model(c, self._tables.contacts) for c in contacts),
            *(agent_model(a, self._tables.agents) for a in agents),
        ]
        if not models:
            return
        with (
            translated(),
            TransactWrite(
                connection=self._tables.connection, client_request_token=self._ids.ulid()
            ) as transaction,
        ):
            for model in models:
                transaction.save(model, condition=_over_the_version_before(model))

    def claim(self, claim: Claim) -> ClaimResult:
        """Write one assignment in one transaction, conditional on both versions and states."""
        wire.check_claim(claim)
        with translated():
            try:
                claims.write_claim(self._tables, claim, self._ids.ulid())
            except TransactWriteError as error:
                result = claims.result_of(error)
                if result is None:
                    raise
                return result
        return ClaimResult(ok=True)

    def waiting(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Return entries of the ``waiting`` index in key order; may lag."""
        items, last = self._query(self._tables.contacts, wire.WAITING, partition, start, limit)
        return Page([wire.waiting_entry(item) for item in items], last)

    def available(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Return entries of the ``available`` index in key order; may lag."""
        items, last = self._query(self._tables.agents, wire.AVAILABLE, partition, start, limit)
        return Page([wire.available_entry(item) for item in items], last)

    def _get(
        self, model: type[ContactModel] | type[AgentModel], key: str
    ) -> Mapping[str, Any] | None:
        with translated():
            response = model._get_connection().get_item(key, consistent_read=True)
        return response.get("Item")

    def _put(self, model: ContactModel | AgentModel, item: Callable[[], wire.Item]) -> None:
        with translated():
            try:
                model.save(condition=_over_the_version_before(model))
            except PutError as error:
                # When botocore repeated a request whose reply was lost, the condition fails on
                # our own write.
                if not (condition_failed(error) and was_retried(error)):
                    raise
                stored = self._get(type(model), model.id)
                if stored is None or plain_item(stored) != item():
                    raise

    def _query(
        self,
        model: type[ContactModel] | type[AgentModel],
        index: wire.IndexShape,
        partition: str,
        start: str | None,
        limit: int,
    ) -> tuple[list[wire.Item], str | None]:
        with translated():
            response = model._get_connection().query(
                partition,
                index_name=index.name,
                limit=limit,
                exclusive_start_key=_start_key(index, partition, start) if start else None,
            )
        last = response.get("LastEvaluatedKey")
        return (
            [plain_item(image) for image in response["Items"]],
            last[index.sort]["S"] if last else None,
        )


def _over_the_version_before(model: ContactModel | AgentModel) -> Condition:
    kind = type(model)
    if model.version == 1:
        return kind.id.does_not_exist()
    return kind.version == model.version - 1


def _start_key(index: wire.IndexShape, partition: str, sort: str) -> dict[str, dict[str, str]]:
    """Return the key after which to continue: the sort key ends with the item's own id."""
    return {
        index.keys[0]: {"S": sort.partition("#")[2]},
        index.partition: {"S": partition},
        index.sort: {"S": sort},
    }
