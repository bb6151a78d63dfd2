"""The rules of callbacks on the web: read, refused, and shown in the guide as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from centralino.contracts.configuration import parse
from centralino.contracts.configuration_file import BusinessUnitPart, QueuePart
from centralino.contracts.public_callbacks import (
    PublicCallbackAsked,
    PublicCallbackConfirm,
    PublicCallbackRequest,
)
from centralino.domain.configuration.model import Configuration, Spend
from infra.settings import MAIL, SMS
from tests.unit.contracts.rules_file import TEXT, edited, refusal, text_of

GUIDE = Path(__file__).resolve().parents[3] / "docs/guides/callbacks-on-the-web.md"


def compiled(callback: dict[str, Any], spend: dict[str, int] | None = None) -> Configuration:
    tree = edited("queues", "sales", "callback", value=callback)
    if spend is not None:
        tree["business_units"]["acme"]["spend"] = spend
    return parse(text_of(tree), "rules.yaml", 1)


def test_what_is_given_is_what_holds() -> None:
    texts = {"confirmed": {"en": "{queue} {when} {link}", "it": "Ciao {queue}"}}
    callback = {"web": True, "sms": True, "remind": "1h", "texts": texts}
    found = compiled(callback, {"calls_per_day": 10, "messages_per_day": 20})
    rules = found.queues["sales"].callback
    assert (rules.web, rules.sms, rules.remind_ms) == (True, True, 3_600_000)
    assert rules.texts == texts
    assert found.business_units["acme"].spend == Spend(10, 20)


def test_whoever_takes_requests_from_pages_has_a_cap() -> None:
    assert compiled({"web": True}).business_units["acme"].spend == Spend()
    assert compiled({"sms": True}).business_units["acme"].spend is None


@pytest.mark.parametrize(
    ("callback", "said"),
    [
        ({"remind": "10s"}, "queues.sales.callback.remind: Input should be greater"),
        (
            {"texts": {"unreached": {**TEXT, "en": "See {when}"}}},
            "queues.sales.callback.texts.unreached.en: nothing is known as when here",
        ),
        (
            {"texts": {"reminder": {**TEXT, "it": "{nome} {cosa}"}}},
            "queues.sales.callback.texts.reminder.it: nothing is known as cosa, nome here",
        ),
        (
            {"texts": {"moved": {"en": "Moved"}}},
            "queues.sales.callback.texts.moved: no text in it",
        ),
        ({"texts": {"goodbye": TEXT}}, "queues.sales.callback.texts.goodbye: unknown key"),
    ],
)
def test_what_cannot_be_written_is_refused_at_its_place(
    callback: dict[str, Any], said: str
) -> None:
    tree = edited("queues", "sales", "callback", value=callback)
    assert any(problem.startswith(said) for problem in refusal(tree))


# --------------------------------------------------------------------------- the guide


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_guide_s_rules_are_read() -> None:
    (text,) = blocks("yaml")
    rules = yaml.safe_load(text)
    unit = BusinessUnitPart.model_validate(rules["business_units"]["acme"])
    queue = QueuePart.model_validate(rules["queues"]["sales"])
    assert unit.spend is not None
    # The guide says that these are the caps of who gives none.
    assert Spend(unit.spend.calls_per_day, unit.spend.messages_per_day) == Spend()
    assert queue.callback.web
    assert queue.callback.sms


def test_the_guide_s_bodies_are_those_of_the_routes() -> None:
    ask, confirm = [
        json.loads(body) for text in blocks("sh") for body in re.findall(r"-d '([^']+)'", text)
    ]
    PublicCallbackRequest.model_validate(ask)
    PublicCallbackConfirm.model_validate({**confirm, "request": "rq_" + "0" * 26})
    (answer,) = blocks("json")
    PublicCallbackAsked.model_validate(json.loads(answer))


def test_the_guide_s_settings_exist() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for name, values in (("sms", SMS), ("email", MAIL)):
        (row,) = re.findall(rf"^\| `{name}` \| ([^|]+)", text, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == {*values} - {"outbox"}


def test_every_refusal_of_the_routes_is_in_the_guide() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)`", text.partition("## What is refused")[2]))
    root = Path(__file__).resolve().parents[3] / "layers/centralino/python/centralino"
    files = [
        root / "application/callbacks" / f"{name}.py" for name in ("requests", "page", "links")
    ]
    files += [root / "runtime/public_callbacks.py", root / "application/spending.py"]
    raised = {
        code
        for path in files
        for code in re.findall(r'code="(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert raised - told == set()
