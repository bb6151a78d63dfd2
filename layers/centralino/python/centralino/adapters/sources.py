"""The data sources of call flows: HTTP addresses and Lambda functions.

Both get one JSON object, ``{"key": ..., "inputs": {...}}``, and answer one. The caller is waiting,
so each is asked once, and given up when its time is over. Neither what it is told nor what it
answers is ever logged or put into an error.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from centralino.application.ports import Question
from centralino.domain.errors import TransientDependency

#: An answer is some values for one caller; more than this is not one.
MOST_BYTES = 64 * 1024
_CHUNK = 8 * 1024
#: The SDK takes whole clients, not time limits per request: budgets are rounded up to these.
_STEP_MS = 500


class Sources:
    """The port ``Sources``.

    Parameters
    ----------
    lambda_client : callable
        Returns an SDK client of the Lambda service that waits so many seconds at most, and asks
        once.
    clock
        Seconds that only move forward; replaced in tests.
    """

    def __init__(
        self,
        lambda_client: Callable[[float], Any],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lambda = lambda_client
        self._clock = clock
        self._pool = urllib3.PoolManager(num_pools=8, maxsize=4, retries=False)

    def ask(self, question: Question) -> Any:
        """Return what a data source answers.

        Raises
        ------
        TransientDependency
            It failed (``source_failed``), was late (``source_late``), or answered no JSON
            (``source_nonsense``).
        """
        if question.budget_ms <= 0:
            raise TransientDependency("no time is left to ask", code="source_late")
        body = json.dumps({"key": question.key, "inputs": dict(question.inputs)}).encode()
        answer = self._http(question, body) if question.url else self._function(question, body)
        try:
            return json.loads(answer)
        except (ValueError, RecursionError):
            # The cause quotes what was answered, which may be about a person: it is cut off.
            raise TransientDependency("the answer is no JSON", code="source_nonsense") from None

    def _http(self, question: Question, body: bytes) -> bytes:
        deadline = self._clock() + question.budget_ms / 1000
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": question.key,
            "User-Agent": "centralino",
        }
        timeout = urllib3.Timeout(total=question.budget_ms / 1000)
        try:
            response = self._pool.request(
                "POST",
                question.url,
                body=body,
                headers=headers,
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            try:
                answer = self._within(response, deadline)
            finally:
                # What was not read to its end must not be read by the next request.
                response.close()
        except HTTPError as error:
            late = isinstance(error, urllib3.exceptions.TimeoutError)
            code = "source_late" if late else "source_failed"
            raise TransientDependency("the data source did not answer", code=code) from None
        if not 200 <= response.status < 300:
            raise TransientDependency(
                f"the data source answered HTTP {response.status}", code="source_failed"
            )
        return answer

    def _within(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        """Read an answer that may come drop by drop: the time limit is for the whole of it."""
        answer = b""
        while chunk := response.read1(_CHUNK):
            answer += chunk
            if len(answer) > MOST_BYTES:
                raise TransientDependency("the answer is too large", code="source_nonsense")
            if self._clock() >= deadline:
                raise TransientDependency("the answer took too long", code="source_late")
        return answer

    def _function(self, question: Question, body: bytes) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

        seconds = -(-question.budget_ms // _STEP_MS) * _STEP_MS / 1000
        try:
            response = self._lambda(seconds).invoke(FunctionName=question.function, Payload=body)
            payload: bytes = response["Payload"].read(MOST_BYTES + 1)
        except (ClientError, BotoCoreError, HTTPError) as error:
            code = "source_late" if isinstance(error, ReadTimeoutError) else "source_failed"
            raise TransientDependency("the data source did not answer", code=code) from None
        if response.get("FunctionError"):
            raise TransientDependency("the data source failed", code="source_failed")
        if len(payload) > MOST_BYTES:
            raise TransientDependency("the answer is too large", code="source_nonsense")
        return payload
