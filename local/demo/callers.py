"""The callers: each plays one planned call over the network of the day.

Decides what a caller does at each moment of a call. Pauses are divided by the network's speed,
waiting for the product is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from local.demo.calls import CallPlan, Intent
from local.demo.network import Network, OnTheLine
from local.demo.switchboard import Line, Switchboard

#: If the agent was to hang up and does not, the caller does, so many times the talk later.
_OVERTIME = 2.0
_OVERTIME_S = 120.0
#: How long a caller who leaves while an agent is rung listens to the ringing.
_RINGING_S = 3.0


#: With fewer requests unanswered than this the machine is keeping up.
MOST_UNANSWERED = 4
_LOOK_S = 0.02


class Callers:
    """Plays the calls of a day.

    The day's clock stands still while the machine is behind, that is while several requests have
    not been answered: more calls would only make every request time out. AWS would not be behind;
    for how long the clock stood is told in the report.

    Parameters
    ----------
    speed
        Divides the times between arrivals; the network divides the callers' own.

    Attributes
    ----------
    made
        Calls made so far.
    held_s
        Wall seconds for which the clock stood still.
    """

    def __init__(self, network: Network, board: Switchboard, speed: float) -> None:
        self._network = network
        self._board = board
        self._speed = speed
        self.made = 0
        self.held_s = 0.0

    async def play(self, plans: Sequence[CallPlan]) -> list[OnTheLine]:
        """Make every call at its time; return the callers once the last one has dialled."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        people: list[OnTheLine] = []
        for plan in plans:
            due = started + self.held_s + plan.at_s / self._speed
            await asyncio.sleep(due - loop.time())
            await self._wait_for_the_machine()
            people.append(await self._network.call(plan, self._script(plan)))
            self.made += 1
        return people

    async def _wait_for_the_machine(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        while self._network.unanswered() >= MOST_UNANSWERED:
            await asyncio.sleep(_LOOK_S)
        self.held_s += clock() - began

    def _script(self, plan: CallPlan) -> _Caller:
        return _Caller(plan, self._board)


class _Caller:
    """One caller on one call."""

    def __init__(self, plan: CallPlan, board: Switchboard) -> None:
        self._plan = plan
        self._board = board

    async def __call__(self, me: OnTheLine) -> None:
        plan = self._plan
        line = self._board.enter(me.sid, plan, me.wake)
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

    async def _press(self, me: OnTheLine) -> None:
        for place, key in enumerate(self._plan.keys):
            asked = await me.prompt()
            if not key:
                await me.silence(asked)
                continue
            # Only the first prompt is listened to: who slipped presses at once.
            await me.pause(self._plan.think_s if place == 0 else 1.0)
            await me.press(key)

    async def _reach_somebody(self, me: OnTheLine, line: Line) -> bool:
        """Wait for an agent; False when the caller has had enough."""
        # An agent may take the call before the sentence before the queue has been heard.
        await me.until(lambda: me.in_line or None)
        if self._plan.intent is Intent.LEAVE_WHILE_RINGING:
            await me.until(lambda: line.ringing or me.talking or None, self._plan.patience_s)
            if not me.talking:
                await me.pause(_RINGING_S if line.ringing else 0.0)
                return False
        return await me.connected(within=self._plan.patience_s)
