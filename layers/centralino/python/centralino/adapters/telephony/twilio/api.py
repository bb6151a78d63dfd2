"""HTTP to the carrier's REST API: authentication, time limits, and what may be asked twice.

Decides whether a failure is final, passing, or of unknown outcome. Never decides what to ask.
The carrier's own client is not used: importing it costs more than a request
(``docs/adr/0005-carrier-rest-without-its-client.md``).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from centralino.domain.errors import CentralinoError, InvalidRequest, TransientDependency

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 3.0
#: One operation on a call, all its requests and pauses: a function has 10 s for everything.
BUDGET_S = 6.0
ATTEMPTS = 3
PAUSE_S = 0.1
PIECE_BYTES = 64 * 1024
REFUSAL_BYTES = 4 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# "Call is not in-progress": it ended before the request came.
_GONE_CODES = frozenset({20404, 21220})

Pairs = Sequence[tuple[str, str]]
Json = dict[str, Any]


class Refused(CentralinoError):
    """The carrier will not do it, now or later; ``number`` is its own error code."""

    code = "carrier_refused"

    def __init__(self, status: int, number: int | None) -> None:
        # The carrier's message may quote a phone number: only its codes are passed on.
        super().__init__(f"the carrier refused the request (HTTP {status}, code {number})")
        self.number = number


class Gone(Refused):
    """What the request was about is not there any more: mostly as good as done."""


class OutcomeUnknown(TransientDependency):
    """The request may have been carried out; it must not be repeated without looking first."""


class TwilioApi:
    """The account's REST API.

    Parameters
    ----------
    account, token : str
        SID and auth token.
    base_url : str
        ``https://api.twilio.com``, or plain HTTP on the loopback.
    timeout_s : float
        How long one request may stay without an answer.
    budget_s : float
        Time limit of one operation.
    clock, sleep
        Seconds that only move forward, and how to wait; replaced in tests.

    Raises
    ------
    InvalidRequest
        The base URL would send the token in clear (``insecure_url``).
    """

    def __init__(
        self,
        account: str,
        token: str,
        base_url: str = "https://api.twilio.com",
        *,
        timeout_s: float = READ_TIMEOUT_S,
        budget_s: float = BUDGET_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(base_url)
        on_loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if parts.scheme != "https" and not on_loopback:
            raise InvalidRequest("the carrier's API must be reached by https", code="insecure_url")
        self._root = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{quote(account, safe='')}"
        self._timeout_s = timeout_s
        self._budget_s = budget_s
        self.clock = clock
        self.sleep = sleep
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=4,
            retries=False,
            headers={
                **urllib3.make_headers(basic_auth=f"{account}:{token}"),
                "Accept": "application/json",
                "User-Agent": "centralino",
            },
        )

    def operation(self) -> Operation:
        """Start an operation: some requests that share one time limit."""
        return Operation(self, self.clock() + self._budget_s)

    def stream(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of a file, piece by piece: never more than one piece is held.

        However long the whole takes, no piece may be longer in coming than one request.

        Raises
        ------
        Gone
            There is no such file.
        TransientDependency
            It cannot be had now, or broke off: what was yielded is not the whole.
        """
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=self._timeout_s)
        try:
            response = self._pool.request(
                "GET", f"{self._root}{path}", timeout=timeout, redirect=False, preload_content=False
            )
        except HTTPError as error:
            raise TransientDependency("the carrier cannot be reached") from error
        whole = False
        try:
            if not 200 <= response.status < 300:
                _answer(response.status, response.read(REFUSAL_BYTES))
            yield from response.stream(PIECE_BYTES)
            whole = True
        except HTTPError as error:
            raise TransientDependency("the carrier broke off") from error
        finally:
            # A connection that was not read to its end cannot carry another answer.
            if not whole:
                response.close()
            response.release_conn()

    def send(
        self, method: str, path: str, query: Pairs, form: Pairs | None, deadline: float
    ) -> urllib3.BaseHTTPResponse:
        """Send one request and return its answer, whatever its status.

        Raises
        ------
        urllib3.exceptions.HTTPError
            There is no answer.
        """
        left = deadline - self.clock()
        if left <= 0:
            raise TransientDependency("no time left to ask the carrier")
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=self._timeout_s, total=left)
        url = f"{self._root}{path}"
        if query:
            url = f"{url}?{urlencode(query)}"
        body = None if form is None else urlencode(form)
        headers = dict(self._pool.headers)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._pool.request(
            method, url, body=body, headers=headers, timeout=timeout, redirect=False
        )


class Operation:
    """Requests that share one time limit."""

    def __init__(self, api: TwilioApi, deadline: float) -> None:
        self._api = api
        self._deadline = deadline

    def wait(self, seconds: float) -> None:
        """Wait, within the time limit.

        Raises
        ------
        TransientDependency
            No time would be left afterwards.
        """
        if self._deadline - self._api.clock() <= seconds:
            raise TransientDependency("no time left to wait for the carrier")
        self._api.sleep(seconds)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Ask for a resource; repeated while it fails and time is left."""
        return self._repeat("GET", path, list((query or {}).items()), None)

    def repeatable_post(self, path: str, form: Pairs) -> Json:
        """Change a resource to a state: asking again changes nothing more."""
        return self._repeat("POST", path, (), form)

    def delete(self, path: str) -> None:
        """Delete a resource; one that is gone already raises :class:`Gone`."""
        self._repeat("DELETE", path, (), None)

    def post_once(self, path: str, form: Pairs) -> Json:
        """Ask for something that must not be done twice.

        Raises
        ------
        OutcomeUnknown
            It may have been done.
        TransientDependency
            It has not been done.
        Gone
            What it was about is not there.
        """
        return self._ask("POST", path, (), form)

    def _repeat(self, method: str, path: str, query: Pairs, form: Pairs | None) -> Json:
        for again in range(ATTEMPTS - 1):
            try:
                return self._ask(method, path, query, form)
            except TransientDependency:
                # Spread out, so that functions that failed together do not come back together.
                pause = PAUSE_S * 2**again * (1 + random.random())
                if self._deadline - self._api.clock() <= pause:
                    raise
                self._api.sleep(pause)
        return self._ask(method, path, query, form)

    def _ask(self, method: str, path: str, query: Pairs, form: Pairs | None) -> Json:
        try:
            response = self._api.send(method, path, query, form, self._deadline)
        except (ConnectTimeoutError, NewConnectionError) as error:
            raise TransientDependency("the carrier cannot be reached") from error
        except HTTPError as error:
            raise OutcomeUnknown("the carrier did not answer") from error
        return _answer(response.status, response.data)


def _answer(status: int, data: bytes) -> Json:
    if status == 429:
        raise TransientDependency("the carrier asks to slow down")
    if status >= 500:
        raise OutcomeUnknown(f"the carrier failed with HTTP {status}")
    body = _json(data)
    if 200 <= status < 300:
        if body is None:
            raise OutcomeUnknown("the carrier's answer cannot be read")
        return body
    code = body.get("code") if body else None
    number = code if isinstance(code, int) else None
    if status == 404 or number in _GONE_CODES:
        raise Gone(status, number)
    raise Refused(status, number)


def _json(data: bytes) -> Json | None:
    """Read an answer's object; an empty answer is an empty one, anything else is ``None``."""
    if not data:
        return {}
    try:
        body = json.loads(data)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
