"""The ``centralino`` command: its groups, and how a call of it ends."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from cli.commands import (
    agent,
    bench,
    callback,
    config,
    customer,
    demo,
    dlq,
    flow,
    local,
    provider,
    replay,
    simulate,
    simulate_callbacks,
    staffing,
    why,
)
from cli.failures import BAD_INPUT, INTERRUPTED

app = typer.Typer(
    name="centralino",
    help="A serverless contact centre for your own AWS account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command()(demo.demo)
app.add_typer(local.group, name="local")
app.add_typer(config.group, name="config")
app.add_typer(agent.group, name="agent")
app.add_typer(customer.group, name="customer")
app.add_typer(callback.group, name="callback")
app.add_typer(staffing.group, name="staffing")
app.add_typer(flow.group, name="flow")
app.add_typer(provider.group, name="provider")
app.add_typer(simulate.group, name="simulate")
simulate.group.command()(simulate_callbacks.callbacks)
app.command()(replay.replay)
app.add_typer(dlq.group, name="dlq")
app.command()(why.why)
app.command()(bench.bench)


def run() -> None:
    """Run the command line: the console entry point."""
    sys.exit(main())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; bad input is told in one line."""
    try:
        status = app(arguments, prog_name="centralino", standalone_mode=False)
    except TyperException as error:
        # The parser's own words name the option; without any it has shown the help.
        tell = getattr(error, "format_message", error.__str__)
        text = " ".join(str(tell()).split())
        if text:
            print(f"centralino: {text}", file=sys.stderr)
        return BAD_INPUT
    except (typer.Abort, KeyboardInterrupt):
        print("centralino: interrupted", file=sys.stderr)
        return INTERRUPTED
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    run()
