"""``schemas/configuration.schema.json``: what editors check a configuration file against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from centralino.contracts.configuration import json_schema


def files() -> Iterator[tuple[Path, str]]:
    """Yield the path under the checkout and the text of the generated schema."""
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    yield Path("schemas/configuration.schema.json"), text
