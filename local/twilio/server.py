"""The carrier's REST server on loopback: HTTP in, HTTP out.

Decides who may ask (basic auth), which operation a path means, and how a refusal, a fault or a
nonconforming answer goes back. Never decides what an operation does.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from local.twilio import errors
from local.twilio.api import ACCOUNT, Api
from local.twilio.errors import RestError
from local.twilio.exchange import Exchange
from local.twilio.journal import RestEntry
from local.twilio.recording_rest import MEDIA
from local.twilio.rest import Reply, Request
from local.twilio.spec import TwilioSpec

logger = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
_UNDESCRIBED = frozenset({ACCOUNT + MEDIA})
_NAME = re.compile(r"\\{(\w+)\\}")


class RestServer:
    """Serves `Api` over HTTP on 127.0.0.1."""

    def __init__(self, exchange: Exchange, spec: TwilioSpec | None) -> None:
        self._exchange = exchange
        self._spec = spec
        self._operations = Api(exchange).operations
        self._templates = {
            template: re.compile("^" + _NAME.sub(r"(?P<\1>[^/]+)", re.escape(template)) + "$")
            for template in dict.fromkeys(template for _, template in self._operations)
        }
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.violations: list[str] = []

    async def open(self, port: int) -> None:
        """Listen on ``port``, 0 for any that is free; `port` tells which."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, incoming: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        raw = (await incoming.read()).decode("utf-8", "replace")
        query = parse_qsl(incoming.rel_url.raw_query_string, keep_blank_values=True)
        form = parse_qsl(raw, keep_blank_values=True)
        path = unquote(incoming.rel_url.raw_path)
        entry = self._exchange.journal.add_rest(
            RestEntry(incoming.method, path, tuple(query + form))
        )
        fault = self._exchange.faults.for_rest(entry)
        entry.fault = fault.action if fault else ""
        try:
            if fault is not None and fault.action == "error":
                raise errors.internal(fault.status)
            if fault is not None and fault.action == "too-many":
                raise errors.too_many()
            if fault is not None and not fault.done:
                status, body = 504, None
            else:
                status, body = await self._answer(incoming, entry, query, form)
        except RestError as error:
            status, body = error.status, error.body()
            entry.code = error.code
        except Exception as error:
            logger.exception("the carrier failed on %s %s", incoming.method, path)
            self._exchange.crashes.append(error)
            status, body = 500, errors.internal().body()
            entry.code = 20500
        sound = body if isinstance(body, Iterator) else None
        entry.status, entry.body = status, None if sound is not None else body
        entry.duration_ms = round((time.perf_counter() - started) * 1000, 3)
        self._exchange.journal.write(entry)
        if fault is not None and fault.action == "timeout":
            await asyncio.sleep(fault.seconds)
            if incoming.transport is not None:
                incoming.transport.abort()
        if sound is not None:
            return await self._listen(incoming, sound, cut=entry.fault == "cut")
        if body is None:
            return web.Response(status=status)
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if status == 401 else None
        return web.json_response(body, status=status, headers=headers)

    async def _listen(
        self, incoming: web.Request, sound: Iterator[bytes], cut: bool
    ) -> web.StreamResponse:
        """Send sound piece by piece; a cut one ends after the first with the line."""
        pieces = list(sound)
        response = web.StreamResponse()
        response.content_type = "audio/x-wav"
        response.content_length = sum(map(len, pieces))
        await response.prepare(incoming)
        for piece in pieces:
            await response.write(piece)
            if cut and incoming.transport is not None:
                incoming.transport.abort()
                break
        return response

    async def _answer(
        self,
        incoming: web.Request,
        entry: RestEntry,
        query: list[tuple[str, str]],
        form: list[tuple[str, str]],
    ) -> Reply:
        account = self._authenticate(incoming)
        request = self._match(incoming, entry)
        request.query, request.form = query, form
        if request.names.get("AccountSid", request.names.get("Sid")) != account:
            raise errors.unauthorized()
        if form and incoming.content_type != FORM:
            raise errors.invalid(f"Content-Type must be {FORM}")
        if self._spec is not None and entry.template not in _UNDESCRIBED:
            try:
                self._spec.check_request(request.method, entry.template, request.names, query, form)
            except RestError as error:
                self.violations.append(f"{request.method} {request.path}: {error.message}")
                raise
        operation = self._operations.get((request.method, entry.template))
        if operation is None:
            raise errors.method_not_allowed()
        status, body = await operation(request)
        entry.effect = True
        self._check_own_answer(request, entry.template, status, body)
        return status, body

    def _authenticate(self, incoming: web.Request) -> str:
        """Give the account that asks, by HTTP basic auth with its sid and auth token."""
        settings = self._exchange.settings
        scheme, _, encoded = incoming.headers.get("Authorization", "").partition(" ")
        try:
            told = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise errors.unauthorized() from None
        right = f"{settings.account_sid}:{settings.auth_token}".encode()
        if scheme.lower() != "basic" or not hmac.compare_digest(told, right):
            raise errors.unauthorized()
        return settings.account_sid

    def _match(self, incoming: web.Request, entry: RestEntry) -> Request:
        raw = incoming.rel_url.raw_path
        for template, pattern in self._templates.items():
            if found := pattern.match(raw):
                entry.template = template
                names = {name: unquote(value) for name, value in found.groupdict().items()}
                return Request(incoming.method, entry.path, names)
        raise errors.not_found(entry.path)

    def _check_own_answer(self, request: Request, template: str, status: int, body: object) -> None:
        if self._spec is None or template in _UNDESCRIBED:
            return
        problems = self._spec.check_response(request.method, template, status, body)
        if problems:
            raise AssertionError(f"the carrier's own answer does not conform: {problems}")
