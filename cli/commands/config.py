"""``centralino config``: the rules of the contact centre as reviewed code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.failures import BAD_INPUT, FAILED, INTERRUPTED, fail

if TYPE_CHECKING:
    from centralino.application.publishing import Draft, Office, Plan
    from centralino.domain.configuration.model import Configuration
    from centralino.domain.configuration.releases import Release

group = typer.Typer(
    help="The rules: queues, skills, hours, routing profiles, lines and menus.",
    no_args_is_help=True,
)

#: A plan with changes ends so when asked to by --exit-code.
CHANGES = 1
File = Annotated[Path, typer.Argument(help="The file of rules", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Note = Annotated[str, typer.Option(help="Why; history shows it.")]
By = Annotated[
    str | None,
    typer.Option(help="Who: else the identity AWS knows, or the local user.", show_default=False),
]


@group.command()
def plan(
    file: File,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 when something changes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what publishing a file would change. Nothing is written.

    Exit status 2 when the file is refused, or could not be published at this moment.
    """
    with _told():
        draft = _draft(file)
        made = _planned(_office(), draft)
        _tell_plan(made, as_json=as_json)
    if made.refusals:
        raise typer.Exit(BAD_INPUT)
    if exit_code and made.changes:
        raise typer.Exit(CHANGES)


@group.command()
def apply(
    file: File, yes: Yes = False, note: Note = "", by: By = None, as_json: Json = False
) -> None:
    """Plan, ask, and put the file in force as the next version.

    What somebody else published meanwhile is never overwritten: then exit status 1.
    """
    with _told():
        draft = _draft(file)
        _publish(_office(), draft, yes=yes, note=note, by=by, as_json=as_json)


