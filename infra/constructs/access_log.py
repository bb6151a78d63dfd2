"""Access logs of the APIs.

Decides the fields of a record: enough to find a slow or refused request, nothing about a
person. Query strings stay out, for they may carry a ticket.
"""

from __future__ import annotations

import json

from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_logs as logs
from constructs import Construct

_COMMON = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "route": "$context.routeKey",
    "status": "$context.status",
    "integrationStatus": "$context.integrationStatus",
    "integrationError": "$context.integrationErrorMessage",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.message",
    "authorizerError": "$context.authorizer.error",
}
_HTTP = {
    **_COMMON,
    "latency": "$context.responseLatency",
    "bytes": "$context.responseLength",
}
_WEBSOCKET = {
    **_COMMON,
    "event": "$context.eventType",
    "connection": "$context.connectionId",
}


def log_http_access(stage: apigw.HttpStage, log_group: logs.LogGroup) -> None:
    """Have the stage of an HTTP API write its access log."""
    _log_access(stage, log_group, _HTTP)


def log_websocket_access(stage: apigw.WebSocketStage, log_group: logs.LogGroup) -> None:
    """Have the stage of a WebSocket API write its access log."""
    _log_access(stage, log_group, _WEBSOCKET)


def _log_access(stage: Construct, log_group: logs.LogGroup, fields: dict[str, str]) -> None:
    # Set on the resource: the stage's own property takes an object that jsii would have to
    # call back into this process for.
    resource = stage.node.default_child
    if not isinstance(resource, apigw.CfnStage):
        raise TypeError(f"{stage.node.path} is no stage")
    resource.access_log_settings = apigw.CfnStage.AccessLogSettingsProperty(
        destination_arn=log_group.log_group_arn, format=json.dumps(fields)
    )
