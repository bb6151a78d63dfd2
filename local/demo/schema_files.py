"""The published event contract, as consumers get it: the committed JSON Schemas.

Decides whether an envelope conforms. Reads the files and not the models they are made from,
because the files are what is promised.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from local.cloud.paths import ROOT

FOLDER = ROOT / "schemas" / "events"


def fault(event: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an envelope, or None."""
    kind = str(event.get("detail-type"))
    version = event.get("detail", {}).get("metadata", {}).get("schema_version")
    validator = _validator(kind, str(version))
    if validator is None:
        return f"there is no schema {kind}.v{version}"
    error = next(iter(validator.iter_errors(event)), None)
    return None if error is None else f"{error.json_path}: {error.message}"


@cache
def _validator(kind: str, version: str) -> Draft202012Validator | None:
    path = FOLDER / f"{kind}.v{version}.schema.json"
    # The name comes from an event: it must not lead out of the folder.
    if path.parent != FOLDER or not path.is_file():
        return None
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
