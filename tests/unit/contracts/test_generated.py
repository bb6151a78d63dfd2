"""Everything generated is current, valid, and says what the code does."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import validate as validate_openapi

from centralino.contracts.envelope import detail, source
from centralino.contracts.events import EVENTS
from centralino.domain import events as catalogue
from centralino.domain.contacts import legs, parties, transfers
from centralino.domain.contacts.model import Contact
from centralino.domain.events import describe
from cli.generate import __main__ as generator
from tests.unit.domain.contacts import test_legs as calls
from tests.unit.domain.contacts import test_lifecycle as lives
from tests.unit.domain.contacts import test_lost as absent
from tests.unit.domain.contacts import test_transfers as moves

ROOT = Path(__file__).resolve().parents[3]


def test_generated_files_are_current() -> None:
    assert generator.stale() == [], "run `make schemas` and commit the result"


def test_a_stale_file_is_noticed_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    assert generator.main(["--check"]) == 1
    assert "run `make schemas`" in capsys.readouterr().err
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    (tmp_path / "schemas/openapi.json").write_text("{}", encoding="utf-8")
    assert generator.stale() == [Path("schemas/openapi.json")]


def test_every_event_that_can_happen_has_a_contract_and_a_code() -> None:
    assert set(catalogue.CODES) == set(catalogue.IMAGE_FIELDS)
    assert set(catalogue.CODES) == set(EVENTS)
    assert len(set(catalogue.CODES.values())) == len(catalogue.CODES)


def test_the_openapi_document_is_valid() -> None:
    document = json.loads((ROOT / "schemas/openapi.json").read_text(encoding="utf-8"))
    validate_openapi(document)
    errors = document["paths"]["/v1/agents/me/state"]["put"]["responses"]
    assert "application/problem+json" in errors["422"]["content"]


def handed_on() -> list[Contact]:
    """Contacts after everything a transfer, a consult or a call of ours can tell."""
    rid = f"{lives.ID}#3"
    parent, child = moves.consulting()
    outside, number = moves.dialled("conference")
    answered = parties.answer(number, 8_000, "j")
    return [
        moves.asked()[0],
        moves.asked()[1],
        child,
        moves.consulting("conference")[1],
        number,
        answered,
        parties.end_party(moves.asked()[1], "cancelled", "agent", 9_000, "c"),
        parties.end_party(child, "party_left", "agent", 9_000, "c"),
        parties.end_party(number, "busy", "system", 9_000, "c"),
        *transfers.complete(parent, child, 12_000, "c"),
        *transfers.gather(parent, child, 12_000, "c"),
        transfers.complete(outside, answered, 12_000, "c")[0],
        transfers.transfer(lives.connected(), rid, moves.LINE, until=0, now=6_000, cause="t"),
        transfers.return_to_queue(lives.connected(), rid, until=0, now=6_000, cause="t"),
        legs.park(calls.chatting(), rid, 90_000, 6_000, "p"),
        legs.unpark(legs.park(calls.chatting(), rid, 90_000, 6_000, "p"), rid, 7_000, "m"),
        legs.park_over(legs.park(calls.chatting(), rid, 90_000, 6_000, "p"), rid, 90_000, "t"),
    ]


@pytest.mark.parametrize(
    "contact",
    [
        lives.started(),
        lives.waiting(),
        lives.offered(),
        lives.accepted(),
        lives.connected(),
        lives.lifecycle.hang_up(lives.accepted(), "caller", 9_000, "s"),
        lives.lifecycle.hang_up(lives.connected(), "caller", 9_000, "s"),
        lives.lifecycle.self_serve(lives.started(), 9_000, "s"),
        lives.offers.decline(lives.offered(), f"{lives.ID}#3", lives.ANN, "no", 9, 9_000, "x"),
        lives.offers.hold(lives.connected(), f"{lives.ID}#3", 9_000, "x"),
        absent.away(),
        absent.lost.rejoin(absent.away(), absent.RID, 14_000, "x"),
        absent.lost.lose_agent(absent.away(), absent.RID, 9, 29_000, "x"),
        *handed_on(),
    ],
    ids=lambda contact: contact.events[0].type,
)
def test_what_is_published_matches_its_schema(contact: Contact) -> None:
    for occurrence in describe(contact):
        envelope = {
            "source": source(occurrence),
            "detail-type": occurrence.type,
            "detail": json.loads(json.dumps(detail(occurrence))),
        }
        path = ROOT / f"schemas/events/{occurrence.type}.v1.schema.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(envelope, schema, cls=jsonschema.Draft202012Validator)
        broken = {**envelope, "detail": {**envelope["detail"], "data": {"phone": "+39"}}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema, cls=jsonschema.Draft202012Validator)
