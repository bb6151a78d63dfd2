"""A call in its flow: answers taken, and what follows written.

The interpreter decides (:mod:`centralino.domain.flows.machine`); here its decisions are carried
out. Everything is written with the contact in one write, so an answer that comes twice finds its
turn taken. What must be done before that write is in :mod:`.flow_turns`.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.application import flow_sources, overflow, overflow_dialogues
from centralino.application.app import App
from centralino.application.flow_actions import played
from centralino.application.flow_facts import KnownFacts
from centralino.application.flow_places import enqueue, entry, flows_of, nowhere, person_for
from centralino.application.flow_turns import settled, turn_of
from centralino.application.routing import nudge_or_drain
from centralino.domain.configuration.model import Configuration, Line
from centralino.domain.contacts import in_flow, lifecycle
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import Conflict, NotFound, RuleViolation
from centralino.domain.flows import machine
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import NO_STEP, Outcome, Scene
from centralino.domain.flows.model import Enqueue, Hangup
from centralino.domain.telephony import actions as act

Actions = list[act.Action]


def started(
    app: App,
    configuration: Configuration,
    line: Line,
    contact_id: str,
    subject: str | None,
    provider: str,
) -> Outcome:
    """Return what somebody hears who just called this line."""
    told = {"contact": contact_id, "subject": subject or ""}
    person = person_for(configuration, line.id, line.business_unit)
    scene = Scene(line.id, line.language, person, told, app.able(provider))
    facts = KnownFacts(app, configuration, line.number, subject)
    outcome = machine.begin(configuration.flows, line.flow, configuration.version, scene, facts)
    return flow_sources.settled(app, configuration.flows, scene, contact_id, outcome, facts)


def answered(
    app: App, contact: Contact, given: Given, configuration: Configuration, cause: str | None
) -> Outcome | None:
    """Return what follows a caller's answer; ``None`` where nothing was asked."""
    if contact.flow is None:
        return None
    turn = turn_of(app, contact, configuration, cause)
    try:
        outcome = machine.advance(turn.flows, turn.scene, contact.flow, given, turn.facts)
    except RuleViolation:
        return None
    return settled(turn, outcome)


def follow(
    app: App,
    contact: Contact,
    outcome: Outcome,
    configuration: Configuration,
    cause: str | None,
) -> tuple[Contact, Actions]:
    """Write what the flow decided; return the contact and what is heard.

    Raises
    ------
    Conflict
        A duplicate or a hang-up got here first: nothing was written.
    """
    for trouble in outcome.troubles:
        app.log.warning(
            "flow_step_failed",
            contact_id=contact.id,
            flow=trouble.flow,
            step=trouble.step,
            reason=trouble.reason,
        )
    number = _number_of(contact, configuration)
    if outcome.converted:
        # The contact has ended with what was made of it: words are all that is left.
        forget(app, contact)
        return contact, [*outcome.prompts, act.Hangup()]
    now, before = app.clock.now(), contact
    if contact.state is ContactState.WAITING:
        after = _in_line(app, contact, outcome, now, cause)
        return after, played(after, outcome, number)
    contact = replace(contact, language=outcome.language)
    if isinstance(outcome.step, Enqueue):
        try:
            contact, outcome, after = _at_the_door(app, contact, outcome, configuration, now, cause)
        except NotFound as error:
            app.log.error("flow_leads_nowhere", contact_id=contact.id, code=error.code)
            outcome = nowhere(outcome)
    position = outcome.position
    if isinstance(outcome.step, Hangup):
        left = replace(contact, flow=position)
        # Somebody who could not even be put in a queue got nothing of what they called for.
        nobody = position.step == NO_STEP
        ended = lifecycle.hang_up(left, "system", now, cause) if nobody else None
        after = ended or lifecycle.self_serve(left, now, cause)
    elif not isinstance(outcome.step, Enqueue):
        marked = before.asked_leg != contact.asked_leg
        moved = marked or before.flow != position or before.language != outcome.language
        after = lifecycle.move_in_flow(contact, position, now, cause) if moved else before
    if after is not before:
        after = in_flow.told_first(after, outcome.events)
    _write(app, before, after, outcome, now)
    if after.state is ContactState.WAITING and after.pool is not None:
        nudge_or_drain(app, after.pool, cause, fresh=[after])
    return after, played(after, outcome, number)


def _at_the_door(
    app: App,
    contact: Contact,
    outcome: Outcome,
    configuration: Configuration,
    now: int,
    cause: str | None,
) -> tuple[Contact, Outcome, Contact]:
    """Return contact and outcome where a queue is reached, and the contact in line.

    The third is of use only where the outcome still is at a queue: instead of one that cannot take
    the caller there may be a dialogue, which may lead to another queue.
    """
    after = contact
    while isinstance(outcome.step, Enqueue):
        door = entry(app, contact, outcome.step, outcome.position, configuration)
        if not door.dialogue:
            after = enqueue(contact, door, configuration, now, cause)
            overflow.arm(app, after, configuration)
            break
        diversions = door.admitted.diversions
        contact, outcome = overflow_dialogues.led(
            app, contact, outcome, diversions, configuration, cause
        )
    return contact, outcome, after


def present(app: App, contact: Contact, configuration: Configuration) -> Outcome | None:
    """Return what the caller hears at the present step, without moving.

    It has to be followed, not only played, where the step is not there any more (the position is
    another one), and where it is an end that was reached and not written.
    """
    if contact.flow is None:
        return None
    turn = turn_of(app, contact, configuration, None)
    return settled(turn, machine.present(turn.flows, turn.scene, contact.flow))


def waiting_words(app: App, contact: Contact, configuration: Configuration) -> act.Prompt | None:
    """Return what the caller's flow says to somebody who waits in the queue, if anything."""
    if contact.flow is None:
        return None
    flows = flows_of(app, contact.flow, configuration)
    return machine.waiting_words(flows, contact.flow, contact.language)


def forget(app: App, contact: Contact) -> None:
    """Forget the sensitive values of a call that has ended."""
    flow_sources.delete(app, contact.id, flow_sources.held(contact.flow))


def shown(contact: Contact, outcome: Outcome, configuration: Configuration) -> Actions:
    """Return what a caller hears at the present step, and is asked there."""
    return played(contact, outcome, _number_of(contact, configuration))


def _in_line(app: App, contact: Contact, outcome: Outcome, now: int, cause: str | None) -> Contact:
    """Write where somebody stands who waits; only the end of the flow takes them out of line."""
    position, language = outcome.position, outcome.language
    if isinstance(outcome.step, Hangup):
        left = replace(contact, flow=position, language=language)
        after = lifecycle.hang_up(left, "system", now, cause)
    elif contact.flow == position:
        return contact
    else:
        after = in_flow.move_in_line(contact, position, language, now, cause)
    after = in_flow.told_first(after, outcome.events)
    _write(app, contact, after, outcome, now)
    return after


def _write(app: App, before: Contact, after: Contact, outcome: Outcome, now: int) -> None:
    """Write a turn, and what it keeps or forgets of sensitive values."""
    for name, value in outcome.secrets.items():
        app.operations.put(flow_sources.secret(before.id, name, value, now))
    if after is not before:
        try:
            app.store.save_contact(after)
        except Conflict:
            flow_sources.drop(app, before.id, outcome.secrets)
            raise
    unneeded = flow_sources.held(before.flow) - flow_sources.held(after.flow)
    flow_sources.delete(app, before.id, unneeded)


def _number_of(contact: Contact, configuration: Configuration) -> str:
    line = configuration.lines.get(contact.line or "")
    return line.number if line is not None else ""
