"""What every cold start pays for must stay light: never the carrier's REST client."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MODULES = [
    "signature", "webhooks", "twiml", "capabilities", "rest", "recorder", "supervision", "dialler",
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_the_adapter_does_not_load_the_heavy_client(module: str) -> None:
    program = (
        f"import sys, centralino.adapters.telephony.twilio.{module}\n"
        "print(*[name for name in sys.modules"
        " if name.split('.')[0] in ('aiohttp', 'requests', 'jwt')"
        " or name.startswith('twilio.rest')])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert loaded.stdout.strip() == ""
