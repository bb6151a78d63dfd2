"""Ready-made people: callers, agents and telephones that behave in one way.

Decides what a person does and when. Durations are seconds of that person's time; the carrier
divides them by its ``speed``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from local.twilio.gather import KEYS, Gathering
from local.twilio.people import Person


@dataclass(frozen=True)
class Caller:
    """Somebody who calls, works through the menu, waits and talks.

    Parameters
    ----------
    digits : sequence of str
        What is pressed at each prompt in turn. A key the menu does not have is a wrong choice,
        an empty text is silence until the prompt is asked again; words are said.
    think : float
        Pause between a prompt's beginning and the first key.
    ringing : float, optional
        Give up this long after dialling, if not answered by then.
    menu : float, optional
        After the digits, hang up this long into whatever the menu says.
    patience : float, optional
        Hang up after this long in the queue; None waits for ever.
    talk : float, optional
        Hang up after talking this long; None stays until the other side ends it.
    """

    digits: Sequence[str] = ("1",)
    think: float = 0.5
    ringing: float | None = None
    menu: float | None = None
    patience: float | None = None
    talk: float | None = None

    async def __call__(self, me: Person) -> None:
        if self.ringing is not None:
            answered = await me.until(lambda: me.status == "in-progress" or None, self.ringing)
            if not answered:
                me.hang_up()
                return
        for digits in self.digits:
            gathering = await me.prompt()
            if not digits:
                await _let_pass(me, gathering)
                continue
            await me.pause(self.think)
            if set(digits) <= KEYS:
                await me.press(digits)
            else:
                me.say(digits)
        if self.menu is not None:
            await me.pause(self.menu)
            me.hang_up()
            return
        await me.queued()
        if not await me.connected(within=self.patience):
            me.hang_up()
            return
        if self.talk is not None:
            await me.pause(self.talk)
            me.hang_up()


@dataclass(frozen=True)
class Answers:
    """An agent's browser or a telephone that answers after ``after`` seconds.

    With ``talk`` the person hangs up that long after being connected to somebody; with
    ``hang_up`` that long after answering, connected or not; else the other side ends the call.
    """

    after: float = 1.0
    talk: float | None = None
    hang_up: float | None = None

    async def __call__(self, me: Person) -> None:
        await me.pause(self.after)
        await me.answer()
        if self.hang_up is not None:
            await me.pause(self.hang_up)
            me.hang_up()
        elif self.talk is not None:
            await me.connected()
            await me.pause(self.talk)
            me.hang_up()


@dataclass(frozen=True)
class Refuses:
    """Does not take the call: ``busy`` (also a rejected ring), ``no-answer`` or ``failed``."""

    after: float = 0.0
    status: str = "busy"

    async def __call__(self, me: Person) -> None:
        await me.pause(self.after)
        me.refuse(self.status, {"busy": 486, "no-answer": 480, "failed": 404}[self.status])


@dataclass(frozen=True)
class NeverAnswers:
    """Lets it ring until the carrier's ring time-out."""

    async def __call__(self, me: Person) -> None:
        await me.ended()


@dataclass(frozen=True)
class LeavesMessage:
    """Speaks after the beep for ``seconds``, then presses ``key``, hangs up, or just is silent."""

    seconds: float = 5.0
    key: str = ""
    hang_up: bool = False

    async def __call__(self, me: Person) -> None:
        taking = await me.beep()
        assert taking is not None
        if self.seconds:
            taking.speak(self.seconds)
            await me.until(lambda: taking.spoken or None)
        if self.key:
            await me.press(self.key)
        if self.hang_up:
            me.hang_up()
        await me.ended()


@dataclass(frozen=True)
class Pays:
    """Keys a card in; ``stop_at`` is where a star is pressed instead, or the line is cut."""

    number: str = "4242424242424242"
    expires: str = "1230"
    code: str = "123"
    stop_at: str = ""
    hang_up: bool = False

    async def __call__(self, me: Person) -> None:
        await self.card(me)
        await me.ended()

    async def card(self, me: Person) -> None:
        """Answer what one payment asks."""
        asked = {
            "payment-card-number": self.number,
            "expiration-date": self.expires,
            "security-code": self.code,
        }
        for what, keys in asked.items():
            await me.asked_for(what)
            if what == self.stop_at:
                if self.hang_up:
                    me.hang_up()
                await me.press("*")
                break
            await me.press(keys)


async def _let_pass(me: Person, gathering: Gathering | None) -> None:
    """Be silent until a prompt has given up waiting."""
    await me.until(lambda: me.call.place is not gathering or None)


async def silent(me: Person) -> None:
    """A caller who does nothing at all and stays on the line."""
    await me.ended()