@group.command()
def rollback(
    version: Annotated[
        int | None, typer.Argument(help="The version; else the one before the one in force.")
    ] = None,
    yes: Yes = False,
    note: Note = "",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Publish the rules of an earlier version again, under a new number."""
    from centralino.application import publishing

    with _told():
        office = _office()
        draft = publishing.restored(office, version)
        _publish(office, draft, yes=yes, note=note, by=by, as_json=as_json)


@group.command()
def history(
    limit: Annotated[int, typer.Option(min=1, help="How many versions at most")] = 20,
    as_json: Json = False,
) -> None:
    """List the versions that were in force, the latest first."""
    from centralino.application import publishing

    with _told():
        found = publishing.history(_office(), limit)
    if as_json:
        print(json.dumps([_release_json(release) for release in found], ensure_ascii=False))
        return
    if not found:
        print("no rules have been published")
    for release in found:
        print(_line(release))


@group.command()
def show(
    version: Annotated[
        int | None, typer.Argument(help="The version; else the one in force.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the file a version was made from; who published it goes to standard error."""
    from centralino.application import publishing
    from centralino.domain.configuration.documents import encode

    with _told():
        release, source = publishing.looked_up(_office(), version)
    if as_json:
        whole = {**_release_json(release), "source": source, "rules": encode(release.rules)}
        print(json.dumps(whole, ensure_ascii=False))
        return
    print(_line(release), file=sys.stderr)
    if source is None:
        fail(f"the file of version {release.number} was not kept; --json shows its rules")
    print(source, end="" if source.endswith("\n") else "\n")


# --------------------------------------------------------------------------- the deployment


def _office() -> Office:
    """Return the deployment this command works on."""
    from centralino.adapters.calendars import public_holidays
    from centralino.adapters.dynamodb.configuration import DynamoConfiguration
    from centralino.adapters.dynamodb.operations import DynamoOperations
    from centralino.adapters.dynamodb.store import DynamoStore
    from centralino.adapters.system import RandomIds, SystemClock
    from centralino.adapters.threads import ThreadFanOut
    from centralino.application.publishing import Office
    from cli import outputs

    tables = outputs.tables()
    clock = SystemClock()
    return Office(
        releases=DynamoConfiguration(tables, clock),
        store=DynamoStore(tables, RandomIds()),
        operations=DynamoOperations(tables, clock),
        clock=clock,
        holidays=public_holidays,
        fan_out=ThreadFanOut(),
    )


def _caller() -> str:
    """Return who is at work: the identity AWS knows, or the user on an embedded cloud."""
    import getpass

    from botocore.exceptions import BotoCoreError, ClientError

    from cli import outputs

    if not os.environ.get("AWS_ENDPOINT_URL"):
        try:
            return str(outputs.client("sts").get_caller_identity()["Arn"])
        except (ClientError, BotoCoreError) as error:
            fail(f"AWS does not tell who you are, say it with --by: {error}")
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


@contextmanager
def _told() -> Iterator[None]:
    """End the command in words, a line for each reason, when something stands in the way."""
    from centralino.application.publishing import Refused
    from centralino.contracts.configuration import ConfigurationError
    from centralino.domain.errors import CentralinoError, NotFound
    from cli.outputs import NotDeployed

    try:
        yield
    except (ConfigurationError, Refused) as error:
        _refuse(str(error).splitlines())
        raise typer.Exit(BAD_INPUT) from error
    except NotFound as error:
        fail(error, BAD_INPUT)
    except (NotDeployed, CentralinoError) as error:
        fail(error, FAILED)


# --------------------------------------------------------------------------- doing


def _draft(file: Path) -> Draft:
    from centralino.adapters.calendars import known
    from centralino.adapters.telephony.declared import declared
    from centralino.application import publishing
    from centralino.contracts.configuration import read_text

    return publishing.drafted(read_text(file), str(file), known, declared())


def _planned(office: Office, draft: Draft) -> Plan:
    from centralino.application import publishing

    return publishing.planned(office, draft)


def _publish(
    office: Office, draft: Draft, *, yes: bool, note: str, by: str | None, as_json: bool
) -> None:
    from centralino.application import publishing

    if not yes and (as_json or not sys.stdin.isatty()):
        fail("nobody can be asked here: look at the plan, then say --yes", BAD_INPUT)
    made = _planned(office, draft)
    # With --json, standard output holds the result alone.
    _tell_plan(made, as_json=False, out=sys.stderr if as_json else sys.stdout)
    if made.refusals:
        raise typer.Exit(BAD_INPUT)
    if made.changes or made.base is None:
        if not yes and not typer.confirm("Put this in force?"):
            fail("nothing was published", INTERRUPTED)
        release = publishing.publish(office, made, by or _caller(), note)
        changed = True
    else:
        release, changed = made.base, False
    _speak(release.rules)
    if as_json:
        print(json.dumps({**_release_json(release), "changed": changed}, ensure_ascii=False))
    elif changed:
        print(f"version {release.number} is in force, everywhere within 30 s")


def _speak(rules: Configuration) -> None:
    """Have the words of lines that play files spoken, unless somebody has said them before."""
    from centralino.application.prerendering import fixed_words

    words = fixed_words(rules)
    if words:
        from cli import voice

        voice.prerender(words)


# --------------------------------------------------------------------------- words


def _tell_plan(made: Plan, *, as_json: bool, out: Any = None) -> None:
    from centralino.domain.configuration import words

    if as_json:
        print(json.dumps(_plan_json(made), ensure_ascii=False))
    else:
        base = f"version {made.base.number}" if made.base is not None else "no rules"
        if not made.changes:
            print(f"nothing changes: {base} is in force and says the same", file=out)
        else:
            print(f"against {base}, in force now:", file=out)
            for line in words.lines(made.changes):
                print(line, file=out)
            for warning in made.warnings:
                print(f"! {warning}", file=out)
            # Pools are nobody's to write: they follow from the rest.
            kinds = [change.kind for change in made.changes if change.section != "pools"]
            counts = ", ".join(
                f"{kinds.count(kind)} {name}"
                for kind, name in (("+", "added"), ("~", "changed"), ("-", "removed"))
            )
            print(counts, file=out)
    _refuse(made.refusals)


def _refuse(reasons: Any) -> None:
    for reason in reasons:
        print(f"centralino: {reason}", file=sys.stderr)


def _line(release: Release) -> str:
    from centralino.contracts.envelope import iso

    what = f" (the rules of version {release.restores})" if release.restores is not None else ""
    note = f"  {release.note}" if release.note else ""
    when = iso(release.at) if release.at else "-"
    return f"{release.number:>4}  {when}  {release.by or '-'}{what}{note}"


def _release_json(release: Release) -> dict[str, Any]:
    return {
        "version": release.number,
        "base": release.base,
        "at": release.at,
        "by": release.by,
        "note": release.note,
        "sha256": release.digest,
        "restores": release.restores,
    }


def _plan_json(made: Plan) -> dict[str, Any]:
    from centralino.domain.configuration.diff import ABSENT

    def value(held: Any) -> Any:
        return None if held is ABSENT else held

    return {
        "base": made.base.number if made.base is not None else None,
        "sha256": made.draft.digest,
        "changes": [
            {
                "kind": change.kind,
                "section": change.section,
                "id": change.key,
                "details": [
                    {
                        "field": ".".join(detail.path),
                        "was": value(detail.was),
                        "now": value(detail.now),
                    }
                    for detail in change.details
                ],
            }
            for change in made.changes
        ],
        "warnings": list(made.warnings),
        "refusals": list(made.refusals),
    }
