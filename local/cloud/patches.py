"""Corrections of the emulator, each with its reason; applied by the launcher before it serves.

Decides which behaviours of the pinned release are corrected, and never adds a feature AWS
lacks. Every patch is checked by tests/integration/local/test_patches.py against the unpatched
emulator, so that one which is no longer needed is noticed when the pin moves.

Runs in the emulator's environment only.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

RELEASE = "1.5.33"
#: As long as an API waits for its function; whoever waits longer is throttled, as before.
WORKER_WAIT_S = 29.0

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]


def require_release() -> None:
    """Refuse any other release: the patches name private functions of this one."""
    installed = importlib.metadata.version("ministack")
    if installed != RELEASE:
        raise SystemExit(
            f"the embedded cloud's patches are written for ministack {RELEASE}, "
            f"found {installed}; rebuild .local/ministack-venv from requirements/embedded.txt"
        )


def provision_route_responses() -> None:
    """Provision `AWS::ApiGatewayV2::RouteResponse`.

    CloudFormation here rejects the whole template over this type, though the service itself
    has the operation. A WebSocket route that answers its caller needs one.
    """
    from ministack.services import apigateway
    from ministack.services.cloudformation import provisioners

    def create(_logical_id: str, props: Properties, _stack_name: str) -> Provisioned:
        api_id, route_id = props["ApiId"], _route_id(props)
        status, _, body = apigateway._create_route_response(
            api_id, route_id, {"routeResponseKey": props.get("RouteResponseKey", "$default")}
        )
        answer = _accepted("AWS::ApiGatewayV2::RouteResponse", status, body)
        return answer["routeResponseId"], {}

    def delete(physical_id: str, props: Properties) -> None:
        apigateway._delete_route_response(props["ApiId"], _route_id(props), physical_id)

    provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::RouteResponse"] = {
        "create": create,
        "delete": delete,
    }


def provision_archives() -> None:
    """Provision `AWS::Events::Archive`, rejected in the same way.

    The event bus of every deployment is archived, so that consumers can replay.
    """
    from ministack.services import eventbridge
    from ministack.services.cloudformation import provisioners

    def create(logical_id: str, props: Properties, stack_name: str) -> Provisioned:
        name = props.get("ArchiveName") or f"{stack_name}-{logical_id}"[:48]
        status, _, body = eventbridge._create_archive(
            {
                "ArchiveName": name,
                "EventSourceArn": props["SourceArn"],
                "Description": props.get("Description", ""),
                "EventPattern": json.dumps(props["EventPattern"])
                if props.get("EventPattern")
                else "",
                "RetentionDays": int(props.get("RetentionDays", 0)),
            }
        )
        answer = _accepted("AWS::Events::Archive", status, body)
        return name, {"Arn": answer["ArchiveArn"], "ArchiveName": name}

    def delete(physical_id: str, _props: Properties) -> None:
        eventbridge._delete_archive({"ArchiveName": physical_id})

    provisioners._RESOURCE_HANDLERS["AWS::Events::Archive"] = {"create": create, "delete": delete}


def enable_time_to_live() -> None:
    """Turn on the TTL a table's template asks for.

    CloudFormation here drops `TimeToLiveSpecification`, so tickets and connections would
    never expire, while the service itself does expire items.
    """
    from ministack.services import dynamodb
    from ministack.services.cloudformation import provisioners

    unpatched = provisioners._ddb_create

    def create(logical_id: str, props: Properties, stack_name: str) -> Provisioned:
        name, attributes = unpatched(logical_id, props, stack_name)
        wanted = props.get("TimeToLiveSpecification")
        if wanted and wanted.get("Enabled"):
            dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": dict(wanted)})
        return name, attributes

    # Both names: the global table's provisioner calls the function by its module name.
    provisioners._ddb_create = create
    provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["create"] = create


def translate_cors_keys() -> None:
    """Store an HTTP API's CORS configuration under the keys the gateway reads.

    Templates say `AllowOrigins`, the gateway looks for `allowOrigins`: every preflight of a
    deployed API is refused with 403, and the web client cannot call it.
    """
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    unpatched_create, unpatched_update = handlers["create"], handlers["update"]

    def translated(props: Properties) -> dict[str, Any]:
        cors = props.get("CorsConfiguration")
        if not cors:
            return dict(props)
        keys = {key[0].lower() + key[1:]: value for key, value in cors.items()}
        return {**props, "CorsConfiguration": keys}

    def create(logical_id: str, props: Properties, stack_name: str) -> Provisioned:
        result: Provisioned = unpatched_create(logical_id, translated(props), stack_name)
        return result

    def update(
        physical_id: str,
        old_props: Properties,
        new_props: Properties,
        stack_name: str,
        logical_id: str | None = None,
    ) -> Provisioned:
        result: Provisioned = unpatched_update(
            physical_id, old_props, translated(new_props), stack_name, logical_id
        )
        return result

    handlers["create"], handlers["update"] = create, update


def share_extracted_layers() -> None:
    """Unpack a layer once, not once per worker process.

    Each worker unpacks its layers into a directory of its own, so Python also compiles every
    module again: that is most of a cold start, and a burst of calls pays it per process.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    unpatched = lambda_runtime.Worker._spawn
    store = Path(tempfile.gettempdir()) / "layers"
    lock = threading.Lock()

    def unpacked(content: bytes) -> str:
        target = store / hashlib.sha256(content).hexdigest()
        with lock:
            if not target.exists():
                store.mkdir(parents=True, exist_ok=True)
                packed = target.with_suffix(".zip")
                partial = target.with_suffix(".partial")
                packed.write_bytes(content)
                with zipfile.ZipFile(packed) as archive:
                    archive.extractall(partial)
                packed.unlink()
                partial.rename(target)
        return str(target)

    def spawn(self: Any) -> None:
        attached = self.config.get("Layers") or []
        if not attached or not str(self.config.get("Runtime", "")).startswith("python"):
            unpatched(self)
            return
        contents = [lambda_svc._resolve_layer_zip(reference) for reference in attached]
        directories = os.pathsep.join(unpacked(content) for content in contents if content)
        original = self.config
        variables = (original.get("Environment") or {}).get("Variables", {})
        # The worker script reads this variable whoever sets it.
        self.config = {
            **original,
            "Layers": [],
            "Environment": {"Variables": {**variables, "_LAMBDA_LAYERS_DIRS": directories}},
        }
        try:
            unpatched(self)
        finally:
            self.config = original

    lambda_runtime.Worker._spawn = spawn


