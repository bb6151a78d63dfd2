"""Write the generated files, or with ``--check`` tell which of them are not current."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.generate import configuration, kpis, providers, schemas

ROOT = Path(__file__).resolve().parents[2]


def generated() -> Iterator[tuple[Path, str]]:
    """Yield path under the checkout and text of every generated file."""
    yield from schemas.files()
    yield from kpis.files()
    yield from configuration.files()
    yield from providers.files()


def stale() -> list[Path]:
    """Return the generated files whose text on disk is another one."""
    return [
        path
        for path, text in generated()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write or check; return the exit status."""
    if arguments == ["--check"]:
        paths = stale()
        for path in paths:
            print(f"{path} is not current: run `make schemas`", file=sys.stderr)
        return 1 if paths else 0
    write(generated())
    return 0


def write(files: Iterable[tuple[Path, str]]) -> None:
    """Write files under the checkout."""
    for path, text in files:
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
