"""Fault points in deployed functions: put in for a test, taken out after it."""

from __future__ import annotations

import io
import json
import secrets
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.cloud import client
from local.cloud.paths import ROOT
from tests.support.exchange import Exchange
from tests.support.polling import until

_ENTRY = Path(__file__).with_name("dying") / "handler.py"


class Death:
    """A process that is to end; tells whether it has."""

    def __init__(self, exchange: Exchange, point: str) -> None:
        self._exchange = exchange
        self.point = point
        self.mark = f"fault#{point}#{secrets.token_hex(4)}"
        self.ttl = int(time.time()) + 3600

    @property
    def happened(self) -> bool:
        """Whether a process has ended at the point."""
        return self._exchange.app.operations.get(self.mark, "died") is not None

    def awaited(self, within: float = 20.0) -> None:
        """Wait until a process has ended at the point."""
        until(lambda: self.happened, f"a death {self.point}", within)


@contextmanager
def dying(exchange: Exchange, function: str, point: str) -> Iterator[Death]:
    """Let a deployed function die once at a point; the product's own code comes back afterwards."""
    death = Death(exchange, point)
    told = {"point": point, "mark": death.mark, "ttl": death.ttl}
    replace_code(
        exchange,
        function,
        {
            "handler.py": _ENTRY.read_text(encoding="utf-8"),
            "product_handler.py": shipped(function),
            "point.json": json.dumps(told),
        },
    )
    try:
        yield death
        # A killed invocation would come again: first let what is under way end.
        exchange.quiet(within=60.0)
    finally:
        restart(exchange, function)


def restart(exchange: Exchange, function: str) -> None:
    """Give a function its own code and fresh processes."""
    replace_code(exchange, function, {"handler.py": shipped(function)})


def shipped(function: str) -> str:
    """Return the product's own code of a function: one file, all else is in layers."""
    return (ROOT / "functions" / function / "handler.py").read_text(encoding="utf-8")


def replace_code(exchange: Exchange, function: str, files: Mapping[str, str]) -> None:
    """Put other code into a deployed function and wait until it is in force."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    functions = client("lambda", exchange.deployment.endpoint)
    name = exchange.deployment.functions[function]
    functions.update_function_code(FunctionName=name, ZipFile=package.getvalue())

    def in_force() -> bool:
        found = functions.get_function_configuration(FunctionName=name)
        return bool(found["LastUpdateStatus"] == "Successful")

    until(in_force, f"new code of {function}")
