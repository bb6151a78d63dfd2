"""``telephony.webhook_p99_ratio``: what is sent, what is counted, and what is no figure at all."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from cli import bench
from cli.bench import telephony
from cli.bench.telephony import Asked, Switchboard, figures_of, percentile
from local.demo import seed

PREFIX = "/_aws/execute-api/abc/$default"


class Api:
    """The deployed API in miniature: says of each request whether it was signed for it."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.unsigned: list[str] = []
        self.answers: list[str] = []
        self.answer: tuple[int, bytes] | None = None

    def take(self, path: str, body: str, signature: str) -> tuple[int, bytes]:
        form = dict(parse_qsl(body))
        kind = path.partition("?")[0].rpartition("/")[2]
        self.asked.append((kind, form))
        if kind == "noop":
            return 200, b"<Response/>"
        if kind == "menu":
            self.answers.append(path.partition("?")[2])
        if not RequestValidator(seed.AUTH_TOKEN).validate(
            self.url.removesuffix(PREFIX) + path, form, signature
        ):
            self.unsigned.append(path)
        if self.answer is not None:
            return self.answer
        menu = self.url.removesuffix("/") + "/v1/telephony/twilio/menu?c=ct_1&amp;s=menu.7"
        told = {
            "voice": f'<Gather action="{menu}"/>',
            "menu": "<Enqueue>line</Enqueue>",
            "wait": "<Pause/>",
        }
        text = f"<Response>{told[kind]}</Response>".encode() if kind in told else b""
        return (200, text) if text else (204, b"")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    found = Api()
    monkeypatch.setattr(seed, "identity_key", lambda _: b"key")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            signature = self.headers.get("X-Twilio-Signature", "")
            status, text = found.take(self.path, body, signature)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def switchboard(api: Api) -> Switchboard:
    deployment: Any = SimpleNamespace(http_api_url=api.url)
    return Switchboard(deployment, Random(1))


def test_webhooks_and_the_reference_take_turns(api: Api) -> None:
    caller = switchboard(api)
    api.asked.clear()
    rows = caller.round(3, 6)
    caller.close()
    kinds = [row.kind for row in rows]
    assert kinds == ["noop", "voice", "status", "noop", "wait"] * 3
    assert {row.round for row in rows} == {3}
    assert all(row.ms > 0 for row in rows)
    assert api.unsigned == []
    # Each call is a new one, and is hung up; the one in line stays until the end.
    voices = [form["CallSid"] for kind, form in api.asked if kind == "voice"]
    ended = [form["CallSid"] for kind, form in api.asked if kind == "status"]
    (waiting,) = {form["CallSid"] for kind, form in api.asked if kind == "wait"}
    assert len(set(voices)) == 3
    assert ended == [*voices, waiting]
    assert {form["CallStatus"] for kind, form in api.asked if kind == "status"} == {"completed"}


def test_the_caller_in_line_went_through_the_menu(api: Api) -> None:
    switchboard(api).close()
    assert [kind for kind, _ in api.asked] == ["voice", "menu", "wait", "status"]
    assert api.asked[1][1]["Digits"] == "1"
    # It answers the very turn that it was asked in.
    assert api.answers == ["c=ct_1&s=menu.7"]
    assert api.unsigned == []


@pytest.mark.parametrize(
    "answer",
    [
        (403, b'{"code": "invalid_signature"}'),
        (500, b""),
        (200, b"{}"),
        (200, b"<Response><Hangup/></Response>"),
        (204, b""),
    ],
    ids=["refused", "failed", "not TwiML", "another answer", "nothing to play"],
)
def test_what_is_not_answered_as_it_has_to_be_is_no_figure(
    api: Api, answer: tuple[int, bytes]
) -> None:
    caller = switchboard(api)
    api.answer = answer
    with pytest.raises(RuntimeError, match=f"HTTP {answer[0]}"):
        caller.round(0, 2)


def rows(noop: list[float], voice: list[float], wait: list[float], number: int = 0) -> list[Asked]:
    return [
        Asked(number, kind, 200, ms)
        for kind, values in (("noop", noop), ("voice", voice), ("wait", wait), ("status", [1.0]))
        for ms in values
    ]


def test_the_ratio_is_of_the_medians_of_the_rounds() -> None:
    counted = [
        *rows([10.0] * 99 + [500.0], [20.0] * 50, [5.0] * 50, 0),
        *rows([20.0] * 100, [30.0] * 50, [5.0] * 50, 1),
        *rows([30.0] * 100, [999.0] * 50, [5.0] * 50, 2),
    ]
    found = {figure.metric: figure for figure in figures_of(counted)}
    ratio = found["telephony.webhook_p99_ratio"]
    assert (ratio.value, ratio.limit, ratio.kept) == (pytest.approx(30 / 20), 2.0, True)
    assert found["telephony.noop_p99_ms"].value == 20.0
    assert found["telephony.wait_p99_ms"].value == 5.0
    assert [figure.metric for figure in found.values() if figure.limit is not None] == [
        "telephony.webhook_p99_ratio"
    ]


def test_a_ratio_over_the_limit_is_told() -> None:
    (ratio,) = (
        figure
        for figure in figures_of(rows([10.0] * 10, [21.0] * 10, [9.0] * 10))
        if figure.limit is not None
    )
    assert not ratio.kept
    assert json.loads(ratio.line()) == {
        "metric": "telephony.webhook_p99_ratio",
        "value": 2.1,
        "unit": "ratio",
        "limit": 2.0,
    }


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([5.0], 0.99, 5.0),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 101)), 0.5, 50),
        (list(range(1, 1001)), 0.99, 990),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0, 2.0], 0.99, 2.0),
    ],
)
def test_a_percentile_is_the_nearest_rank(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_it_is_found_by_its_prefix() -> None:
    assert Counter(name.partition(".")[0] for name in bench.benchmarks())["telephony"] == 1
    assert telephony.REQUESTS == 1_000
    assert telephony.ROUNDS == 5
