"""The REST operations: what each one does to calls, conferences and queues.

Decides which operations are possible and refuses the others with the carrier's codes. Never
touches HTTP (the server does) nor the form of the requests (the OpenAPI document decides that).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from local.twilio import errors, participants
from local.twilio.exchange import Exchange
from local.twilio.model import Call, Source, Subscription
from local.twilio.numbers import NumberOperations
from local.twilio.queues import Member, Queue
from local.twilio.recording_rest import RecordingOperations
from local.twilio.resources import Resources
from local.twilio.rest import (
    DEFAULT_RING,
    Reply,
    Request,
    background_detection,
    call_subscription,
    check_address,
    source_of,
    within,
)

ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"


class Api:
    """Every operation, by method and path template of the OpenAPI document."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._write = Resources(exchange.settings.account_sid)
        rooms = participants.Participants(exchange, self._write)
        recorded = RecordingOperations(exchange, self._write)
        own = NumberOperations(exchange.numbers, self._write, exchange.settings.account_sid)
        self.operations: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {
            ("POST", f"{ACCOUNT}/Calls.json"): self.create_call,
            ("GET", f"{ACCOUNT}/Calls.json"): self.list_calls,
            ("GET", f"{ACCOUNT}/Calls/{{Sid}}.json"): self.fetch_call,
            ("POST", f"{ACCOUNT}/Calls/{{Sid}}.json"): self.update_call,
            ("GET", f"{ACCOUNT}/Queues.json"): self.list_queues,
            ("POST", f"{ACCOUNT}/Queues.json"): self.create_queue,
            ("GET", f"{ACCOUNT}/Queues/{{Sid}}.json"): self.fetch_queue,
            ("GET", f"{ACCOUNT}/Queues/{{QueueSid}}/Members.json"): self.list_members,
            ("GET", f"{ACCOUNT}/Queues/{{QueueSid}}/Members/{{CallSid}}.json"): self.fetch_member,
            ("POST", f"{ACCOUNT}/Queues/{{QueueSid}}/Members/{{CallSid}}.json"): self.take_member,
            **{(method, ACCOUNT + path): work for (method, path), work in rooms.operations.items()},
            **{(method, ACCOUNT + path): work for (method, path), work in own.operations.items()},
            **{(m, ACCOUNT + path): work for (m, path), work in recorded.operations.items()},
            ("GET", "/2010-04-01/Accounts/{Sid}.json"): own.fetch_account,
        }

    async def create_call(self, request: Request) -> Reply:
        to, from_ = request.text("To"), request.text("From")
        check_address(to, from_)
        source = source_of(request)
        if source is None:
            raise errors.no_url()
        calls = self._exchange.calls

        async def then(call: Call) -> None:
            await self._exchange.player(call).run(source)

        call = calls.outbound(
            from_,
            to,
            then=then,
            ring_seconds=request.number("Timeout", DEFAULT_RING),
            status_callback=call_subscription(request, several_in_one=False),
            time_limit=request.number("TimeLimit", 0) or None,
            detect=request.has("MachineDetection"),
            detected=background_detection(request, "AsyncAmdStatusCallback")
            if request.flag("AsyncAmd", False)
            else None,
        )
        call.fallback = self._fallback(request)
        return 201, self._write.call(call)

    async def list_calls(self, request: Request) -> Reply:
        wanted = {
            name: request.text(parameter)
            for parameter, name in (
                ("To", "to"), ("From", "from_"), ("Status", "status"),
                ("ParentCallSid", "parent_sid"),
            )
            if request.has(parameter)
        }  # fmt: skip
        chosen = [
            call
            for call in self._exchange.calls
            if all(getattr(call, name) == value for name, value in wanted.items())
            and within(request, "StartTime", call.started_at)
            and within(request, "EndTime", call.ended_at)
        ]
        items = [self._write.call(call) for call in reversed(chosen)]
        return 200, self._write.page("calls", items, request.path, request.query)

    async def fetch_call(self, request: Request) -> Reply:
        return 200, self._write.call(self._call(request, request.names["Sid"]))

    async def update_call(self, request: Request) -> Reply:
        call = self._call(request, request.names["Sid"])
        calls = self._exchange.calls
        status, source = request.text("Status"), source_of(request)
        if status:
            if call.done or (status == "canceled" and call.status == "in-progress"):
                raise errors.not_in_progress()
            calls.end(call, "completed" if call.status == "in-progress" else "canceled", by="api")
        elif source is not None:
            await calls.redirect(call, source)
        if request.has("FallbackUrl"):
            call.fallback = self._fallback(request)
        if request.has("StatusCallback"):
            method = request.text("StatusCallbackMethod", "POST").upper()
            call.status_callback = Subscription(
                request.text("StatusCallback"), method, frozenset({"completed"})
            )
        if request.has("TimeLimit") and not call.done:
            calls.limit(call, request.number("TimeLimit", 0))
        return 200, self._write.call(call)

    async def list_queues(self, request: Request) -> Reply:
        items = [self._write.queue(queue) for queue in self._exchange.queues]
        return 200, self._write.page("queues", items, request.path, request.query)

    async def create_queue(self, request: Request) -> Reply:
        name = request.text("FriendlyName")
        if self._exchange.queues.named(name) is not None:
            raise errors.RestError(22003, 400, f"Queue {name} already exists")
        queue = self._exchange.queues.create(name, request.number("MaxSize", 1000))
        return 201, self._write.queue(queue)

    async def fetch_queue(self, request: Request) -> Reply:
        return 200, self._write.queue(self._queue(request, request.names["Sid"]))

    async def list_members(self, request: Request) -> Reply:
        queue = self._queue(request, request.names["QueueSid"])
        items = [self._write.member(member) for member in queue.members.values()]
        return 200, self._write.page("queue_members", items, request.path, request.query)

    async def fetch_member(self, request: Request) -> Reply:
        return 200, self._write.member(self._member(request))

    async def take_member(self, request: Request) -> Reply:
        member = self._member(request)
        body = self._write.member(member)
        source = source_of(request)
        if source is None:
            raise errors.no_url()
        await self._exchange.calls.redirect(member.call, source)
        return 200, body

    def _fallback(self, request: Request) -> Source | None:
        if not request.text("FallbackUrl"):
            return None
        return Source(request.text("FallbackUrl"), request.text("FallbackMethod", "POST").upper())

    def _call(self, request: Request, sid: str) -> Call:
        call = self._exchange.calls.find(sid)
        if call is None:
            raise errors.not_found(request.path)
        return call

    def _queue(self, request: Request, sid: str) -> Queue:
        queue = self._exchange.queues.find(sid)
        if queue is None:
            raise errors.not_found(request.path)
        return queue

    def _member(self, request: Request) -> Member:
        queue = self._queue(request, request.names["QueueSid"])
        sid = request.names["CallSid"]
        # "Front" is the carrier's word for whoever has waited longest.
        member = (
            next(iter(queue.members.values()), None) if sid == "Front" else queue.members.get(sid)
        )
        if member is None:
            raise errors.not_found(request.path)
        return member
