"""What the demo needs of whoever carries its calls, be it the carrier fake or pages.

Decides the words in which a caller's script is written, so that one script plays the same call
over every provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from local.demo.calls import CallPlan

if TYPE_CHECKING:
    from local.webvoice import Links

T = TypeVar("T")


class OnTheLine(Protocol):
    """A caller on one call. Waiting ends with an error of the network's once the call is over.

    Times are in seconds of the simulated day.
    """

    @property
    def sid(self) -> str:
        """The call, as its provider names it."""
        ...

    @property
    def in_line(self) -> bool:
        """Whether the menu is behind the caller: waiting, or talking already."""
        ...

    @property
    def talking(self) -> bool:
        """Whether somebody is on the other end, on hold or not."""
        ...

    def wake(self) -> None:
        """Let the script look around."""
        ...

    async def prompt(self) -> Any:
        """Wait for a question that has not been answered yet, and return it."""
        ...

    async def press(self, key: str) -> bool:
        """Press a key; whether it was listened for."""
        ...

    async def silence(self, asked: Any) -> None:
        """Press nothing until this question has given up waiting."""
        ...

    async def pause(self, seconds: float) -> None:
        """Do nothing for a while."""
        ...

    async def until(self, ready: Callable[[], T | None], within: float | None = None) -> T | None:
        """Wait until something about the call is so; None when it takes too long."""
        ...

    async def connected(self, within: float | None = None) -> bool:
        """Wait until the caller can talk to somebody."""
        ...

    def hang_up(self) -> None:
        """Hang up."""
        ...

    async def ended(self, within: float) -> Any:
        """Wait for the end of the call, in wall seconds."""
        ...


Script = Callable[[OnTheLine], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sound:
    """Conversations whose sound really flowed, and those in which the caller heard somebody."""

    calls: int = 0
    heard: int = 0


NO_SOUND = Sound()


class Network(Protocol):
    """Carries the calls of a day."""

    provider: str
    #: How an agent's page connects; None where the agent has a telephone beside it.
    links: Links | None

    @property
    def calls(self) -> Sequence[str]:
        """The calls made so far."""
        ...

    @property
    def alerts(self) -> int:
        """How often the product answered what could not be used."""
        ...

    @property
    def sound(self) -> Sound:
        """What was heard."""
        ...

    def unanswered(self) -> int:
        """Count the requests, copies included, that wait for an answer or for their turn."""
        ...

    def staff(self, agent: str) -> None:
        """Give an agent a telephone, where one is needed."""
        ...

    async def call(self, plan: CallPlan, script: Script) -> OnTheLine:
        """Make a call."""
        ...

    async def warm_up(self, times: int) -> None:
        """Let what answers calls start so many times over; changes nothing."""
        ...

    async def settled(self) -> None:
        """Wait until nothing is under way any more."""
        ...
