"""The HTTP side: ``POST /v1/speech`` on loopback, answered as Polly answers.

Decides the wire format only. Signatures are not checked: the laptop has no account.
"""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from local.speech import polly
from local.speech.errors import Refusal, SpeechError
from local.speech.synthesizer import Synthesizer

HOST = "127.0.0.1"
PATH = "/v1/speech"
LARGEST = 64 * 1024
logger = logging.getLogger(__name__)


class SpeechServer:
    """Speaks from the moment it is entered until it is left.

    Parameters
    ----------
    port
        Where it listens; any free one when 0.

    Raises
    ------
    SpeechUnavailable
        The synthesizer cannot be loaded here.
    """

    def __init__(self, port: int = 0) -> None:
        self._wanted = port
        self._synthesizer = Synthesizer()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self.spoken: list[str] = []

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end."""
        if self._server is None:
            raise SpeechError("the speech server has not been started")
        return f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"owner": self})
        try:
            self._server = _Server((HOST, self._wanted), handler)
        except OSError as error:
            raise SpeechError(f"port {self._wanted} cannot be used: {error.strerror}") from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, daemon=True, name="speech-server"
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(timeout=10)
        self._server = None

    def answer(self, request: Any) -> tuple[bytes, int]:
        """Return the samples of a request and how many characters were spoken.

        Raises
        ------
        Refusal
            As Polly would refuse it.
        """
        if not isinstance(request, dict):
            raise Refusal("SerializationException", "the body is no object")
        samples, count = polly.synthesize(request, self._speak)
        self.spoken.append(str(request["Text"]))
        return samples, count

    def _speak(self, text: str, voice: str, rate: int, ssml: bool) -> bytes:
        return self._synthesizer.speak(text, voice, rate, ssml=ssml)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A day begins with many prompts at once.
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    owner: SpeechServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one request."""
        try:
            length = int(self.headers.get("Content-Length", "0"))
            if length > LARGEST:
                self.close_connection = True
                raise Refusal("TextLengthExceededException", "Maximum text length exceeded")
            body = self.rfile.read(length)
            if self.path != PATH:
                raise Refusal("UnknownOperationException", "there is no such operation", 404)
            samples, count = self.owner.answer(json.loads(body))
        except Refusal as refusal:
            self._refuse(refusal)
        except ValueError:
            self._refuse(Refusal("SerializationException", "the body is not JSON"))
        except SpeechError as error:
            logger.warning("speech failed: %s", error)
            self._refuse(Refusal("ServiceFailureException", str(error), 500))
        else:
            self._send(200, "audio/pcm", samples, {"x-amzn-RequestCharacters": str(count)})

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing of what is said: it may name a customer."""

    def _refuse(self, refusal: Refusal) -> None:
        body = json.dumps({"message": str(refusal)}).encode()
        headers = {"x-amzn-ErrorType": refusal.name}
        self._send(refusal.status, "application/json", body, headers)

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
