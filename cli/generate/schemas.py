"""``schemas/``: JSON Schema per event, OpenAPI of the agent API, AsyncAPI of the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from centralino.contracts import configuration, flows, realtime, webvoice
from centralino.contracts.envelope import SCHEMA_VERSION
from centralino.contracts.events import EVENTS, Metadata

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def files() -> Iterator[tuple[Path, str]]:
    """Yield the path under the checkout and the text of every generated schema."""
    for name in EVENTS:
        yield Path("schemas/events") / f"{name}.v{SCHEMA_VERSION}.schema.json", _json(event(name))
    yield Path("schemas/configuration.schema.json"), _json(configuration.json_schema())
    yield Path("schemas/flow.schema.json"), _json(flows.json_schema())
    yield Path("schemas/openapi.json"), _json(openapi())
    yield Path("schemas/asyncapi.yaml"), yaml.safe_dump(asyncapi(), sort_keys=False, width=100)


def event(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one event as EventBridge delivers it."""
    source, model = EVENTS[name]
    schemas, shared = TypeAdapter.json_schemas(
        [
            ("metadata", "validation", TypeAdapter(Metadata)),
            ("data", "validation", TypeAdapter(model)),
        ]
    )
    return {
        "$schema": DIALECT,
        "title": name,
        "description": (model.__doc__ or "").strip(),
        "type": "object",
        "required": ["source", "detail-type", "detail"],
        "properties": {
            "source": {"const": source},
            "detail-type": {"const": name},
            "detail": {
                "type": "object",
                "additionalProperties": False,
                "required": ["metadata", "data"],
                "properties": {
                    "metadata": schemas[("metadata", "validation")],
                    "data": schemas[("data", "validation")],
                },
            },
        },
        **shared,
    }


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the agent API and of the public one."""
    from centralino.runtime import api, public

    document = api.openapi()
    for part in ("paths", "components"):
        _merge(document[part], public.openapi()[part])
    return document


def _merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    """Add a document's parts to another's; what both have must be the same."""
    for name, value in other.items():
        found = into.setdefault(name, value)
        if found is not value and isinstance(found, dict):
            _merge(found, value)
        elif found != value:
            raise ValueError(f"two APIs define {name!r} differently")


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document of the realtime connection."""
    sent = {m.__name__: m for m in (*realtime.SENT_BY_SERVER, *webvoice.SENT_BY_SERVER)}
    taken = {m.__name__: m for m in (*realtime.SENT_BY_PAGE, *webvoice.SENT_BY_PAGE)}
    messages = {**sent, **taken}
    payloads, shared = _payloads(messages)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Centralino realtime connection",
            "version": "1",
            "description": "Opened with a single-use ticket as the query parameter `ticket`: an "
            "agent's page gets it from POST /v1/realtime/tickets, a caller's page from "
            "POST /v1/public/calls. One JSON object per frame, up to 32 KB.",
        },
        "channels": {
            "page": {
                "address": "/",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            "push": _operation("send", sent),
            "tell": _operation("receive", taken),
        },
        "components": {
            "messages": {
                name: {"summary": (model.__doc__ or "").strip(), "payload": payloads[name]}
                for name, model in messages.items()
            },
            "schemas": shared,
        },
    }


def _payloads(messages: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of each message, and of what they share, for references to it."""
    payloads: dict[str, Any] = {}
    shared: dict[str, Any] = {}
    for name, model in messages.items():
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        shared.update(schema.pop("$defs", {}))
        payloads[name] = schema
    return payloads, dict(sorted(shared.items()))


def _operation(action: str, messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/page"},
        "messages": [{"$ref": f"#/channels/page/messages/{name}"} for name in messages],
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
