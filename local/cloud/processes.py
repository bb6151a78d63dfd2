"""Processes of the embedded cloud: finding, recognising and ending them.

Decides whether a recorded process id still belongs to an emulator of ours. Never signals a
process it has not recognised.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

LAUNCHER = "local.cloud.launcher"


def is_launcher(pid: int) -> bool:
    """Whether `pid` is a living emulator; ids are reused, so its command line is looked at."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return LAUNCHER in _command_line(pid)


def end_group(pid: int, grace: float) -> bool:
    """End the emulator `pid` and its workers; True when it ended within `grace` seconds.

    The emulator leads a process group of its own: it gets SIGTERM, and whatever of the group
    is left afterwards gets SIGKILL.
    """
    in_time = True
    if is_launcher(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while is_launcher(pid):
            if time.monotonic() > deadline:
                in_time = False
                break
            time.sleep(0.02)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    while is_launcher(pid):
        time.sleep(0.02)
    return in_time


def _command_line(pid: int) -> str:
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.parent.parent.joinpath("self").exists():
        try:
            # A process that ended but was not collected has an empty command line.
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout
