"""Which tables, where, and over which connection: the wiring of the models.

Decides time-outs and retries. All models of one binding share one connection, so a process builds
one botocore client and keeps its sockets.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar, cast

from pynamodb.connection.base import Connection
from pynamodb.models import Model

from centralino.adapters.dynamodb.models import AgentModel, ConfigModel, ContactModel, OpsModel

_M = TypeVar("_M", bound=Model)

#: A request that takes longer is repeated; the matcher has ten seconds for a whole drain.
CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 2.0
ATTEMPTS = 3
#: How many requests can be under way at once.
SOCKETS = 32


@dataclass(frozen=True, slots=True)
class TableNames:
    """The physical names of the four tables."""

    contacts: str
    agents: str
    config: str
    operations: str


class SharedConnection(Connection):
    """A connection whose client is built once, however many threads ask for it first.

    botocore's client building is not safe between threads; using the client is.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._building = Lock()

    @property
    def client(self) -> Any:
        """The botocore client, built at the first use."""
        with self._building:
            return super().client


@dataclass(frozen=True, slots=True)
class Tables:
    """The models bound to tables, and the connection they share."""

    contacts: type[ContactModel]
    agents: type[AgentModel]
    config: type[ConfigModel]
    operations: type[OpsModel]
    connection: Connection


def bind(
    names: TableNames,
    *,
    region: str | None = None,
    host: str | None = None,
    attempts: int = ATTEMPTS,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
    sockets: int = SOCKETS,
) -> Tables:
    """Return models bound to these tables.

    No request is made and no client is built until the first use.

    Parameters
    ----------
    region, host : str, optional
        Where the tables are; botocore's environment decides when left out.
    attempts : int
        Tries per request, the first one included (botocore's ``standard`` mode).
    """
    connection = SharedConnection(
        region=region,
        host=host,
        connect_timeout_seconds=connect_timeout_s,
        read_timeout_seconds=read_timeout_s,
        retry_configuration={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=sockets,
    )
    return Tables(
        contacts=_bound(ContactModel, names.contacts, connection),
        agents=_bound(AgentModel, names.agents, connection),
        config=_bound(ConfigModel, names.config, connection),
        operations=_bound(OpsModel, names.operations, connection),
        connection=connection,
    )


def _bound(model: type[_M], table: str, connection: Connection) -> type[_M]:
    """Return a subclass of the model for one table, on the shared connection."""
    meta = type("Meta", (), {"table_name": table, "region": None, "host": None})
    names = {"Meta": meta, "__module__": model.__module__}
    bound = cast(
        "type[_M]", types.new_class(model.__name__, (model,), {}, lambda ns: ns.update(names))
    )
    # PynamoDB would open a connection, hence a client, per model.
    own = bound._get_connection()
    connection.add_meta_table(own.get_meta_table())
    own.connection = connection
    return bound
