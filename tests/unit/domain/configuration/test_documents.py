"""Stored configurations: what goes in comes out, and releases can be rolled back."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from centralino.domain.callbacks.model import Mode
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.documents import decode, encode, encode_whole
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.configuration.model import (
    Announce,
    BusinessUnit,
    Configuration,
    Line,
    Overflow,
    Plan,
    Pool,
    ProfileQueue,
    Queue,
    RonaPolicy,
    RoutingProfile,
    Skill,
    Spend,
    Step,
)
from centralino.domain.contacts.model import Channel
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, Say
from centralino.domain.staffing.slots import SlotRules

TEXT = {"en": "Hello", "it": "Buongiorno"}

EVERYTHING = Configuration(
    version=7,
    business_units={
        "acme": BusinessUnit(
            "acme",
            TEXT,
            ("en", "it"),
            "office",
            sla_target_ms=30_000,
            sla_percent=90,
            spend=Spend(7, 8),
        )
    },
    skills={"tax": Skill("tax", TEXT, 3)},
    hours={
        "office": Hours(
            "office",
            "Europe/Rome",
            ((Interval(540, 1080),), *((),) * 6),
            "IT",
            {"2026-12-24": (Interval(540, 720),), "2026-12-31": ()},
        )
    },
    queues={
        "sales": Queue(
            "sales",
            "acme",
            TEXT,
            strategy="round_robin",
            tier=4,
            priority=2,
            sla_target_ms=15_000,
            sla_offset_ms=5_000,
            offer_timeout_ms=15_000,
            wrap_up_ms=30_000,
            set_aside_ms=10_000,
            shards=2,
            plans=("voice", "chat"),
            dispositions=("sold",),
            boost_ms=90_000,
            sla_percent=95,
            rona=RonaPolicy(3),
            hours="office",
            announce=Announce(position=True, wait=True, every_ms=45_000),
            recording="with_consent",
            recording_days=30,
            callback=CallbackRules(
                tries=5,
                hours="office",
                countries=("IT", "CH"),
                wrap_up=True,
                mode=Mode.CUSTOMER_FIRST,
                slots=SlotRules(share=0.25, volume=2.5, most=4),
            ),
            overflow=(
                Overflow("full", "message", 50, texts=TEXT),
                Overflow("late", "queue", 60_000, "sales2"),
                Overflow("closed", "callback", flow="main"),
            ),
        ),
        "sales2": Queue("sales2", "acme"),
    },
    plans={
        "voice": Plan(
            "voice", Channel.VOICE, (Step(0, {"tax": 3}), Step(30_000, {})), prefer_ms=10_000
        ),
        "chat": Plan("chat", Channel.CHAT),
    },
    profiles={
        "all": RoutingProfile(
            "all",
            (ProfileQueue("sales", 2, 5_000), ProfileQueue("sales2")),
            {Channel.VOICE: 1, Channel.CHAT: 3},
            frozenset({Channel.VOICE}),
            shards=2,
        ),
        "free": RoutingProfile("free", (ProfileQueue("sales"),), exclusive=frozenset()),
    },
    pools={"sales": Pool("sales", ("sales", "sales2"), ("all", "free"))},
    lines={"it": Line("it", "+390200000001", "acme", "main", "it")},
    flows={
        "main": Flow(
            "main",
            7,
            "hello",
            {
                "hello": Say(TEXT, "menu"),
                "menu": Menu(TEXT, {"1": "queue"}, "bye", TEXT, 2, 4),
                "queue": Enqueue("sales", "voice", TEXT, 1),
                "bye": Hangup(TEXT),
            },
        )
    },
)


def test_what_is_stored_is_what_was_published() -> None:
    assert decode(encode(EVERYTHING)) == EVERYTHING


def test_a_document_is_plain_json() -> None:
    document = encode(EVERYTHING)
    assert json.loads(json.dumps(document)) == document
    assert decode(json.loads(json.dumps(document))) == EVERYTHING


def test_only_shares_and_volumes_are_fractions() -> None:
    # Times are whole milliseconds and levels whole percents: they are compared, and counted with.
    assert {name for name, value in _leaves(encode(EVERYTHING)) if isinstance(value, float)} == {
        "share",
        "volume",
    }


def _leaves(value: object, name: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in _leaves(part, key)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part, name)]
    return [(name, value)]


def test_every_field_is_exercised_away_from_its_default() -> None:
    # Else a field forgotten in decode would not be missed by the test above.
    document = encode(EVERYTHING)
    expected = {"business_units": "acme", "queues": "sales", "plans": "voice", "profiles": "all"}
    kinds: dict[str, Any] = {
        "business_units": BusinessUnit,
        "queues": Queue,
        "plans": Plan,
        "profiles": RoutingProfile,
    }
    for section, key in expected.items():
        names = {field.name for field in fields(kinds[section])} - {"id"}
        missing = names - set(document[section][key])
        # One default per row, in a second record where it matters.
        assert missing <= {"channel", "exclusive"}, (section, missing)


def test_what_a_newer_release_added_is_ignored() -> None:
    document = encode(EVERYTHING)
    document["campaigns"] = {"x": {}}
    document["queues"]["sales"]["transcribing"] = "always"
    document["flows"]["main"]["steps"]["menu"]["speech"] = True
    document["plans"]["voice"]["steps"][0]["site"] = "rome"
    assert decode(document) == EVERYTHING


def test_what_an_older_release_did_not_write_has_its_default() -> None:
    document = {"version": 1, "queues": {"q": {"business_unit": "demo"}}}
    assert decode(document).queues == {"q": Queue("q", "demo")}


def test_the_order_of_writing_does_not_show() -> None:
    backwards = Configuration(
        version=7,
        **{
            name: dict(reversed(getattr(EVERYTHING, name).items()))
            for name in EVERYTHING.__dataclass_fields__
            if name != "version"
        },
    )
    assert json.dumps(encode(backwards)) == json.dumps(encode(EVERYTHING))


def test_a_whole_document_writes_every_default_and_reads_as_the_same() -> None:
    whole = encode_whole(EVERYTHING)
    assert whole["queues"]["sales2"]["offer_timeout_ms"] == 20_000
    assert set(whole["queues"]["sales2"]) == {f.name for f in fields(Queue)} - {"id"}
    assert decode(whole) == EVERYTHING


def test_what_is_a_kind_of_its_own_comes_back_as_that() -> None:
    made = decode(encode(EVERYTHING)).queues["sales"].callback
    assert made.mode is Mode.CUSTOMER_FIRST
    assert isinstance(made.slots, SlotRules)
