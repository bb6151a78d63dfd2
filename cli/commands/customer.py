"""``centralino customer``: what call flows may know of customers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.failures import BAD_INPUT, fail

if TYPE_CHECKING:
    from centralino.application.ports import Operations

group = typer.Typer(help="What call flows may know of customers.", no_args_is_help=True)

NUMBER = "number"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class _Directory:
    operations: Operations


@dataclass(frozen=True)
class _Row:
    line: int
    number: str
    fields: dict[str, str]


@group.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: a column `number`, and one for each field")],
) -> None:
    """Put down what the file knows of each number; a whole file or nothing of it.

    A number that is there already gets the row in place of what was known. Empty cells are left
    out.
    """
    from rich.console import Console
    from rich.progress import track

    from centralino.application import customers
    from centralino.domain import ids
    from centralino.domain.errors import CentralinoError
    from cli.outputs import NotDeployed

    rows = list(_rows(file))
    try:
        directory, key = _deployment()
        # One that dies half way is run again: each row is written in place.
        for row in track(rows, "Customers", console=Console(stderr=True), transient=True):
            customers.put(directory, ids.subject_id(key, "phone", row.number), row.fields)
    except (NotDeployed, CentralinoError) as error:
        fail(error)
    print(f"{len(rows)} customers are known")


@group.command()
def forget(number: Annotated[str, typer.Argument(help="The customer's number, E.164")]) -> None:
    """Forget what flows know of a customer."""
    from centralino.application import customers
    from centralino.domain import ids
    from centralino.domain.errors import CentralinoError
    from cli.outputs import NotDeployed

    if _E164.fullmatch(number) is None:
        fail(f"{number!r} is no number in E.164, such as +390212345678", BAD_INPUT)
    try:
        directory, key = _deployment()
        customers.forget(directory, ids.subject_id(key, "phone", number))
    except (NotDeployed, CentralinoError) as error:
        fail(error)
    print("forgotten")


def _rows(file: Path) -> Iterator[_Row]:
    """Yield the rows of a file that is right from its first line to its last."""
    from centralino.application import customers
    from centralino.domain.errors import InvalidRequest

    seen: dict[str, int] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            table = csv.DictReader(opened, restkey="", restval="")
            if NUMBER not in (table.fieldnames or ()):
                fail(f"{file}: there is no column {NUMBER!r}", BAD_INPUT)
            for cells in table:
                where = f"{file}:{table.line_num}"
                if "" in cells:
                    fail(f"{where}: more cells than columns", BAD_INPUT)
                number = cells.pop(NUMBER).strip()
                if _E164.fullmatch(number) is None:
                    fail(f"{where}: no number in E.164, such as +390212345678", BAD_INPUT)
                if number in seen:
                    fail(f"{where}: the number is in line {seen[number]} already", BAD_INPUT)
                seen[number] = table.line_num
                fields = {name: value.strip() for name, value in cells.items() if value.strip()}
                try:
                    customers.check(fields)
                except InvalidRequest as error:
                    fail(f"{where}: {error}", BAD_INPUT)
                yield _Row(table.line_num, number, fields)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(f"{file} cannot be read: {error}", BAD_INPUT)


def _deployment() -> tuple[_Directory, bytes]:
    from botocore.exceptions import BotoCoreError, ClientError

    from centralino.adapters.dynamodb.operations import DynamoOperations
    from centralino.adapters.system import SystemClock
    from cli import outputs

    directory = _Directory(DynamoOperations(outputs.tables(), SystemClock()))
    try:
        secret = outputs.client("secretsmanager").get_secret_value(
            SecretId=outputs.read()["IdentitySecretArn"]
        )
    except (ClientError, BotoCoreError) as error:
        fail(f"the key of ids cannot be read: {error}")
    return directory, str(secret["SecretString"]).encode()
