"""What a simulation or a test pays to start: no AWS library."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["centralino.adapters.memory", "centralino.adapters.wire"])
def test_no_aws_library_is_imported(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print(sorted(m for m in ('boto3', 'botocore', 'pynamodb') if m in sys.modules))"
    )
    paths = [path for path in sys.path if path]
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
