"""``centralino provider``: the carrier's account made to agree with the published lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.failures import BAD_INPUT, FAILED, INTERRUPTED, fail

if TYPE_CHECKING:
    from cli.provider.centre import Centre
    from cli.provider.checks import Check
    from cli.provider.planning import Plan

group = typer.Typer(help="Carriers: point their numbers at us, and see why not.")
twilio = typer.Typer(
    help="Twilio: the account is in the deployment's secret, or in TWILIO_ACCOUNT_SID and "
    "TWILIO_AUTH_TOKEN.",
    no_args_is_help=True,
)
group.add_typer(twilio, name="twilio")

Rules = Annotated[
    Path | None,
    typer.Argument(help="A file of rules; else those in force.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@twilio.command()
def connect() -> None:
    """Put the account into the deployment's secret, once the carrier has said that it knows it.

    Asks for SID and token, unless they are in the environment. Functions take them up within five
    minutes.
    """
    from cli.provider import centre

    with _told():
        sid, token = centre.told()
        if not sid:
            if not sys.stdin.isatty():
                fail(
                    f"nobody can be asked here: set {centre.ACCOUNT} and {centre.TOKEN}", BAD_INPUT
                )
            sid = typer.prompt("Account SID").strip()
            centre.check_sid(sid)
            token = typer.prompt("Auth token", hide_input=True).strip()
        arn = centre.connect(sid, token)
    print(f"{sid} is in {arn}: functions take it up within five minutes")


@twilio.command()
def plan(rules: Rules = None, as_json: Json = False) -> None:
    """Show what would change: the numbers' addresses, the fallback's files. Nothing is set.

    Exit status 1 when a line's number is not the account's.
    """
    with _told():
        centre = _centre(rules)
        made = _planned(centre)
    _tell(made, as_json=as_json)
    _end_with_missing(centre, made)


@twilio.command()
def apply(rules: Rules = None, yes: Yes = False, as_json: Json = False) -> None:
    """Plan, ask, and set what differs. Doing it again changes nothing.

    Nothing at all is set while a line's number is not the account's.
    """
    if not yes and (as_json or not sys.stdin.isatty()):
        fail("nobody can be asked here: look at the plan, then say --yes", BAD_INPUT)
    from cli.commands.simulate import bar
    from cli.provider import planning

    with _told():
        centre = _centre(rules)
        made = _planned(centre)
        # With --json, standard output holds the result alone.
        if not as_json:
            _tell(made, as_json=False)
        _end_with_missing(centre, made)
        if made.steps:
            if not yes and not typer.confirm("Set this?"):
                fail("nothing was changed", INTERRUPTED)
            with bar("settings", made.steps) as done:
                planning.carry_out(centre, made, done)
    if as_json:
        print(json.dumps({**_plan_json(made), "changed": bool(made.steps)}, ensure_ascii=False))
    elif made.steps:
        print("done: `centralino provider twilio check` tells whether a call would come through")


@twilio.command()
def check(rules: Rules = None, as_json: Json = False) -> None:
    """Tell whether a call would come through, a line each, and what to do where it would not."""
    from cli.provider import checks

    found: list[Check] = []
    with _told():
        for one in checks.run(_centre(rules)):
            found.append(one)
            if not as_json:
                _tell_check(one)
    if as_json:
        keys = ("what", "state", "text", "todo")
        print(json.dumps([{key: getattr(one, key) for key in keys} for one in found]))
    wrong = sum(one.state == checks.WRONG for one in found)
    if wrong:
        fail(f"{wrong} of {len(found)} are wrong")


@contextmanager
def _told() -> Iterator[None]:
    """End the command in words, a line for each reason, when something stands in the way."""
    from centralino.contracts.configuration import ConfigurationError
    from centralino.domain.errors import CentralinoError
    from cli.outputs import NotDeployed
    from cli.provider import checks
    from cli.provider.centre import BadAccount, NotReady

    try:
        yield
    except ConfigurationError as error:
        for line in str(error).splitlines():
            print(f"centralino: {line}", file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from error
    except BadAccount as error:
        fail(error, BAD_INPUT)
    except (NotDeployed, NotReady) as error:
        fail(error)
    except CentralinoError as error:
        fail(": ".join(checks.refusal(error)))


def _centre(rules: Path | None) -> Centre:
    from cli.provider.centre import centre

    return centre(rules)


def _planned(centre: Centre) -> Plan:
    from cli.provider import planning

    return planning.planned(centre)


# --------------------------------------------------------------------------- words


def _tell(made: Plan, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_plan_json(made), ensure_ascii=False))
        return
    if made.to_set:
        from rich.console import Console
        from rich.table import Table

        table = Table(title="numbers that change")
        for heading in ("line", "number", "setting", "is", "will be"):
            table.add_column(heading, overflow="fold")
        for row in made.to_set:
            names = [row.line.id, row.line.number]
            for change in row.changes:
                table.add_row(*names, change.setting, change.was or "-", change.now or "-")
                names = ["", ""]
            table.add_section()
        Console().print(table)
    for row in made.to_set:
        _tell_overrides(row.line.id, [change.setting for change in row.changes])
    for document in made.to_write:
        print(f"{document.name}: {document.state}")
    if made.steps:
        print(
            f"{len(made.to_set)} of {len(made.rows)} numbers change, "
            f"{len(made.to_write)} of {len(made.documents)} files are written"
        )
    elif not made.missing:
        print("nothing changes: every number calls us and knows its fallback")


def _tell_overrides(line: str, settings: list[str]) -> None:
    from centralino.adapters.telephony.twilio.numbers import OVERRIDES

    for setting in settings:
        if setting in OVERRIDES:
            kind = "a trunk" if setting == "TrunkSid" else "an application"
            print(f"! line {line}: {kind} takes its calls now; it is taken off the number")


def _end_with_missing(centre: Centre, made: Plan) -> None:
    from cli.provider import checks

    for line in made.missing:
        text, todo = checks.unowned(centre, line.number)
        print(f"centralino: line {line.id}: {text}: {todo}", file=sys.stderr)
    if made.missing:
        raise typer.Exit(FAILED)


def _tell_check(one: Check) -> None:
    from rich.console import Console

    colour = {"ok": "green", "wrong": "red", "note": "yellow"}[one.state]
    todo = f": {one.todo}" if one.todo else ""
    console = Console()
    console.print(f"{one.state:<6}", style=colour, end="", highlight=False)
    # A line stays one line, however narrow the terminal: it may be searched for.
    console.print(f"{one.what}: {one.text}{todo}", soft_wrap=True, highlight=False, markup=False)


def _plan_json(made: Plan) -> dict[str, Any]:
    return {
        "numbers": [
            {
                "line": row.line.id,
                "number": row.line.number,
                "sid": row.number.sid,
                "changes": [
                    {"setting": change.setting, "was": change.was, "now": change.now}
                    for change in row.changes
                ],
            }
            for row in made.rows
        ],
        "missing": [{"line": line.id, "number": line.number} for line in made.missing],
        "documents": [{"name": one.name, "state": one.state} for one in made.documents],
    }
