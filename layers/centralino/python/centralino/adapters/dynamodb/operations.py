"""Operational items in DynamoDB: the port ``Operations``.

Decides how expiry reads: DynamoDB removes an expired item within days, so every read and every
condition here checks the time itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from centralino.adapters.dynamodb.attributes import typed
from centralino.adapters.dynamodb.errors import condition_failed, retries, translated, was_retried
from centralino.adapters.dynamodb.mapping import plain_item
from centralino.adapters.dynamodb.models import OpsModel
from centralino.adapters.dynamodb.tables import Tables
from centralino.application.ports import Clock, Item
from centralino.domain.errors import TransientDependency


class DynamoOperations:
    """The port ``Operations`` on one DynamoDB table.

    Parameters
    ----------
    tables : Tables
        See :func:`centralino.adapters.dynamodb.tables.bind`.
    clock : Clock
        Tells which items have expired.
    """

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._model = tables.operations
        self._clock = clock

    def put(self, item: Item) -> None:
        """Write an item whatever was there."""
        with translated():
            self._record(item).save()

    def put_new(self, item: Item) -> bool:
        """Write an item unless a live one exists; tell whether it was written."""
        return self._put_where(item, self._absent())

    def put_if(self, item: Item, attribute: str, below: int) -> bool:
        """Write an item if none is live or its number ``attribute`` is under ``below``."""
        number = Path([OpsModel.attributes_map.attr_name, attribute])
        return self._put_where(item, self._absent() | (number < typed(below)))

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item, strongly consistent; an expired one counts as absent."""
        with translated():
            response = self._model._get_connection().get_item(pk, sk, consistent_read=True)
        return self._live(response.get("Item"))

    def take(self, pk: str, sk: str) -> Item | None:
        """Delete an item and return it: of several takers exactly one gets it.

        Raises
        ------
        TransientDependency
            Nothing was there, but the request had been repeated: the item may have been taken by
            the try whose reply was lost.
        """
        with translated():
            response = self._model._get_connection().delete_item(pk, sk, return_values="ALL_OLD")
        taken = response.get("Attributes")
        if not taken and retries(response) > 0:
            raise TransientDependency("the reply that would have held the item was lost")
        return self._live(taken)

    def list(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the live items of a partition in key order, strongly consistent."""
        condition = OpsModel.sort.startswith(prefix) if prefix else None
        found: list[Item] = []
        start: Any = None
        while True:
            with translated():
                response = self._model._get_connection().query(
                    pk,
                    range_key_condition=condition,
                    consistent_read=True,
                    exclusive_start_key=start,
                )
            found += [item for image in response["Items"] if (item := self._live(image))]
            start = response.get("LastEvaluatedKey")
            if not start:
                return found

    def page(self, pk: str, after: str, limit: int) -> Sequence[Item]:
        """Return up to so many live items of a partition behind a sort key, in key order."""
        condition = OpsModel.sort > after if after else None
        start: Any = None
        while True:
            with translated():
                response = self._model._get_connection().query(
                    pk,
                    range_key_condition=condition,
                    consistent_read=True,
                    limit=limit,
                    exclusive_start_key=start,
                )
            found = [item for image in response["Items"] if (item := self._live(image))]
            start = response.get("LastEvaluatedKey")
            # A page of which everything has expired is not the end.
            if found or not start:
                return found

    def delete(self, pk: str, sk: str) -> None:
        """Delete an item if it is there."""
        with translated():
            self._model._get_connection().delete_item(pk, sk)

    def _record(self, item: Item) -> OpsModel:
        return self._model(item.pk, item.sk, attributes_map=item.attributes or None, ttl=item.ttl)

    def _put_where(self, item: Item, condition: Condition) -> bool:
        with translated():
            try:
                self._record(item).save(condition=condition)
            except PutError as error:
                if not condition_failed(error):
                    raise
                # When botocore repeated a request whose reply was lost, the condition fails on
                # our own write.
                return was_retried(error) and self.get(item.pk, item.sk) == item
        return True

    def _absent(self) -> Condition:
        expired: Condition = OpsModel.ttl <= self._now_s()
        absent: Condition = OpsModel.partition.does_not_exist() | expired
        return absent

    def _live(self, image: Mapping[str, Any] | None) -> Item | None:
        if not image:
            return None
        values = plain_item(image)
        ttl = values.get("ttl")
        if ttl is not None and ttl <= self._now_s():
            return None
        return Item(values["pk"], values["sk"], values.get("d", {}), ttl)

    def _now_s(self) -> int:
        return self._clock.now() // 1000
