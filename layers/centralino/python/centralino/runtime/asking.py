"""The data sources of flows, made when first asked: most functions never do."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from centralino.application.ports import Question, Sources


class DeferredSources:
    """The port ``Sources``."""

    def ask(self, question: Question) -> Any:
        """See :meth:`Sources.ask`."""
        return _sources().ask(question)


@cache
def _sources() -> Sources:
    # Imported when a flow asks: most calls never do.
    from centralino.adapters.sources import Sources as Asked

    return Asked(_patient_lambda)


@cache
def _patient_lambda(seconds: float) -> Any:
    config = Config(connect_timeout=1, read_timeout=seconds, retries={"total_max_attempts": 1})
    return boto3.client("lambda", config=config)
