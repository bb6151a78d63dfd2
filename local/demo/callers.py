"""The callers: each plays one planned call through the carrier.

Decides what a caller does at each moment of a call. Pauses are divided by the carrier's speed,
waiting for the product is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from local.demo.calls import CallPlan, Intent
from local.demo.switchboard import Line, Switchboard
from local.twilio import Carrier, Person
from local.twilio.conferences import Participant
from local.twilio.gather import Gathering
from local.twilio.journal import WebhookEntry
from local.twilio.queues import Member

#: If the agent was to hang up and does not, the caller does, so many times the talk later.
_OVERTIME = 2.0
_OVERTIME_S = 120.0
#: How long a caller who leaves while an agent is rung listens to the ringing.
_RINGING_S = 3.0


#: With fewer webhooks unanswered than this the machine is keeping up.
MOST_UNANSWERED = 4
_LOOK_S = 0.02


class Callers:
    """Plays the calls of a day.

    The day's clock stands still while the machine is behind, that is while several webhooks have
    not been answered: more calls would only make every request time out. AWS would not be behind;
    for how long the clock stood is told in the report.

    Parameters
    ----------
    speed
        Divides the times between arrivals; the carrier divides the callers' own.

    Attributes
    ----------
    made
        Calls made so far.
    held_s
        Wall seconds for which the clock stood still.
    """

    def __init__(self, carrier: Carrier, board: Switchboard, speed: float) -> None:
        self._carrier = carrier
        self._board = board
        self._speed = speed
        self._unanswered: list[WebhookEntry] = []
        self._seen = 0
        self.made = 0
        self.held_s = 0.0

    async def play(self, plans: Sequence[CallPlan]) -> list[Person]:
        """Make every call at its time; return the callers once the last one has dialled."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        people: list[Person] = []
        for plan in plans:
            due = started + self.held_s + plan.at_s / self._speed
            await asyncio.sleep(due - loop.time())
            await self._wait_for_the_machine()
            people.append(await self._carrier.call(plan.caller, plan.line, self._script(plan)))
            self.made += 1
        return people

    async def _wait_for_the_machine(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        while self._behind() >= MOST_UNANSWERED:
            await asyncio.sleep(_LOOK_S)
        self.held_s += clock() - began

    def _behind(self) -> int:
        """Count the webhooks, copies included, that wait for an answer or for their turn."""
        sent = self._carrier.journal.webhooks
        known = [*self._unanswered, *sent[self._seen :]]
        self._seen = len(sent)
        self._unanswered = [entry for entry in known if not _settled(entry)]
        return len(self._unanswered)

    def _script(self, plan: CallPlan) -> _Caller:
        return _Caller(plan, self._board)


class _Caller:
    """One caller on one call."""

    def __init__(self, plan: CallPlan, board: Switchboard) -> None:
        self._plan = plan
        self._board = board

    async def __call__(self, me: Person) -> None:
        plan = self._plan
        line = self._board.enter(me.sid, plan, me.call.wake)
        if plan.intent is Intent.LEAVE_IN_MENU:
            await me.prompt()
            await me.pause(plan.think_s)
            me.hang_up()
            return
        await self._press(me)
        if plan.intent is Intent.SELF_SERVICE:
            return  # the menu says what was asked for and hangs up
        if not await self._reach_somebody(me, line):
            me.hang_up()
            return
        await me.pause(plan.talk_s)
        if plan.agent_ends:
            await me.pause(plan.talk_s * _OVERTIME + _OVERTIME_S)
        me.hang_up()

    async def _press(self, me: Person) -> None:
        for place, key in enumerate(self._plan.keys):
            gathering = await me.prompt()
            if not key:
                await _silence(me, gathering)
                continue
            # Only the first prompt is listened to: who slipped presses at once.
            await me.pause(self._plan.think_s if place == 0 else 1.0)
            await me.press(key)

    async def _reach_somebody(self, me: Person, line: Line) -> bool:
        """Wait for an agent; False when the caller has had enough."""
        # An agent may take the call before the carrier has finished the sentence before the queue.
        await me.until(lambda: isinstance(me.call.place, Member | Participant) or None)
        if self._plan.intent is Intent.LEAVE_WHILE_RINGING:
            await me.until(lambda: line.ringing or _talking(me) or None, self._plan.patience_s)
            if not _talking(me):
                await me.pause(_RINGING_S if line.ringing else 0.0)
                return False
        return await me.connected(within=self._plan.patience_s)


def _settled(entry: WebhookEntry) -> bool:
    return bool(entry.status or entry.error) or entry.fault == "drop"


def _talking(me: Person) -> bool:
    return isinstance(me.call.place, Participant)


async def _silence(me: Person, gathering: Gathering | None) -> None:
    """Press nothing until the prompt has given up waiting."""
    await me.until(lambda: me.call.place is not gathering or None)
