"""``schemas/``: JSON Schema per event, OpenAPI of the agent API, AsyncAPI of the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from centralino.contracts import configuration, flows, realtime
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
    """Return the OpenAPI document of the agent API."""
    from centralino.runtime.api import openapi as document

    return document()


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document of the realtime connection."""
    sent = {model.__name__: model for model in realtime.SENT_BY_SERVER}
    taken = {model.__name__: model for model in realtime.SENT_BY_PAGE}
    messages = {**sent, **taken}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Centralino realtime connection",
            "version": "1",
            "description": "Opened with a single-use ticket from POST /v1/realtime/tickets as "
            "the query parameter `ticket`. One JSON object per frame, up to 32 KB.",
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
                name: {
                    "summary": (model.__doc__ or "").strip(),
                    "payload": model.model_json_schema(),
                }
                for name, model in messages.items()
            }
        },
    }


def _operation(action: str, messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/page"},
        "messages": [{"$ref": f"#/channels/page/messages/{name}"} for name in messages],
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
