"""``centralino callback``: look at callbacks, and do what a supervisor of all units may.

It asks the deployed agent API's function itself, so that what is done here is done as by any
supervisor, and stands in the callback's history.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from cli.failures import BAD_INPUT, fail

group = typer.Typer(help="Requests to be called back.", no_args_is_help=True)

#: Who this is, to the API: a supervisor of every business unit, by a name of its own.
_OPERATOR = "00000000-0000-4000-8000-000000000000"
_GROUPS = "supervisor supervisor:*"
_PATH = "/v1/callbacks"
_DAY_MS = 24 * 3600 * 1000

Name = Annotated[str, typer.Argument(help="The callback's id, cb_...")]
Queue = Annotated[str | None, typer.Option(help="Of which queue; all if not given.")]
Ended = Annotated[bool, typer.Option("--ended", help="Those that have ended, the latest first.")]
State = Annotated[str | None, typer.Option(help="Only these, by comma: QUEUED,HELD.")]
Agent = Annotated[str | None, typer.Option(help="Whose: ag_...")]
Since = Annotated[str | None, typer.Option("--from", help="From then on: 2027-03-28T09:30.")]
Until = Annotated[str | None, typer.Option("--to", help="Up to then.")]
Zone = Annotated[str, typer.Option(help="Of times given without an offset.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
ForCustomer = Annotated[
    bool, typer.Option("--for-customer", help="The customer asked for it: no promise is broken.")
]


class Form(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"


@group.command("list")
def list_(
    queue: Queue = None,
    ended: Ended = False,
    state: State = None,
    agent: Agent = None,
    since: Since = None,
    until: Until = None,
    zone: Zone = "UTC",
    as_json: AsJson = False,
) -> None:
    """List callbacks: the open ones, unless ended ones are asked for."""
    query = _query(queue, ended, state, agent, since, until, zone)
    rows: list[dict[str, Any]] = []
    while True:
        page = _asked("GET", "", query)
        rows += page["callbacks"]
        if page["cursor"] is None:
            break
        query["cursor"] = page["cursor"]
    if as_json:
        print(json.dumps(rows))
        return
    _table(rows, ("callback_id", "queue", "state", "requested_at", "not_before", "agent"))


@group.command()
def show(callback: Name, as_json: AsJson = False) -> None:
    """Show a callback with all that happened to it."""
    found = _asked("GET", f"/{callback}")
    if as_json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        if value is not None and not isinstance(value, list):
            print(f"{name:16} {_told(name, value)}")
    for promise in found["promises"]:
        start, end = _time(promise["window_start"]), _time(promise["window_end"])
        print(f"{'promised':16} {start} to {end}: {promise['verdict']}")
    _table(found["history"], ("at", "type", "who", "data"))


@group.command()
def cancel(callback: Name, for_customer: ForCustomer = False, as_json: AsJson = False) -> None:
    """Take a callback back; repeating it changes nothing."""
    query = {"for_customer": "true"} if for_customer else {}
    _tell(_asked("DELETE", f"/{callback}", query), as_json)


@group.command()
def move(
    callback: Name,
    to: Annotated[
        str | None, typer.Option(help="The time; if none, as soon as it is its turn.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Of the time; the queue's if none.")] = None,
    for_customer: ForCustomer = False,
    as_json: AsJson = False,
) -> None:
    """Move a callback to another time."""
    body = {"local_time": to, "zone": zone, "for_customer": for_customer}
    _tell(_asked("POST", f"/{callback}/move", body=body), as_json)


@group.command()
def reassign(
    callback: Name,
    queue: Annotated[str | None, typer.Option(help="Which queue calls instead.")] = None,
    agent: Annotated[str | None, typer.Option(help="Who is asked first: ag_...")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a callback to another queue, or to an agent who is asked first."""
    _tell(_asked("POST", f"/{callback}/reassign", body={"queue": queue, "agent": agent}), as_json)


