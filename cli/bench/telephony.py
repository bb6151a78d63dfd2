"""``telephony.webhook_p99_ratio``: how long a caller waits for what the call does next.

The product is deployed to an emulator of its own, and a webhook goes all the way: signed, through
the HTTP API, into the deployed ``call_events``, and back with TwiML. The reference is a Lambda
function that does nothing, behind a route of the same API, asked in turn with the webhooks: what
the emulator and the machine cost, both pay. That is mostly the emulator's wait for the log of a
function that writes none, 5 ms of either, as neither writes any here.

A round asks so many times for the reference, for every other one ``voice`` (a call that nobody has
heard of: rules, contact, TwiML) and ``wait`` (what a caller in line hears now). Each new
call is hung up again, ``status``, so that no crowd builds up. The ratio is the p99 of the webhooks
over the p99 of the reference, each the median of :data:`ROUNDS` rounds, with everything warm.

Every request is written to ``build/bench/`` as a JSON line: round, kind, HTTP status and
milliseconds. The figures are counted from those lines (:func:`figures_of`).
"""

from __future__ import annotations

import io
import json
import time
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain import ids
from cli.bench import Figure
from local.cloud import Deployment, EmbeddedCloud, client, deploy
from local.demo import seed
from local.demo.calls import ITALIAN_LINE
from local.twilio import sign

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 1_000
ROUNDS = 5
LIMIT = 2.0
#: Enough for every process and socket to be there, and for what is kept to be kept.
WARM_UP = 40
NOOP, VOICE, MENU, WAIT, STATUS = "noop", "voice", "menu", "wait", "status"
#: What the ratio is about.
WEBHOOKS = (VOICE, WAIT)
_PATH = "/v1/bench/noop"
#: What has to be in the answer, or something else was measured than what it is called.
_TOLD = {NOOP: b"<Response", VOICE: b"<Gather", MENU: b"<Enqueue", WAIT: b"<Pause"}
_CALLER = "+393339876543"
_TIMEOUT_S = 30.0
_HANDLER = """
def handler(event, context):
    headers = {"content-type": "application/xml; charset=utf-8"}
    return {"statusCode": 200, "headers": headers, "body": "<Response/>"}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a round: how it was answered, and after how many milliseconds."""

    round: int
    kind: str
    status: int
    ms: float


def run(seed_: int) -> Iterator[Figure]:
    """Yield the ratio, and what it is made of."""
    with EmbeddedCloud() as cloud:
        rows = measured(deploy(cloud.endpoint), seed_)
    path = ROOT / "build" / "bench" / "telephony.webhook.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))
    yield from figures_of(rows)


def measured(
    deployment: Deployment,
    seed_: int,
    *,
    requests: int = REQUESTS,
    rounds: int = ROUNDS,
    warm_up: int = WARM_UP,
) -> list[Asked]:
    """Ask a deployment that nobody else uses, and return every request.

    Raises
    ------
    RuntimeError
        A request was not answered as it has to be; then no figure would mean anything.
    """
    seed.seed(deployment, agents=0, speed=1.0)
    add_noop(deployment)
    caller = Switchboard(deployment, Random(seed_))
    try:
        caller.round(-1, warm_up)
        return [row for number in range(rounds) for row in caller.round(number, requests)]
    finally:
        caller.close()


def figures_of(rows: Sequence[Asked]) -> Iterator[Figure]:
    """Count the figures from the requests."""
    webhooks = _median_of(rows, WEBHOOKS, 0.99)
    noop = _median_of(rows, (NOOP,), 0.99)
    for kind in (NOOP, VOICE, WAIT, STATUS):
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            yield Figure(f"telephony.{kind}_{name}_ms", _median_of(rows, (kind,), share), "ms")
    yield Figure("telephony.webhook_p50_ms", _median_of(rows, WEBHOOKS, 0.5), "ms")
    yield Figure("telephony.webhook_p99_ms", webhooks, "ms")
    yield Figure("telephony.webhook_p99_ratio", webhooks / noop, "ratio", LIMIT)


