"""Templates as the deployment gets them: each target is synthesized once in a test session."""

from __future__ import annotations

import py_compile
from pathlib import Path

import pytest

from infra.build_layers import ROOT
from tests.infra.synthesis import Templates, synthesize


@pytest.fixture(scope="session")
def aws_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the AWS target's cloud assembly; the rule packs have passed it."""
    for source in (ROOT / "layers/centralino/python/centralino", ROOT / "functions/routing"):
        # Whoever has run the code has caches beside it; a synthesis must leave them out.
        py_compile.compile(str(next(source.glob("*.py"))), doraise=True)
    return synthesize({"target": "aws"}, tmp_path_factory.mktemp("aws"))


@pytest.fixture(scope="session")
def aws(aws_folder: Path) -> Templates:
    """Return the templates of the AWS target."""
    return Templates.read(aws_folder)


@pytest.fixture(scope="session")
def embedded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the embedded target's cloud assembly."""
    settings = {"target": "embedded", "endpoint": "http://127.0.0.1:4566"}
    return synthesize(settings, tmp_path_factory.mktemp("embedded"))


@pytest.fixture(scope="session")
def embedded(embedded_folder: Path) -> Templates:
    """Return the templates of the embedded target."""
    return Templates.read(embedded_folder)
