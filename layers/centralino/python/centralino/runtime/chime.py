"""A SIP media application's invocations: read, the use cases they ask for, one reply."""

from __future__ import annotations

from typing import Any

from centralino.adapters.telephony.chime import render
from centralino.adapters.telephony.chime.events import (
    AGENT,
    CALLER,
    CONTACT,
    DO,
    LEG,
    OLD_LEG,
    RID,
    STEP,
    WAITING,
    Invocation,
    commands,
    read,
)
from centralino.adapters.telephony.chime.media import note_bridged
from centralino.application import calls
from centralino.domain import ids
from centralino.domain.errors import CentralinoError
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases
from centralino.domain.telephony.commands import CallArrived, PresentAsked, WaitContinued
from centralino.runtime import wiring
from centralino.runtime.logging import log

RING_S = 25
#: Invocations in a row about something that went wrong: then the call is ended with an apology.
MOST_FAILURES = 3
_FAILED = ("ACTION_FAILED", "INVALID_LAMBDA_RESPONSE")
_FAILURES = "failures"


def answer(event: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to one invocation; the caller always hears something."""
    try:
        told = read(event)
        return _reply(told)
    except CentralinoError as error:
        log().warning("invocation_refused", code=error.code)
    except Exception as error:  # noqa: BLE001 - the caller must hear an apology, not silence
        log().error("invocation_failed", error=type(error).__name__, detail=str(error)[:200])
    return _apology(event)


def _reply(told: Invocation) -> dict[str, Any]:
    kept = {key: value for key, value in told.kept.items() if key != _FAILURES}
    failures = int(told.kept.get(_FAILURES, "0")) + 1 if told.kind in _FAILED else 0
    if failures > MOST_FAILURES:
        raise CentralinoError("the call keeps failing", code="call_keeps_failing")
    if failures:
        kept[_FAILURES] = str(failures)
        log().warning("call_action_failed", action=told.action, kind=told.kind)
    update = told.update if told.kind == "CALL_UPDATE_REQUESTED" else {}
    match update.get(DO):
        case "bridge":
            # What the caller was asked or heard in line is over with it.
            kept = {key: value for key, value in kept.items() if key not in (STEP, WAITING)}
            kept[RID] = update.get("rid", "")
            if LEG in kept:
                kept[OLD_LEG] = kept.pop(LEG)
            rung = render.bridge(update.get("phone", ""), told.called, RING_S)
            return render.reply([rung], kept)
        case "drop":
            # Another agent may have been bridged since.
            mine = update.get("rid") == kept.get(RID)
            return render.reply([render.hang_up(AGENT)] if mine else [], kept)
        case "end":
            return render.reply([render.hang_up(CALLER), render.hang_up(AGENT)], kept)
    actions, contact = _carried_out(told)
    if contact:
        kept[CONTACT] = contact
    agent = told.leg(AGENT)
    if _bridges(told) and agent is not None:
        kept[LEG] = agent.id
    caller = told.leg(CALLER)
    if told.kind == "HANGUP" and (caller is None or not caller.live):
        # The other leg is billed until somebody ends it.
        live = [leg.tag for leg in told.legs if leg.live]
        return render.reply([render.hang_up(tag) for tag in live], kept)
    made, kept = render.rendered(actions, caller.id if caller else "", kept)
    return render.reply(made, kept)


def _carried_out(told: Invocation) -> tuple[list[act.Action], str | None]:
    """Carry out what an invocation says; return what is to be heard, and the contact."""
    app, key = wiring.app(), wiring.identity_key()
    heard: list[act.Action] = []
    contact = told.kept.get(CONTACT)
    _note_bridge(told)
    asked = commands(told)
    if not asked and told.kind in _FAILED and contact:
        asked = [PresentAsked(contact, told.call)]
    for command in asked:
        actions = calls.handle(app, command, key)
        if isinstance(command, CallArrived):
            contact = ids.contact_id(key, command.provider, command.call)
        heard = actions or heard
    if heard and isinstance(heard[-1], act.Queue):
        # Nobody asks for a waiting caller here: what is heard in line follows at once.
        waiting = calls.handle(app, WaitContinued(heard[-1].contact, told.call), key)
        return [*heard, *waiting], contact
    return heard, contact


def _note_bridge(told: Invocation) -> None:
    """Keep whether the agent's leg is there: the service cannot be asked later."""
    app, agent = wiring.app(), told.leg(AGENT)
    if _bridges(told):
        note_bridged(app.operations, told.call, told.kept.get(RID), app.clock.now())
    elif told.kind == "HANGUP" and not told.of_old_leg and (agent is None or not agent.live):
        note_bridged(app.operations, told.call, None, app.clock.now())


def _bridges(told: Invocation) -> bool:
    return told.kind == "ACTION_SUCCESSFUL" and told.action == "CallAndBridge"


def _apology(event: dict[str, Any]) -> dict[str, Any]:
    people = (event.get("CallDetails") or {}).get("Participants") or [{}]
    call_id = str(people[0].get("CallId", "")) if isinstance(people[0], dict) else ""
    said: list[act.Action] = [
        act.Say(phrases.TROUBLE_NOBODY[language], language) for language in phrases.LANGUAGES
    ]
    made, kept = render.rendered([*said, act.Hangup()], call_id, {})
    return render.reply(made, kept)
