"""Nudges: each pool once per batch, failures told back, nonsense set aside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from centralino.application import routing
from centralino.domain.errors import TransientDependency
from tests.support.wired import Wired, handler


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{i}", "body": body, "attributes": {"MessageGroupId": "main"}}
            for i, body in enumerate(bodies)
        ]
    }


def nudge(pool: str = "main", hop: int = 0) -> str:
    return json.dumps({"pool": pool, "hop": hop})


def test_a_nudge_matches_who_waits(wired: Wired) -> None:
    ann = wired.centre.agent(ready=False)
    contact_id = wired.centre.queue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("centralino.application.agents.nudge_or_drain", lambda *a, **k: None)
        wired.centre.ready(ann)
    assert wired.centre.state(contact_id) == "WAITING"
    assert handler("routing")(batch(nudge()), None) == {"batchItemFailures": []}
    assert wired.centre.state(contact_id) == "OFFERED"


def test_a_batch_drains_each_pool_once(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    drained: list[str] = []
    monkeypatch.setattr(routing, "drain_nudged", lambda app, pool, **rest: drained.append(pool))
    handler("routing")(batch(*[nudge("a")] * 4, nudge("b")), None)
    assert drained == ["a", "b"]


def test_a_pool_that_fails_brings_all_its_nudges_back(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise TransientDependency("the store does not answer")

    monkeypatch.setattr(routing, "drain_nudged", fail)
    answer = handler("routing")(batch(nudge(), nudge()), None)
    assert [f["itemIdentifier"] for f in answer["batchItemFailures"]] == ["m0", "m1"]


@pytest.mark.parametrize("body", ["not json", "[]", '{"pool": 7}', '{"pool":"main","hop":"x"}'])
def test_nonsense_goes_to_the_dead_letters_with_its_reason(wired: Wired, body: str) -> None:
    assert handler("routing")(batch(body), None) == {"batchItemFailures": []}
    assert wired.letters.buried == [("m0", "invalid_message")]
