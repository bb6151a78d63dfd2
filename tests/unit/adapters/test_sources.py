"""Data sources of flows over real sockets and a stubbed SDK: answered, late, failing, nonsense."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from centralino.adapters.sources import MOST_BYTES, Sources
from centralino.application.ports import Question
from centralino.domain.errors import TransientDependency

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Serve one connection after the other; yield the address and what was asked."""
    server = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []
    held: list[socket.socket] = []

    def work() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            held.append(connection)
            asked.append(_request(connection))
            try:
                answer(connection)
            except OSError:
                continue  # whoever asked has given up

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/orders", asked
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in held:
            connection.close()
        thread.join(5)


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(next(x for x in head.lower().split(b"\r\n") if b"content-length" in x)[16:])
    while len(body) < length:
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body


def sent(body: bytes, status: bytes = OK) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(status + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return answer


def question(url: str = "", function: str = "", budget_ms: int = 2_000) -> Question:
    return Question(url, function, {"order": "42"}, "ct_1/main/ask.3", budget_ms)


def no_lambda(_: float) -> Any:
    raise AssertionError("no function is asked here")


def code(sources: Sources, asked: Question) -> str:
    with pytest.raises(TransientDependency) as caught:
        sources.ask(asked)
    assert "42" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.code


def test_an_address_is_told_the_inputs_and_the_key() -> None:
    with serving(sent(b'{"status": "shipped"}')) as (url, asked):
        assert Sources(no_lambda).ask(question(url)) == {"status": "shipped"}
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /orders ")
    assert b"idempotency-key: ct_1/main/ask.3" in head.lower()
    assert json.loads(body) == {"key": "ct_1/main/ask.3", "inputs": {"order": "42"}}


def test_a_source_that_hangs_is_given_up() -> None:
    with serving(lambda _: None) as (url, _):
        assert code(Sources(no_lambda), question(url, budget_ms=150)) == "source_late"


def test_a_source_that_drips_is_given_up() -> None:
    """Each byte comes in time, the answer never does."""
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: 9000\r\n\r\n")
        while not stop.wait(0.01):
            connection.sendall(b" ")

    with serving(drip) as (url, _):
        assert code(Sources(no_lambda), question(url, budget_ms=200)) == "source_late"
        stop.set()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (sent(b"{}", b"HTTP/1.1 500 Oops\r\n"), "source_failed"),
        (sent(b"", b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"), "source_failed"),
        (sent(b"<html>"), "source_nonsense"),
        (sent(b"\xff\xfe"), "source_nonsense"),
        (sent(b"[" * 60_000), "source_nonsense"),
        (sent(b" " * (MOST_BYTES + 1)), "source_nonsense"),
        (lambda connection: connection.close(), "source_failed"),
        (lambda connection: connection.sendall(b"what?\r\n\r\n"), "source_late"),
    ],
    ids=["500", "redirect", "html", "bytes", "nested", "huge", "gone", "no http"],
)
def test_what_is_no_answer_is_told_as_such(
    answer: Callable[[socket.socket], None], expected: str
) -> None:
    with serving(answer) as (url, _):
        found = code(Sources(no_lambda), question(url, budget_ms=300))
    assert found == expected or (expected == "source_late" and found == "source_failed")


def test_nobody_there_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    assert code(Sources(no_lambda), question(url)) in ("source_failed", "source_late")


def test_without_time_nobody_is_asked() -> None:
    assert code(Sources(no_lambda), question("http://127.0.0.1:1/", budget_ms=0)) == "source_late"


# ---------------------------------------------------------------- functions


class Functions:
    """A Lambda client that answers once."""

    def __init__(self) -> None:
        self.client = boto3.client(
            "lambda",
            region_name="eu-south-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        self.stub = Stubber(self.client)
        self.waits: list[float] = []

    def answers(self, payload: bytes, **more: Any) -> None:
        body = StreamingBody(io.BytesIO(payload), len(payload))
        self.stub.add_response(
            "invoke",
            {"Payload": body, "StatusCode": 200, **more},
            {"FunctionName": "centralino-source-x", "Payload": ANY},
        )

    def __call__(self, seconds: float) -> Any:
        self.waits.append(seconds)
        return self.client


@pytest.fixture
def functions() -> Iterator[Functions]:
    made = Functions()
    with made.stub:
        yield made


def test_a_function_answers(functions: Functions) -> None:
    functions.answers(b'{"status": "shipped"}')
    asked = question(function="centralino-source-x", budget_ms=1_900)
    assert Sources(functions).ask(asked) == {"status": "shipped"}
    assert functions.waits == [2.0]


def test_a_function_that_fails_or_answers_nonsense_is_told_as_such(functions: Functions) -> None:
    sources, asked = Sources(functions), question(function="centralino-source-x")
    functions.answers(b'{"errorMessage": "42"}', FunctionError="Unhandled")
    assert code(sources, asked) == "source_failed"
    functions.answers(b"42 is no number")
    assert code(sources, asked) == "source_nonsense"
    functions.stub.add_client_error("invoke", "ResourceNotFoundException")
    assert code(sources, asked) == "source_failed"


def test_a_function_that_hangs_is_given_up() -> None:
    class Hangs:
        def invoke(self, **_: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="https://lambda")

    asked = question(function="centralino-source-x")
    assert code(Sources(lambda _: Hangs()), asked) == "source_late"
