"""The product's use cases as an administrator runs them against a deployment from outside.

Decides which adapters stand behind the ports: those of the product, aimed at the embedded cloud.
Media are the direct ones, because an administrator touches no call.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from centralino.adapters.dynamodb.configuration import DynamoConfiguration
from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from centralino.adapters.sqs import SqsNudges, SqsTimers
from centralino.adapters.system import RandomIds, SystemClock
from centralino.adapters.telephony.direct import DirectMedia
from centralino.adapters.websocket import WebSocketRealtime
from centralino.application.app import App
from centralino.application.publishing import Office
from local.cloud import Deployment, client
from local.cloud.clients import ACCESS_KEY, SECRET_KEY
from local.cloud.cloud import REGION

logger = logging.getLogger(__name__)


class _Log:
    """The ``Log`` port over the standard library."""

    def info(self, message: str, **fields: Any) -> None:
        """Log what happened."""
        logger.info("%s %s", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """Log what an operator may want to know."""
        logger.warning("%s %s", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """Log what an operator must know."""
        logger.error("%s %s", message, fields)


def administrator(deployment: Deployment) -> App:
    """Return the ports of a deployment."""
    found, clock, ids = tables(deployment.endpoint, deployment.tables), SystemClock(), RandomIds()
    endpoint, operations = deployment.endpoint, DynamoOperations(found, clock)
    sqs = client("sqs", endpoint)
    return App(
        store=DynamoStore(found, ids),
        operations=operations,
        configuration=published_rules(deployment),
        timers=SqsTimers(sqs, deployment.queues.timers),
        nudges=SqsNudges(sqs, deployment.queues.nudges, ids),
        realtime=WebSocketRealtime(
            lambda: client("apigatewaymanagementapi", endpoint), operations, _Log()
        ),
        media=DirectMedia(),
        clock=clock,
        ids=ids,
        log=_Log(),
    )


def publishing_office(deployment: Deployment) -> Office:
    """Return what publishing rules needs of a deployment."""
    app = administrator(deployment)
    return Office(published_rules(deployment), app.store, app.operations, app.clock)


def published_rules(deployment: Deployment) -> DynamoConfiguration:
    """Return the rules in force in a deployment, and their publisher."""
    return DynamoConfiguration(tables(deployment.endpoint, deployment.tables), SystemClock())


@cache
def tables(endpoint: str, names: Any) -> Tables:
    """Return the product's models bound to a deployment's tables."""
    bound = bind(
        TableNames(names.contacts, names.agents, names.config, names.ops),
        region=REGION,
        host=endpoint,
    )
    # The caller's own AWS account plays no part here.
    bound.connection.session.set_credentials(ACCESS_KEY, SECRET_KEY)
    return bound
