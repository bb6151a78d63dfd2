"""Asks the unpatched emulator whether it still behaves as each patch assumes.

Run by test_patches.py with the emulator's own interpreter; prints `{patch: still needed}`.
Calls the same functions the patches replace, without applying any patch.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable


def provision_route_responses() -> bool:
    return not _is_provisioned("AWS::ApiGatewayV2::RouteResponse")


def provision_archives() -> bool:
    return not _is_provisioned("AWS::Events::Archive")


def enable_time_to_live() -> bool:
    from ministack.services import dynamodb
    from ministack.services.cloudformation import provisioners

    name, _ = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["create"](
        "Probe",
        {
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
        },
        "probe",
    )
    _, _, body = dynamodb._describe_ttl({"TableName": name})
    status: str = json.loads(body)["TimeToLiveDescription"]["TimeToLiveStatus"]
    return status == "DISABLED"


def translate_cors_keys() -> bool:
    from ministack.services import apigateway
    from ministack.services.cloudformation import provisioners

    api_id, _ = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]["create"](
        "Probe", {"CorsConfiguration": {"AllowOrigins": ["https://agents.example"]}}, "probe"
    )
    stored = apigateway._apis[api_id]["corsConfiguration"]
    answer = apigateway._cors_preflight_response(stored, "https://agents.example")
    return bool(answer[0] == 403)


def share_extracted_layers() -> bool:
    """Two workers of one function import the layer from two places."""
    first, second = _layer_file(), _layer_file()
    return first != second


def answer_quiet_handlers_at_once() -> bool:
    from ministack.core.lambda_runtime import Worker

    worker = Worker("probe", {}, b"")
    started = time.monotonic()
    worker._drain_stderr_bounded()
    return time.monotonic() - started > 0.03


def poll_streams_apart() -> bool:
    """A pass over the streams lasts as long as the function it calls."""
    from ministack.services import dynamodb, lambda_svc
    from ministack.services.cloudformation import provisioners

    lambda_svc._poller_started = True
    lambda_svc._execute_function = _half_a_second
    handlers = provisioners._RESOURCE_HANDLERS
    function, _ = handlers["AWS::Lambda::Function"]["create"](
        "Function", {"Code": {"ZipFile": "x"}, "Handler": "index.handler"}, "probe"
    )
    table, attributes = handlers["AWS::DynamoDB::Table"]["create"](
        "Streamed",
        {
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        },
        "probe",
    )
    mapping = {
        "FunctionName": function,
        "EventSourceArn": attributes["StreamArn"],
        "StartingPosition": "TRIM_HORIZON",
    }
    handlers["AWS::Lambda::EventSourceMapping"]["create"]("Mapping", mapping, "probe")
    dynamodb._put_item({"TableName": table, "Item": {"k": {"S": "1"}}})
    started = time.monotonic()
    lambda_svc._poll_dynamodb_streams()
    return time.monotonic() - started > 0.4


def queue_for_workers() -> bool:
    """Any number of invocations at once get a worker each, without waiting."""
    from ministack.services import lambda_svc

    config = {
        "FunctionName": "crowd",
        "FunctionArn": "arn:aws:lambda:eu-south-1:000000000000:function:crowd",
        "Runtime": "python3.13",
        "Handler": "handler.handler",
    }
    leased = [lambda_svc.acquire_worker("crowd", config, b"") for _ in range(64)]
    return all(reason == "spawn" for _, reason in leased)


def _half_a_second(function: object, event: object) -> dict[str, object]:
    time.sleep(0.5)
    return {}


def _is_provisioned(resource: str) -> bool:
    from ministack.services.cloudformation import provisioners

    return resource in provisioners._RESOURCE_HANDLERS


def _layer_file() -> str:
    from ministack.core.lambda_runtime import Worker
    from ministack.services import lambda_svc

    layer = _zip({"python/probed.py": ""})
    code = "import probed\ndef handler(event, context):\n    return probed.__file__\n"
    # The version's content is looked up by its ARN; here it is at hand.
    lambda_svc._resolve_layer_zip = lambda reference: layer
    config = {
        "FunctionName": "probe",
        "FunctionArn": "arn:aws:lambda:eu-south-1:000000000000:function:probe",
        "Runtime": "python3.13",
        "Handler": "handler.handler",
        "Layers": ["arn:aws:lambda:eu-south-1:000000000000:layer:probe:1"],
    }
    worker = Worker("probe", config, _zip({"handler.py": code}))
    try:
        return str(worker.invoke({}, "probe")["result"])
    finally:
        worker.kill()


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PROBES: tuple[Callable[[], bool], ...] = (
    provision_route_responses,
    provision_archives,
    enable_time_to_live,
    translate_cors_keys,
    share_extracted_layers,
    answer_quiet_handlers_at_once,
    poll_streams_apart,
    queue_for_workers,
)


if __name__ == "__main__":
    json.dump({probe.__name__: probe() for probe in PROBES}, sys.stdout)
    sys.stdout.flush()
    # The emulator's modules start threads of their own when imported.
    os._exit(0)
