"""What a callback is: the request, its attempts, and where it stands.

The record lives in the contact that calls back, so request and contact change in one write and
can never disagree. The customer's number is not part of it; see
:mod:`centralino.application.callbacks.items`. Times are UTC milliseconds.

============== ==================================================================
``SCHEDULED``  waits for a moment: the first one, or that of the next attempt
``QUEUED``     has its place in the queue, or is being shown to an agent
``DIALING``    the customer is being rung: with an agent on the line, or before one is found
``ANSWERED``   the customer, rung first, is on the line and waits for an agent
``HELD``       the customer is on the line by another way: nothing is done
``CONNECTED``  agent and customer talk; from here on it is a contact like any
============== ==================================================================

The other four are ends without a conversation.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from centralino.domain.errors import RuleViolation


class CallbackState(StrEnum):
    """Where a callback stands. The last five are ends: nothing follows them."""

    SCHEDULED = "SCHEDULED"
    QUEUED = "QUEUED"
    DIALING = "DIALING"
    ANSWERED = "ANSWERED"
    HELD = "HELD"
    CONNECTED = "CONNECTED"
    CANCELLED = "CANCELLED"
    SUPERSEDED = "SUPERSEDED"
    EXPIRED = "EXPIRED"
    EXHAUSTED = "EXHAUSTED"


class Outcome(StrEnum):
    """How an attempt ended that did not reach the customer."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    FAILED = "failed"
    #: The agent left while the customer was being rung.
    AGENT_LEFT = "agent_left"
    #: The customer, rung first, hung up before an agent was found.
    LEFT = "left"


class Mode(StrEnum):
    """Who is rung first."""

    AGENT_FIRST = "agent_first"
    CUSTOMER_FIRST = "customer_first"


S = CallbackState
UNREACHED = frozenset({S.CANCELLED, S.SUPERSEDED, S.EXPIRED, S.EXHAUSTED})
DONE = UNREACHED | {S.CONNECTED}
#: Ends that are ours: the customer waited, and may book again.
IN_VAIN = frozenset({S.EXHAUSTED, S.EXPIRED})

#: state -> states that may follow. A state that lists itself may change without moving.
TRANSITIONS: dict[CallbackState, frozenset[CallbackState]] = {
    # DIALING from SCHEDULED: the customer is rung first.
    S.SCHEDULED: frozenset({S.SCHEDULED, S.QUEUED, S.DIALING, S.HELD})
    | (UNREACHED - {S.EXHAUSTED}),
    S.QUEUED: frozenset({S.SCHEDULED, S.DIALING, S.HELD}) | (UNREACHED - {S.EXHAUSTED}),
    S.DIALING: frozenset({S.DIALING, S.ANSWERED, S.SCHEDULED, S.CONNECTED}) | UNREACHED,
    S.ANSWERED: frozenset({S.SCHEDULED, S.CONNECTED}) | UNREACHED,
    S.HELD: frozenset({S.SCHEDULED}) | (UNREACHED - {S.EXHAUSTED}),
    **{end: frozenset() for end in DONE},
}

CALLBACK = "cb_"
_CONTACT = "ct_"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the customer.

    Attributes
    ----------
    number : int
        Counted from 1 in the callback.
    asked_at : int
        When the carrier was last asked for it: it rings no longer than so long after.
    rang_at, answered_at : int or None
        As far as the carrier told.
    call : str or None
        The carrier's name of it.
    outcome : str or None
        An :class:`Outcome`, once it is known that the customer was not reached.
    alone : bool
        Whether the customer was rung before an agent was found: a call of its own.
    """

    number: int
    asked_at: int
    rang_at: int | None = None
    answered_at: int | None = None
    call: str | None = None
    outcome: Outcome | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Callback:
    """A request to be called back, as it stands.

    Attributes
    ----------
    topic : str
        What it is about: a customer has one open callback per business unit and topic.
    until : int
        When it expires.
    not_before : int
        When the customer may next be called.
    window : (int, int) or None
        What the customer was promised: the half-open window in which the phone first rings.
    held_by : str or None
        The contact by which the customer is on the line meanwhile.
    paced_at : int or None
        The moment that is kept at the carrier for the next call: no call is made before it.
    slot : int or None
        The beginning of the slot whose place it has, where the customer picked a time.
    no_selling : bool
        The customer is on the do-not-call list: what they asked for is service, and no more.
    called_meanwhile : bool
        The customer has called since, and was not served.
    """

    state: CallbackState
    topic: str
    requested_at: int
    until: int
    not_before: int
    attempts: tuple[Attempt, ...] = field(default=())
    window: tuple[int, int] | None = None
    held_by: str | None = None
    paced_at: int | None = None
    no_selling: bool = False
    called_meanwhile: bool = False
    slot: int | None = None

    @property
    def pending(self) -> bool:
        """Whether the customer is still to be connected with an agent."""
        return self.state not in DONE

    @property
    def on_the_line(self) -> bool:
        """Whether the customer has answered and waits for an agent, by a call like any other."""
        return self.state is CallbackState.ANSWERED

    @property
    def tried(self) -> int:
        """How many attempts count against the customer: not those that an agent broke off."""
        return len(self.attempts) - self.of_outcome(Outcome.AGENT_LEFT)

    @property
    def last(self) -> Attempt | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    def of_outcome(self, outcome: Outcome) -> int:
        """Return how many attempts ended so."""
        return sum(attempt.outcome is outcome for attempt in self.attempts)

    def with_last(self, **changes: Any) -> tuple[Attempt, ...]:
        """Return the attempts with the latest one changed."""
        return (*self.attempts[:-1], replace(self.attempts[-1], **changes))


def moved(callback: Callback, state: CallbackState, **changes: Any) -> Callback:
    """Return the callback in another state.

    Raises
    ------
    RuleViolation
        The state may not follow (``illegal_transition``).
    """
    if state not in TRANSITIONS[callback.state]:
        raise RuleViolation(
            f"a callback that is {callback.state} cannot become {state}", code="illegal_transition"
        )
    return replace(callback, state=state, **changes)


def callback_id(contact: str) -> str:
    """Return the callback of the contact that calls back.

    Examples
    --------
    >>> callback_id("ct_0123456789ABCDEFGHJKMNPQRS")
    'cb_0123456789ABCDEFGHJKMNPQRS'
    """
    return CALLBACK + contact.removeprefix(_CONTACT)


def contact_of(callback: str) -> str:
    """Return the contact that a callback, or an attempt of one, calls back with."""
    return _CONTACT + callback.partition("#")[0].removeprefix(CALLBACK)


def attempt_id(contact: str, number: int) -> str:
    """Return the name of an attempt: what the carrier is given, and gives back.

    Examples
    --------
    >>> attempt_id("ct_0123456789ABCDEFGHJKMNPQRS", 2)
    'cb_0123456789ABCDEFGHJKMNPQRS#2'
    """
    return f"{callback_id(contact)}#{number}"


def is_attempt(leg: str) -> bool:
    """Tell whether a leg in a conversation is a customer being called back."""
    return leg.startswith(CALLBACK)
