"""The data sources of flows asked, and the sensitive values kept for them.

A data source is asked before the turn is written, under a key that the same turn always has: a
source that honours the key does nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from centralino.application.app import App
from centralino.application.flow_facts import KnownFacts
from centralino.application.ports import Item, Question
from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation, TransientDependency
from centralino.domain.flows import machine
from centralino.domain.flows.asking import SENSITIVE, secrets_in
from centralino.domain.flows.machine import Outcome, Scene
from centralino.domain.flows.model import Fetch, Flows

#: For all the data sources of one turn: the carrier waits 15 s, the function has 10.
TURN_BUDGET_MS = 6_000
MOST_FETCHES = 5
#: How long a sensitive value is kept for the step that needs it.
SECRET_TTL_S = 300


def settled(
    app: App, flows: Flows, scene: Scene, contact_id: str, outcome: Outcome, facts: KnownFacts
) -> Outcome:
    """Return where the call stands once every data source on the way was asked."""
    deadline = app.clock.now() + TURN_BUDGET_MS
    for _ in range(MOST_FETCHES):
        if not isinstance(outcome.step, Fetch):
            return outcome
        answer = _ask(app, scene, contact_id, outcome, outcome.step, deadline)
        outcome = machine.fetched(flows, scene, outcome, answer, facts)
    if not isinstance(outcome.step, Fetch):
        return outcome
    return machine.lost(flows, scene, outcome.position, "too_many_fetches")


def _ask(
    app: App, scene: Scene, contact_id: str, outcome: Outcome, step: Fetch, deadline: int
) -> Mapping[str, Any] | None:
    """Ask a data source; ``None`` where it does not answer in time, or not with an object."""
    position = outcome.position
    try:
        secrets = _secrets(app, contact_id, outcome, step)
        question = Question(
            url=step.url,
            function=step.function,
            inputs=machine.told(scene, outcome, secrets),
            key=f"{contact_id}/{position.flow}/{position.token}",
            budget_ms=min(step.budget_ms, deadline - app.clock.now()),
        )
        answer = app.sources.ask(question)
    except (TransientDependency, RuleViolation) as error:
        app.log.warning(
            "flow_source_failed",
            contact_id=contact_id,
            flow=position.flow,
            step=position.step,
            code=error.code,
        )
        return None
    return answer if isinstance(answer, Mapping) else {}


def _secrets(app: App, contact_id: str, outcome: Outcome, step: Fetch) -> dict[str, str]:
    """Return the sensitive values a data source is told that were given in an earlier turn."""
    kept = held(outcome.position) - {*outcome.secrets}
    found: dict[str, str] = {}
    for name in kept & {*secrets_in(step)}:
        item = app.operations.get(_place(contact_id), name)
        if item is not None:
            found[name] = str(item.attributes["value"])
    return found


def drop(app: App, contact_id: str, names: Collection[str]) -> None:
    """Forget sensitive values that were put down for a step the call has left meanwhile."""
    now = app.store.contact(contact_id)
    needed = held(now.flow) if now is not None and not now.ended else set()
    delete(app, contact_id, set(names) - needed)


def delete(app: App, contact_id: str, names: Collection[str]) -> None:
    """Delete sensitive values; what cannot be deleted now expires by itself."""
    for name in names:
        try:
            app.operations.delete(_place(contact_id), name)
        except TransientDependency as error:
            app.log.warning("secret_not_deleted", contact_id=contact_id, code=error.code)


def held(position: FlowPosition | None) -> set[str]:
    """Return the sensitive variables whose values are kept apart."""
    variables = position.variables if position is not None else {}
    return {name.removeprefix(SENSITIVE) for name in variables if name.startswith(SENSITIVE)}


def _place(contact_id: str) -> str:
    return f"secret#{contact_id}"


def secret(contact_id: str, name: str, value: str, now: int) -> Item:
    ttl = now // 1000 + SECRET_TTL_S
    return Item(_place(contact_id), name, {"value": value}, ttl=ttl)
