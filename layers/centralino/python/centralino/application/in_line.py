"""What somebody hears and is offered in line, and how an offer is taken without losing the place.

A caller who takes one walks through steps of the flow, but stays WAITING: routing goes on, and an
agent who is found comes first. Only a message, a booking or the end of the flow takes them out of
line. Whether the call leaves the carrier's queue for it is the adapter's to know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from centralino.application import flow_turns, flows, promises
from centralino.application.app import App
from centralino.application.flow_places import flows_of
from centralino.application.ports import Item
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError
from centralino.domain.flows import machine
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome
from centralino.domain.flows.model import Enqueue, Errand, Question, Waiting, WaitOffer
from centralino.domain.flows.words import spoken
from centralino.domain.promises.announcing import promise_of
from centralino.domain.telephony import actions as act

Actions = list[act.Action]
#: The longest a caller hears nothing while an answer is listened for.
LISTEN_S = 20
_NOTE_TTL_S = 24 * 3600
# A step's own token has one dot only.
_TOKEN = re.compile(r"wait\.\d+\.\d+")


def token_of(contact: Contact) -> str:
    """Return what names an answer given in line: it counts for this leg and turn alone."""
    turn = contact.flow.turn if contact.flow is not None else 0
    return f"wait.{contact.leg}.{turn}"


def is_token(step: str) -> bool:
    """Tell whether an answer was given in line."""
    return _TOKEN.fullmatch(step) is not None


def elsewhere(app: App, contact: Contact, configuration: Configuration) -> bool:
    """Tell whether a waiting caller is at a step they were offered, and not in line."""
    if contact.flow is None:
        return False
    found = machine.step_at(flows_of(app, contact.flow, configuration), contact.flow)
    return isinstance(found, Question | Errand)


def taken(
    app: App, contact: Contact, given: Given, configuration: Configuration, cause: str | None
) -> Outcome | None:
    """Return where an answer given in line leads; ``None`` where it takes no offer."""
    if contact.flow is None or contact.state is not ContactState.WAITING:
        return None
    turn = flow_turns.turn_of(app, contact, configuration, cause)
    outcome = machine.taken(turn.flows, turn.scene, contact.flow, given.digits, turn.facts)
    return flow_turns.settled(turn, outcome) if outcome is not None else None


def heard(
    app: App, contact: Contact, configuration: Configuration, announced: Sequence[act.Say]
) -> Actions:
    """Return one turn of the waiting loop.

    Parameters
    ----------
    announced
        What is said of place and wait this time.
    """
    waiting, said = _waiting(app, contact, configuration), list[act.Prompt]()
    music = act.Play(waiting.music) if waiting.music else None
    listens = bool(waiting.offers) and contact.state is ContactState.WAITING
    words = flows.waiting_words(app, contact, configuration)
    paced = music is not None or listens
    every = waiting.interval_ms
    if words is not None and (not paced or _due(app, contact, "words", _since(contact), every, 1)):
        said.append(words)
    said += announced
    silence_s = waiting.interval_ms // 1000
    if not listens:
        return [*said, music or act.Pause(silence_s)]
    offered = _offered(app, contact, waiting, configuration)
    if offered is not None:
        said.append(offered)
    if music is not None:
        said.append(music)
    timeout_s = 1 if music is not None else min(silence_s, LISTEN_S)
    return [act.Gather(tuple(said), contact.id, token_of(contact), timeout_s=timeout_s)]


def _waiting(app: App, contact: Contact, configuration: Configuration) -> Waiting:
    if contact.flow is None:
        return Waiting()
    step = machine.step_at(flows_of(app, contact.flow, configuration), contact.flow)
    return step.waiting if isinstance(step, Enqueue) else Waiting()


def _offered(
    app: App, contact: Contact, waiting: Waiting, configuration: Configuration
) -> act.Prompt | None:
    """Return what is offered this time: the first that is due."""
    for index, offer in enumerate(waiting.offers):
        if _offer_due(app, contact, index, offer, configuration):
            return spoken(offer.texts, {}, contact.language)[0]
    return None


def _offer_due(
    app: App, contact: Contact, index: int, offer: WaitOffer, configuration: Configuration
) -> bool:
    name, since = f"offer{index}", _since(contact)
    if offer.late:
        promise = promise_of(contact)
        if promise is None or app.clock.now() <= promise.window_end:
            return False
        return _due(app, contact, name, promise.window_end, offer.every_ms, 1)
    if not offer.wait_over_ms:
        return _due(app, contact, name, since, offer.every_ms, 0)
    queue = configuration.queues.get(contact.queue or "")
    expected = promises.expected_ms(app, contact, queue) if queue is not None else None
    if expected is None or expected <= offer.wait_over_ms:
        return False
    return _due(app, contact, name, since, offer.every_ms, 1)


def _due(app: App, contact: Contact, name: str, since: int, every_ms: int, first: int) -> bool:
    """Tell whether something is to be heard now: once in each span of time, however often asked.

    Parameters
    ----------
    first : int
        1 where it is heard at once, 0 where the first span passes before.
    """
    number = max(0, app.clock.now() - since) // every_ms + first
    if number <= 0:
        return False
    ttl = app.clock.now() // 1000 + _NOTE_TTL_S
    item = Item(f"line#{contact.id}", f"{contact.leg}#{name}", {"n": number}, ttl=ttl)
    try:
        return app.operations.put_if(item, "n", below=number)
    except CentralinoError as error:
        app.log.info("not_offered", contact_id=contact.id, code=error.code)
        return False


def _since(contact: Contact) -> int:
    return contact.enqueued_at or contact.updated_at