@group.command()
def export(
    form: Annotated[Form, typer.Option("--format", help="csv or jsonl.")] = Form.CSV,
    queue: Queue = None,
    ended: Ended = False,
    state: State = None,
    agent: Agent = None,
    since: Since = None,
    until: Until = None,
    zone: Zone = "UTC",
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Customers' numbers, too: personal data.")
    ] = False,
) -> None:
    """Write callbacks to standard output, page by page; without numbers unless asked for."""
    query = _query(queue, ended, state, agent, since, until, zone)
    query |= {"format": form.value, "numbers": str(numbers).lower()}
    while True:
        answer = _answer("GET", "/export", query, groups=f"{_GROUPS} numbers" if numbers else "")
        sys.stdout.write(answer["body"])
        headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
        if "x-cursor" not in headers:
            return
        query["cursor"] = headers["x-cursor"]


@group.command()
def slots(
    queue: Annotated[str, typer.Argument(help="The queue.")],
    since: Since = None,
    until: Until = None,
    zone: Zone = "UTC",
    as_json: AsJson = False,
) -> None:
    """Show the times at which customers can be promised a call: of a day, if no end is given."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    start = _moment(since, zone) if since is not None else now
    end = _moment(until, zone) if until is not None else start + _DAY_MS
    query = {"queue": queue, "from": str(start), "to": str(end)}
    found = _asked("GET", "/slots", query)
    if as_json:
        print(json.dumps(found["slots"]))
        return
    _table(found["slots"], ("start", "end", "free"))


# --------------------------------------------------------------------------- what they share


def _asked(
    method: str, path: str, query: dict[str, str] | None = None, body: Any = None
) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_answer(method, path, query or {}, body)["body"])
    return found


def _answer(
    method: str, path: str, query: dict[str, str], body: Any = None, groups: str = ""
) -> dict[str, Any]:
    """Return the API's answer; one that refuses ends the command in one line."""
    from botocore.exceptions import BotoCoreError, ClientError

    from cli import outputs

    event = _event(method, f"{_PATH}{path}", query, body, groups or _GROUPS)
    try:
        function = outputs.read()["AgentApiFunctionName"]
        told = outputs.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        answer = json.loads(told["Payload"].read() or b"{}")
    except outputs.NotDeployed as error:
        fail(error)
    except (ClientError, BotoCoreError) as error:
        fail(f"the API cannot be asked: {error}")
    status = int(answer.get("statusCode", 500))
    if told.get("FunctionError") or status >= 500:
        fail("the API failed; its log tells why")
    if status >= 400:
        problem = json.loads(answer["body"])
        fail(f"{problem['detail']} ({problem['code']})", BAD_INPUT)
    return dict(answer)


def _event(method: str, path: str, query: dict[str, str], body: Any, groups: str) -> dict[str, Any]:
    """Return a request as the HTTP API hands it to its function, its sign-in verified."""
    now = datetime.now(UTC)
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": urlencode(query),
        "queryStringParameters": query or None,
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": method, "path": path},
            "requestId": f"cli-{now.strftime('%Y%m%dT%H%M%S.%f')}",
            "stage": "$default",
            "authorizer": {"jwt": {"claims": {"sub": _OPERATOR, "cognito:groups": f"[{groups}]"}}},
        },
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }


def _query(
    queue: str | None,
    ended: bool,
    state: str | None,
    agent: str | None,
    since: str | None,
    until: str | None,
    zone: str,
) -> dict[str, str]:
    wanted = {
        "queue": queue,
        "ended": "true" if ended else None,
        "state": state.upper() if state else None,
        "agent": agent,
        "from": str(_moment(since, zone)) if since is not None else None,
        "to": str(_moment(until, zone)) if until is not None else None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _moment(text: str, zone: str) -> int:
    from centralino.domain.callbacks.local_times import moment
    from centralino.domain.errors import RuleViolation

    try:
        return moment(text, zone)
    except RuleViolation as error:
        fail(f"{error} ({error.code})", BAD_INPUT)


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))
    else:
        print(f"{found['callback_id']} {found['state']} {found['queue']}")


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        # An id that is cut short is none.
        table.add_column(name, overflow="fold", no_wrap=name == columns[0])
    for row in rows:
        table.add_row(*(_told(name, row[name]) for name in columns))
    Console(soft_wrap=True).print(table)


def _told(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return " ".join(f"{key}={part}" for key, part in value.items())
    moments = ("at", "start", "end", "until", "not_before", "window_start", "window_end")
    return _time(value) if name.endswith("_at") or name in moments else str(value)


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
