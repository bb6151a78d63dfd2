"""``centralino why``: why a contact was offered to whom it was, in words."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.failures import BAD_INPUT, fail

if TYPE_CHECKING:
    from centralino.domain.routing.explain import Decided


class Language(StrEnum):
    """What the words are written in."""

    EN = "en"
    IT = "it"


def why(
    contact: Annotated[str, typer.Argument(help="The contact's id, ct_...")],
    language: Annotated[Language, typer.Option(help="Of the words.")] = Language.EN,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Tell of each offer why this agent, why not the others, and why the contact waited."""
    from centralino.domain import ids
    from centralino.domain.errors import CentralinoError
    from cli.outputs import NotDeployed

    if not ids.is_id(ids.CONTACT, contact):
        fail(f"{contact!r} is no contact id: ct_ and 26 letters and digits", BAD_INPUT)
    try:
        found = _history(contact)
    except (NotDeployed, CentralinoError) as error:
        fail(error)
    if found is None:
        fail(f"there is no contact {contact}; it may be older than what is kept", BAD_INPUT)
    if as_json:
        print(json.dumps([_as_json(decided, language) for decided in found], ensure_ascii=False))
        return
    if not found:
        print("it has not been offered to anybody" if language is Language.EN else
              "non è stato proposto a nessuno")  # fmt: skip
    for decided in found:
        _tell(decided, language)


def _history(contact_id: str) -> list[Decided] | None:
    """Return the decisions about a stored contact, or None when there is no such contact."""
    from centralino.adapters.dynamodb.operations import DynamoOperations
    from centralino.adapters.dynamodb.store import DynamoStore
    from centralino.adapters.system import RandomIds, SystemClock
    from centralino.application import decisions
    from cli import outputs

    tables = outputs.tables()
    contact = DynamoStore(tables, RandomIds()).contact(contact_id)
    if contact is None:
        return None
    return decisions.history(DynamoOperations(tables, SystemClock()), contact)


def _tell(decided: Decided, language: Language) -> None:
    from centralino.contracts.envelope import iso
    from centralino.domain.routing.explain import explain

    told = explain(decided, language.value)
    print(f"{iso(decided.at)}  {decided.rid}")
    print(f"  {told.chosen}")
    for other in told.others:
        print(f"  {other}")
    print(f"  {told.waited}")


def _as_json(decided: Decided, language: Language) -> dict[str, object]:
    from centralino.domain.routing.explain import explain

    told = explain(decided, language.value)
    return {
        "rid": decided.rid,
        "agent_id": decided.agent,
        "queue": decided.queue,
        "at": decided.at,
        "waited_ms": decided.waited_ms,
        "rule": decided.decision.rule,
        "step": decided.decision.step,
        "candidates": [list(candidate) for candidate in decided.decision.candidates],
        "chosen": told.chosen,
        "others": list(told.others),
        "waited": told.waited,
    }
