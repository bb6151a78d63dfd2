"""`EmbeddedCloud`: one emulator process on loopback.

Decides its address, its environment and its end. Deploys nothing; see `local.cloud.deploying`.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from local.cloud.environment import ensure_emulator
from local.cloud.errors import CloudStartError
from local.cloud.launcher import DISCARD, WITH_PARENT
from local.cloud.paths import ROOT
from local.cloud.processes import LAUNCHER, end_group, is_launcher
from local.cloud.progress import Progress

HOST = "127.0.0.1"
REGION = "eu-south-1"
# Tried in this order, so that one synthesized assembly, which holds the address, serves again.
PREFERRED_PORTS = (4570, 4571, 4572, 4573)
_GRACE = 5.0


class EmbeddedCloud:
    """An AWS emulator with the project's patches, in a process group of its own.

    Parameters
    ----------
    port
        The port to listen on; otherwise the first free one of `PREFERRED_PORTS`, else any.
    directory
        Where state, temporary files and the log go. A temporary directory, removed at the end,
        unless given.
    detached
        Outlive the process that started it. Otherwise the emulator ends as soon as that
        process is gone, even when it was killed.
    progress
        Told about what takes time.

    Examples
    --------
    >>> with EmbeddedCloud() as cloud:            # doctest: +SKIP
    ...     boto3.client("sqs", endpoint_url=cloud.endpoint)
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        directory: Path | None = None,
        detached: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._wanted_port = port
        self._directory = directory
        self._temporary = directory is None
        self._detached = detached
        self._progress = progress or Progress(quiet=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._name = f"centralino-{secrets.token_hex(6)}"

    @property
    def endpoint(self) -> str:
        """Base URL of every service, such as `http://127.0.0.1:4570`."""
        if not self._port:
            raise CloudStartError("the embedded cloud has not been started")
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """Process id of the emulator, which is also its process group."""
        if self._process is None:
            raise CloudStartError("the embedded cloud has not been started")
        return self._process.pid

    @property
    def log_path(self) -> Path:
        """The emulator's log, with what the functions print."""
        if self._directory is None:
            raise CloudStartError("the embedded cloud has not been started")
        return self._directory / "emulator.log"

    def start(self, timeout: float = 60.0) -> EmbeddedCloud:
        """Start the emulator and wait until it answers.

        Raises
        ------
        CloudStartError
            If it ends or stays silent for `timeout` seconds; the message has the end of its log.
        EnvironmentBuildError
            If its virtual environment cannot be built.
        """
        python = ensure_emulator(self._progress)
        ports = self._candidate_ports()
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="centralino-cloud-"))
        for name in ("home", "tmp", "state"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        with self._progress.step("Starting the embedded cloud"):
            for port in ports:
                self._port = port
                self._spawn(python)
                if self._answers(timeout):
                    return self
                self._end_process()
        reason = f"the embedded cloud did not start; end of its log:\n{self._log_tail()}"
        self._discard_directory()
        raise CloudStartError(reason)

    def stop(self, grace: float = _GRACE) -> None:
        """End the emulator and every function process; does nothing when it is not running."""
        self._end_process(grace)
        self._discard_directory()

    def __enter__(self) -> EmbeddedCloud:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _candidate_ports(self) -> Iterable[int]:
        if self._wanted_port is not None:
            if not _is_free(self._wanted_port):
                raise CloudStartError(f"port {self._wanted_port} is already in use")
            return (self._wanted_port,)
        # A port can be taken between this look and the emulator's own, hence more than one.
        return [*(port for port in PREFERRED_PORTS if _is_free(port)), _any_free_port()][:3]

    def _spawn(self, python: Path) -> None:
        command = [str(python), "-m", LAUNCHER]
        if not self._detached:
            command.append(WITH_PARENT)
        if self._temporary:
            # `stop` does it too, but a starter that is killed does not get there.
            command += [DISCARD, str(self._directory)]
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL if self._detached else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """All the emulator gets, because every function inherits it: nothing of the caller's."""
        assert self._directory is not None
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(self._directory / "home"),
            "TMPDIR": str(self._directory / "tmp"),
            "STATE_DIR": str(self._directory / "state"),
            "S3_DATA_DIR": str(self._directory / "state" / "s3"),
            # The emulator listens on every interface unless told.
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_EDITION": self._name,
            "LAMBDA_EXECUTOR": "local",
            # Services of no use here that would open ports of their own.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # Functions would otherwise ask a metadata service that is not there.
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _answers(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return False
            # Another emulator may have taken the port first and answer in place of ours.
            if (health(self.endpoint) or {}).get("edition") == self._name:
                return True
            time.sleep(0.05)
        return False

    def _end_process(self, grace: float = _GRACE) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        end_group(process.pid, grace)
        if process.stdin is not None:
            process.stdin.close()
        process.wait()

    def _discard_directory(self) -> None:
        if self._temporary and self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])


def health(endpoint: str, timeout: float = 2.0) -> dict[str, Any] | None:
    """What the emulator at `endpoint` says of itself, or None when nothing answers."""
    address = urlsplit(endpoint)
    # No proxy of the caller's stands between two processes of one machine.
    connection = HTTPConnection(address.hostname or HOST, address.port, timeout=timeout)
    try:
        connection.request("GET", "/_localstack/health")
        body: dict[str, Any] = json.load(connection.getresponse())
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return body


def is_running(pid: int, endpoint: str) -> bool:
    """Whether the emulator recorded under `pid` still serves `endpoint`."""
    return is_launcher(pid) and health(endpoint) is not None


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As a server binds: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
