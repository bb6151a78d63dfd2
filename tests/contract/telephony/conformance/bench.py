"""What the conformance suite asks of an adapter with a carrier, or pages, behind it.

An adapter takes part by a :class:`Bench` of its own in :data:`.benches.BENCHES`. The bench knows
the provider; the tests know canonical words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from centralino.application.ports import Dialler, Media, Recorder, Supervision
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.actions import Action
from centralino.domain.telephony.capabilities import Provider
from centralino.domain.telephony.commands import (
    CallArrived,
    Command,
    HoldContinued,
    LegJoined,
    PresentAsked,
    WaitContinued,
)

CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
#: A third party's contact, in the conversation of the first.
CHILD = "ct_0123456789ABCDEFGHJKMNPQRT"
AGENT = "ag_0123456789ABCDEFGHJKMNPQRS"
COLLEAGUE = "ag_0123456789ABCDEFGHJKMNPQRT"
SUPERVISOR = "ag_0123456789ABCDEFGHJKMNPQRV"
RID = f"{CONTACT}#4"
PARTY = f"{CHILD}#1"
LISTENER = f"{CONTACT}!01J0"
ATTEMPT = "cb_0123456789ABCDEFGHJKMNPQRS#1"
LINE = "+390200000001"
OUTSIDE = "+390299999999"
CUSTOMER = "+393337777777"

#: Who is on the line, by role.
CALLER, TALKER, THIRD, BOSS, NUMBER = "caller", "agent", "colleague", "supervisor", "outside"


@dataclass(frozen=True)
class Caller:
    """What a caller does, in order of what is asked.

    ``keys`` are pressed and ``words`` said at the first question, ``message`` is how many seconds
    are spoken after a beep, ``pays`` whether a card is keyed in where one is asked for.
    """

    keys: str = ""
    words: str = ""
    message: float = 0.0
    pays: bool = False


@dataclass(frozen=True)
class Heard:
    """One thing the caller heard.

    ``what`` is ``say``, ``play``, ``pause`` or ``keys``, ``text`` its words, address or keys.
    """

    what: str
    text: str
    voice: str = ""


class Bench(Protocol):
    """An adapter at work, with the least product around it: one contact, no rules."""

    provider: Provider
    media: Media
    recorder: Recorder
    supervision: Supervision
    dialler: Dialler

    @property
    def contact(self) -> Contact:
        """The one contact, with its call once there is one."""
        ...

    def child(self) -> Contact:
        """A third party's contact in the same conversation."""
        ...

    def answers(self, reply: Callable[[Command], Iterable[Action] | None]) -> None:
        """Answer commands; ``None`` is what a plain product answers."""
        ...

    def call(self, does: Caller) -> None:
        """Let somebody call our line."""
        ...

    def talk(self) -> None:
        """Let somebody call, wait, and be put through to the agent, who is ready."""
        ...

    def sign_in(self, agent: str) -> None:
        """Make an agent's browser reachable, by what a page is given for it."""
        ...

    def phone(self, number: str, *, machine: bool = False) -> None:
        """Put somebody, or an answering machine, at a telephone number."""
        ...

    def written(self, attempt: str, number: str) -> None:
        """Note what an attempt dials, as the product does before."""
        ...

    def told(self, found: Callable[[Command], bool]) -> Command:
        """Wait for a command and return it."""
        ...

    def heard(self, what: Callable[[Heard], bool]) -> Heard:
        """Wait until the caller has heard something and return it."""
        ...

    def everything_heard(self) -> list[Heard]:
        """Return what the caller has heard up to now."""
        ...

    def hears(self, listener: str, speaker: str) -> bool:
        """Tell whether one on the line hears another now."""
        ...

    def met(self, one: str, other: str) -> None:
        """Wait until two hear each other."""
        ...

    def hang_up(self, who: str) -> None:
        """Let somebody hang up."""
        ...

    def gone(self, who: str) -> None:
        """Wait until somebody is off the line."""
        ...

    def pause(self, seconds: float) -> None:
        """Let people's time go by."""
        ...


def arrived(command: CallArrived) -> Contact:
    """Return the one contact, as it stands once its call is in line."""
    return Contact(
        CONTACT, ContactState.WAITING, "demo", provider=command.provider, call=command.call
    )


def plain(bench: Bench, command: Command) -> list[act.Action]:
    """Answer as a plain product does: in line until there is somebody to talk to."""
    match command:
        case CallArrived():
            return [act.Say("Welcome.", "en"), act.Queue(CONTACT)]
        case WaitContinued():
            return [act.Say("One moment.", "en"), act.Pause(20)]
        case HoldContinued():
            return [act.Say("Please stay on the line.", "en"), act.Pause(20)]
        case PresentAsked() if bench.contact.state is ContactState.CONNECTED:
            return [act.Bridge(CONTACT)]
        case PresentAsked():
            return [act.Queue(CONTACT)]
        case LegJoined(rid=str()):
            bench.media.bring_caller(bench.contact)
    return []
