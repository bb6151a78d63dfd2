"""``centralino flow``: call flows checked, tried, drawn and walked, without a deployment."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from centralino.domain.telephony.capabilities import Provider
from cli.failures import BAD_INPUT, FAILED, fail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from centralino.contracts.flows import FlowSource
    from centralino.domain.flows.checks import Surroundings

group = typer.Typer(help="Check, try, draw and walk call flows.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="Flow files, one flow each.")]
File = Annotated[Path, typer.Argument(help="A flow file.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


class Language(StrEnum):
    """What a caller is spoken to in."""

    EN = "en"
    IT = "it"


@group.command()
def lint(
    files: Files,
    config: Annotated[
        Path | None,
        typer.Option(help="The file of rules whose queues, hours, lines and languages count."),
    ] = None,
    provider: Annotated[
        Provider | None,
        typer.Option(
            help="Who carries the calls: what it lacks is told. Else each line's own, or twilio."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find what is wrong with flows: one line per problem, exit status 2 if there are any."""
    from centralino.contracts import flows

    loaded = _load(files)
    found = flows.lint(loaded.values(), _around(config, provider, loaded))
    shown = sorted({(p.file or s.name, p.line, p.where, p.reason) for s, p in found})
    if as_json:
        keys = ("file", "line", "where", "reason")
        print(json.dumps([dict(zip(keys, one, strict=True)) for one in shown], ensure_ascii=False))
    else:
        for file, line, where, reason in shown:
            print(f"{file}:{line}: {where}: {reason}", file=sys.stderr)
        if not shown:
            print(f"{len(files)} flow{'s' if len(files) > 1 else ''}: nothing wrong")
    if shown:
        raise typer.Exit(BAD_INPUT)


@group.command("test")
def play(files: Files, as_json: AsJson = False) -> None:
    """Play the conversations kept beside flows (FLOW.tests.yaml)."""
    from centralino.contracts.configuration_source import ConfigurationError
    from cli.flows import conversations

    results: list[dict[str, str | None]] = []
    for file in files:
        loaded = _load([file])
        root = next(iter(loaded))
        known = {name: found.flow for name, found in loaded.items()}
        kept = conversations.beside(file)
        if not kept.is_file():
            fail(f"there are no conversations beside {file}: {kept.name} is missing", BAD_INPUT)
        try:
            played = conversations.load(kept)
        except ConfigurationError as error:
            fail(error, BAD_INPUT)
        results += [
            {
                "flow": root,
                "conversation": conversation.name,
                "wrong": conversations.play(known, root, conversation),
            }
            for conversation in played
        ]
    failed = [result for result in results if result["wrong"] is not None]
    if as_json:
        print(json.dumps(results, ensure_ascii=False))
    else:
        for result in failed:
            print(f"{result['flow']}: {result['conversation']}: {result['wrong']}", file=sys.stderr)
        print(f"{len(results) - len(failed)} of {len(results)} conversations go as written")
    if failed:
        raise typer.Exit(FAILED)


@group.command()
def draw(
    file: File,
    output: Annotated[Path, typer.Option("-o", "--output", help="The SVG to write.")],
    language: Annotated[Language, typer.Option(help="Of the words.")] = Language.EN,
) -> None:
    """Draw a flow as SVG."""
    from cli.flows import drawing

    loaded = _load([file])
    svg = drawing.draw(next(iter(loaded.values())).flow, language)
    try:
        output.write_text(svg, encoding="utf-8")
    except OSError as error:
        fail(f"{output}: {error.strerror}", BAD_INPUT)


@group.command()
def simulate(
    file: File,
    language: Annotated[Language, typer.Option(help="The line's language.")] = Language.EN,
    line: Annotated[str, typer.Option(help="The line that is called.")] = "",
) -> None:
    """Walk a flow: type digits to press them, words to say them, nothing to be silent."""
    from centralino.contracts.flow_tests import GivenPart
    from cli.flows import simulating
    from cli.flows.rehearsal import GivenFacts

    loaded = _load([file])
    simulating.simulate(
        {name: found.flow for name, found in loaded.items()},
        next(iter(loaded)),
        language=language,
        line=line,
        phone=GivenFacts(GivenPart(), language),
        ask=_ask,
        tell=print,
    )


def _ask(question: str) -> str | None:
    print(f"{question} > ", end="", flush=True)
    typed = sys.stdin.readline()
    if not sys.stdin.isatty():
        # What is piped in is not echoed by a terminal: shown, so that the walk can be read.
        print(typed.rstrip("\n"))
    return typed or None


def _load(files: list[Path]) -> dict[str, FlowSource]:
    """Return the flows of these files and those they run, or end the command."""
    from centralino.contracts import flows
    from centralino.contracts.configuration_source import ConfigurationError

    try:
        return flows.load_together(files)
    except ConfigurationError as error:
        for line in str(error).splitlines():
            print(line, file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from error


def _around(
    config: Path | None, provider: Provider | None, loaded: Mapping[str, FlowSource]
) -> Surroundings:
    from dataclasses import replace

    from centralino.adapters.telephony.declared import declared
    from centralino.contracts.configuration import read_text
    from centralino.contracts.configuration_file import ConfigurationFile
    from centralino.contracts.configuration_flow_checks import surroundings
    from centralino.contracts.configuration_source import ConfigurationError, read, validated
    from centralino.domain.flows.checks import Surroundings

    able = declared()
    if provider is not None:
        if provider.value not in able:
            fail(f"there is no adapter for {provider.value}", BAD_INPUT)
        able = {provider.value: able[provider.value]}
    if config is None:
        chosen = provider or Provider.TWILIO
        return Surroundings(capabilities={chosen.value: able[chosen.value]})
    try:
        file = validated(ConfigurationFile, read(read_text(config), str(config)))
    except ConfigurationError as error:
        for line in str(error).splitlines():
            print(line, file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from error
    around = replace(surroundings(file), capabilities=able)
    if provider is not None:
        carried = {line: (flow, provider.value) for line, (flow, _) in around.carried.items()}
        around = replace(around, carried=carried)
    if around.roots is not None and not {*around.roots} & {*loaded}:
        # None of them has a line yet: it may become any of those that there are.
        spoken = {language for of in around.languages.values() for language in of}
        used = {name for _, name in around.carried.values()}
        met = {name: what for name, what in able.items() if name in used}
        return replace(around, roots=None, languages={"": spoken}, capabilities=met, carried={})
    return around
