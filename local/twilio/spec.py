"""Holds requests and answers against the carrier's own OpenAPI document.

Decides whether a request or an answer conforms. Never decides whether an operation is possible,
and is absent (``TwilioSpec.find`` gives None) where the document is not there.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from local.twilio.errors import RestError, method_not_allowed, no_from, no_to, not_found

logger = logging.getLogger(__name__)

DOCUMENT = Path("specs") / "twilio_api_v2010.json"
_INTEGER = re.compile(r"^-?\d+$")
# An empty value takes these away from a number, though the document asks for an identifier.
_REMOVABLE = frozenset({"VoiceApplicationSid", "TrunkSid", "SmsApplicationSid"})
# The form gives text; each required parameter has a code of its own in the carrier's answers.
_MISSING = {"To": no_to, "From": no_from}

Schema = dict[str, Any]
Operation = dict[str, Any]


def shared_folder() -> Path:
    """Give the folder of specifications: ``CENTRALINO_SHARED``, else ``../shared`` by the repo."""
    told = os.environ.get("CENTRALINO_SHARED")
    return Path(told) if told else Path(__file__).resolve().parents[2].parent / "shared"


class Nonconforming(RestError):
    """A request the OpenAPI document does not allow."""

    def __init__(self, message: str, code: int = 20001, status: int = 400) -> None:
        super().__init__(code, status, message)


class TwilioSpec:
    """The OpenAPI document, read once; a validator is built when an operation is first used."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths: Mapping[str, Any] = document["paths"]
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]
        self._validators: dict[tuple[str, ...], Draft202012Validator] = {}
        self._request_formats = _formats(relative=False)
        self._response_formats = _formats(relative=True)

    @classmethod
    def find(cls, folder: Path | None = None) -> TwilioSpec | None:
        """Read the document from ``folder`` or the shared one; None, with one line, if absent."""
        path = (folder or shared_folder()) / DOCUMENT
        if not path.is_file():
            logger.warning("no OpenAPI document at %s: REST requests are not validated", path)
            return None
        return _read(path)

    def operation(self, method: str, template: str) -> Operation:
        """Give the operation, or refuse a method the path does not have."""
        item = self._paths.get(template)
        if item is None:
            raise not_found(template)
        found = item.get(method.lower())
        if found is None:
            raise method_not_allowed()
        return dict(found)

    def check_request(
        self,
        method: str,
        template: str,
        path: Mapping[str, str],
        query: Sequence[tuple[str, str]],
        form: Sequence[tuple[str, str]],
    ) -> None:
        """Raise `RestError` when a parameter is unknown, missing, mistyped or out of range."""
        operation = self.operation(method, template)
        declared = operation.get("parameters", [])
        for parameter in declared:
            name = parameter["name"]
            if parameter["in"] == "path":
                key = (method, template, "path", name)
                self._check_value(key, parameter["schema"], path[name], name, code=20404)
        known = {p["name"]: p["schema"] for p in declared if p["in"] == "query"}
        self._check_pairs((method, template, "query"), {"properties": known}, query)
        body = operation.get("requestBody", {}).get("content", {})
        schema = body.get("application/x-www-form-urlencoded", {}).get("schema", {})
        self._check_pairs((method, template, "form"), schema, form)

    def check_response(self, method: str, template: str, status: int, body: object) -> list[str]:
        """Give what is wrong with an answer, nothing if it conforms."""
        responses = self.operation(method, template)["responses"]
        declared = responses.get(str(status))
        if declared is None:
            return [f"status {status} is not declared"]
        schema = declared.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return [] if body is None else ["a body where none is declared"]
        validator = self._validator((method, template, str(status)), schema, response=True)
        return [
            f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in validator.iter_errors(body)
        ]

    def _check_pairs(
        self, key: tuple[str, ...], schema: Schema, pairs: Sequence[tuple[str, str]]
    ) -> None:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name, []).append(value)
        unknown = sorted(set(given) - set(properties))
        if unknown:
            raise Nonconforming(f"Unknown parameters: {', '.join(unknown)}")
        for name in schema.get("required", ()):
            if not any(given.get(name, ())):
                raise _MISSING[name]() if name in _MISSING else Nonconforming(f"No {name} given")
        for name, values in given.items():
            inner = properties[name]
            if inner.get("type") == "array":
                inner = inner["items"]
            elif len(values) > 1:
                raise Nonconforming(f"{name} is given more than once")
            for value in values:
                if value or name not in _REMOVABLE:
                    self._check_value((*key, name), inner, value, name)

    def _check_value(
        self, key: tuple[str, ...], schema: Schema, value: str, name: str, code: int = 20001
    ) -> None:
        validator = self._validator(key, schema)
        plain = validator.schema
        wanted = plain.get("type") if isinstance(plain, Mapping) else None
        error = next(iter(validator.iter_errors(_typed(value, wanted))), None)
        if error is not None:
            status = 404 if code == 20404 else 400
            raise Nonconforming(f"Invalid value for {name}: {error.message}", code, status)

    def _validator(
        self, key: tuple[str, ...], schema: Schema, response: bool = False
    ) -> Draft202012Validator:
        found = self._validators.get(key)
        if found is None:
            formats = self._response_formats if response else self._request_formats
            found = Draft202012Validator(self._plain(schema), format_checker=formats)
            self._validators[key] = found
        return found

    def _plain(self, schema: Any) -> Any:
        """Turn an OpenAPI 3.0 schema into JSON Schema: references in place, null as a type."""
        if isinstance(schema, list):
            return [self._plain(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return self._plain(self._schemas[schema["$ref"].rpartition("/")[2]])
        plain = {
            name: self._plain(value)
            for name, value in schema.items()
            if name not in ("nullable", "example", "description", "x-twilio")
        }
        if schema.get("nullable") and "type" in plain:
            plain["type"] = [plain["type"], "null"]
        return plain


@cache
def _read(path: Path) -> TwilioSpec:
    return TwilioSpec(json.loads(path.read_text(encoding="utf-8")))


def _typed(value: str, wanted: object) -> object:
    """Read form text as the type the schema asks for; text that cannot be stays text, and fails."""
    if wanted == "integer" and _INTEGER.match(value):
        return int(value)
    if wanted == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _formats(*, relative: bool) -> FormatChecker:
    checker = FormatChecker(formats=())

    def is_uri(value: object) -> bool:
        if not isinstance(value, str) or (relative and value.startswith("/")):
            return True
        if not value:
            return True  # the document's own words for WaitUrl: an empty string is silence
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.netloc)

    def is_date(value: object) -> bool:
        if isinstance(value, str):
            # Without an RFC 2822 zone the time would be read as local by the reader.
            return parsedate_to_datetime(value).tzinfo is not None
        return True

    checker.checks("uri")(is_uri)
    checker.checks("date-time-rfc-2822", raises=(ValueError, TypeError))(is_date)
    return checker