def answer_quiet_handlers_at_once() -> None:
    """Wait 5 ms, not 50, for the log lines of a handler that writes none.

    The wait is part of every reply, and the one thread that polls queues and streams waits too.
    """
    from ministack.core import lambda_runtime

    drain = lambda_runtime.Worker._drain_stderr_bounded
    _, idle_confirm, hard_cap = drain.__defaults__
    drain.__defaults__ = (0.005, idle_confirm, hard_cap)


def poll_streams_apart() -> None:
    """Read table streams in a thread of their own.

    One thread reads queues and streams here, and runs a stream's function itself: while the
    outbox relay works, or starts, no queue is read, and routing waits for it.
    """
    from ministack.services import dynamodb, lambda_svc

    poll = lambda_svc._poll_dynamodb_streams
    written = threading.Event()

    def read() -> None:
        while True:
            written.clear()
            try:
                advanced = poll()
            except Exception:  # noqa: BLE001 - a dead thread would stop every stream
                lambda_svc.logger.exception("stream poller")
                advanced = False
            if not advanced:
                # A failed batch is due again after a pause, without a write.
                written.wait(1)

    lambda_svc._poll_dynamodb_streams = lambda: False
    # Table writes wake this thread, and no longer the one that reads queues.
    dynamodb.esm_wake = written
    threading.Thread(target=read, daemon=True, name="stream-poller").start()


def queue_for_workers() -> None:
    """Let an invocation wait for a worker once several of its function run.

    Whoever finds no idle worker starts another process here. On AWS that costs somebody else's
    processor; on a laptop a start takes two seconds of the one that the pending calls need, until
    functions time out and their workers, ended for it, are started again. Upstream never waits,
    because a function may call itself; none of ours does. Waiting is no part of the time-out.
    """
    from ministack.services import lambda_svc

    unpatched = lambda_svc.acquire_worker
    most = max(4, 2 * (os.cpu_count() or 1))

    def acquire(
        func_name: str,
        config: dict[str, Any],
        code_zip: bytes,
        qualifier: str = "$LATEST",
        max_concurrency: int | None = None,
    ) -> tuple[Any, str]:
        deadline = time.monotonic() + WORKER_WAIT_S
        while True:
            worker, reason = unpatched(
                func_name, config, code_zip, qualifier, max_concurrency or most
            )
            if worker is not None or time.monotonic() > deadline:
                return worker, reason
            time.sleep(0.005)

    lambda_svc.acquire_worker = acquire


def _route_id(props: Properties) -> str:
    # A route's Ref is "{api}/{route}" here, where AWS has the route id alone.
    return str(props["RouteId"]).rpartition("/")[2]


def _accepted(resource: str, status: int, body: bytes) -> dict[str, Any]:
    if status >= 400:
        raise ValueError(f"{resource}: {body.decode()}")
    answer: dict[str, Any] = json.loads(body)
    return answer


PATCHES: dict[str, Callable[[], None]] = {
    patch.__name__: patch
    for patch in (
        provision_route_responses,
        provision_archives,
        enable_time_to_live,
        translate_cors_keys,
        share_extracted_layers,
        answer_quiet_handlers_at_once,
        poll_streams_apart,
        queue_for_workers,
    )
}


def apply_all() -> None:
    """Apply every patch."""
    for patch in PATCHES.values():
        patch()