def _median_of(rows: Sequence[Asked], kinds: Sequence[str], share: float) -> float:
    rounds = sorted({row.round for row in rows})
    return median(
        percentile([row.ms for row in rows if row.round == number and row.kind in kinds], share)
        for number in rounds
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed.

    The nearest-rank definition: an observed value, never one in between.
    """
    ranked = sorted(values)
    rank = -(-len(ranked) * round(share * 100) // 100)
    return ranked[max(rank, 1) - 1]


class Switchboard:
    """Sends webhooks as the carrier does, one at a time over one connection."""

    def __init__(self, deployment: Deployment, random: Random) -> None:
        self._urls = Urls(deployment.http_api_url)
        address = urlsplit(deployment.http_api_url)
        self._prefix = address.path
        self._http = HTTPConnection(address.hostname or "", address.port, timeout=_TIMEOUT_S)
        self._random = random
        self._key = seed.identity_key(deployment)
        self._waiting = self._queued()

    def close(self) -> None:
        """Let the caller in line hang up too, so that nobody is left to be served."""
        self._webhook(-1, STATUS, self._waiting)
        self._http.close()

    def round(self, number: int, requests: int) -> list[Asked]:
        """Ask so many times for the reference and for as many webhooks, in turn."""
        rows: list[Asked] = []
        for place in range(requests):
            rows.append(self._timed(number, NOOP, f"{self._prefix}{_PATH}", b"", {})[0])
            if place % 2:
                rows.append(self._webhook(number, WAIT, self._waiting)[0])
                continue
            call = self._new_call()
            rows.append(self._webhook(number, VOICE, call)[0])
            rows.append(self._webhook(number, STATUS, call)[0])
        return rows

    def _new_call(self) -> str:
        return f"CA{self._random.getrandbits(128):032x}"

    def _queued(self) -> str:
        """Bring a caller into the line, where nobody will ever answer."""
        call = self._new_call()
        _, menu = self._webhook(-1, VOICE, call)
        asked = ElementTree.fromstring(menu).find("Gather")  # noqa: S314 - our own answer
        address = asked.get("action", "") if asked is not None else ""
        self._webhook(-1, MENU, call, address, Digits="1")
        self._webhook(-1, WAIT, call)
        return call

    def _webhook(
        self, number: int, kind: str, call: str, address: str = "", **more: str
    ) -> tuple[Asked, bytes]:
        query = ""
        if kind == WAIT:
            query = urlencode({"c": ids.contact_id(self._key, "twilio", call)})
        url = address or self._urls.requested(kind, query)
        form = {
            "AccountSid": seed.ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "CallSid": call,
            "CallStatus": {VOICE: "ringing", STATUS: "completed"}.get(kind, "in-progress"),
            "Direction": "inbound",
            "From": _CALLER,
            "To": ITALIAN_LINE,
            "Caller": _CALLER,
            "Called": ITALIAN_LINE,
            **more,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(seed.AUTH_TOKEN, url, form),
        }
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self._timed(number, kind, target, urlencode(form).encode(), headers)

    def _timed(
        self, number: int, kind: str, target: str, body: bytes, headers: dict[str, str]
    ) -> tuple[Asked, bytes]:
        started = time.perf_counter()
        self._http.request("POST", target, body=body, headers=headers)
        answer = self._http.getresponse()
        text = answer.read()
        ms = (time.perf_counter() - started) * 1000
        if not 200 <= answer.status < 300 or _TOLD.get(kind, b"") not in text:
            raise RuntimeError(f"{kind} was answered with HTTP {answer.status}: {text[:200]!r}")
        return Asked(number, kind, answer.status, ms), text


def add_noop(deployment: Deployment) -> None:
    """Put a function that does nothing behind a route of the deployed API."""
    functions: Any = client("lambda", deployment.endpoint)
    gateway: Any = client("apigatewayv2", deployment.endpoint)
    like = functions.get_function_configuration(FunctionName=deployment.functions["call_events"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", _HANDLER)
    made = functions.create_function(
        FunctionName="centralino-bench-noop",
        Runtime=like["Runtime"],
        Role=like["Role"],
        Handler="handler.handler",
        MemorySize=like["MemorySize"],
        Code={"ZipFile": packed.getvalue()},
    )
    # The stage is the last part but for nothing: .../execute-api/<id>/$default.
    api = urlsplit(deployment.http_api_url).path.split("/")[-2]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=made["FunctionArn"],
        PayloadFormatVersion="2.0",
    )
    gateway.create_route(
        ApiId=api, RouteKey=f"POST {_PATH}", Target=f"integrations/{integration['IntegrationId']}"
    )
