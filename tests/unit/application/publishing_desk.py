"""A small centre whose rules are a file: planned, applied and refused as operators do it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from centralino.adapters.memory.configuration import MemoryConfiguration
from centralino.adapters.memory.faults import Faults
from centralino.application import publishing
from centralino.application.publishing import Draft, Office, Refused
from centralino.domain.configuration.releases import Release
from tests.support.centre import Centre

TEXT = {"en": "Hello"}


def queue(**more: Any) -> dict[str, Any]:
    return {"business_unit": "demo", "names": TEXT, "plans": ["voice"], **more}


def rules(
    queues: dict[str, dict[str, Any]] | None = None,
    profiles: dict[str, Any] | None = None,
    **more: Any,
) -> str:
    """A file for the small centre: its menu leads to two queues."""
    steps: dict[str, Any] = {
        "menu": {
            "do": "menu",
            "texts": TEXT,
            "choices": {"1": "sales", "2": "support"},
            "otherwise": "sales",
            "invalid": TEXT,
        },
    }
    queues = queues if queues is not None else {"sales": queue(), "support": queue()}
    for name in ("sales", "support"):
        to = name if name in queues else next(iter(queues))
        steps[name] = {"do": "enqueue", "queue": to, "plan": "voice", "texts": TEXT}
    tree = {
        "business_units": {"demo": {"names": TEXT}},
        "plans": {"voice": {}, "again": {}},
        "queues": queues,
        "routing_profiles": profiles
        if profiles is not None
        else {"sales": {"queues": ["sales"]}, "all": {"queues": ["sales", "support"]}},
        "lines": {
            "it": {
                "number": "+390200000001",
                "business_unit": "demo",
                "flow": "main",
                "language": "en",
            }
        },
        "flows": {"main": {"start": "menu", "steps": steps}},
        **more,
    }
    return yaml.safe_dump(tree, sort_keys=False)


ONE_QUEUE = rules(
    queues={"sales": queue()},
    profiles={"sales": {"queues": ["sales"]}, "all": {"queues": ["sales"]}},
)
APART = {"sales": {"queues": ["sales"]}, "all": {"queues": ["support"]}}


class Desk:
    """A centre and its office: what is published there is what its functions read."""

    def __init__(self) -> None:
        self.centre = Centre()
        world = self.centre.world
        self.office = Office(
            releases=world.configuration,
            store=world.store,
            operations=world.operations,
            clock=world.clock,
        )
        self.apply(rules())

    def plan(self, text: str) -> publishing.Plan:
        return publishing.planned(self.office, publishing.drafted(text, "rules.yaml"))

    def apply(self, text: str, by: str = "ada", note: str = "") -> Release:
        return publishing.publish(self.office, self.plan(text), by, note)

    def refusals(self, text: str) -> tuple[str, ...]:
        """What stands against a file, told by the plan and by the apply alike."""
        plan = self.plan(text)
        before = self.office.releases.in_force()
        if plan.refusals:
            with pytest.raises(Refused) as refused:
                publishing.publish(self.office, plan, "ada")
            assert refused.value.reasons == plan.refusals
            assert self.office.releases.in_force() == before
        return plan.refusals


def empty(faults: Faults | None = None) -> Office:
    world = Centre().world
    return Office(
        releases=MemoryConfiguration(faults=faults),
        store=world.store,
        operations=world.operations,
        clock=world.clock,
    )


def draft(text: str) -> Draft:
    return publishing.drafted(text, "rules.yaml")
