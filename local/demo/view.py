"""How a running demo is shown: a live picture on a terminal, plain lines elsewhere.

Decides the layout and how often it changes. Everything shown comes from `live`; it goes to
standard error, since standard output belongs to the report.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live as Screen
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from local.demo.live import Live, Now

_REFRESH_S = 0.5
_LINE_EVERY_S = 5.0


class View:
    """Shows a run until told that it is over.

    Parameters
    ----------
    total
        Calls of the day.
    made
        How many have been made so far.
    """

    def __init__(
        self,
        live: Live,
        console: Console,
        *,
        headless: bool,
        speed: float,
        total: int,
        made: Callable[[], int],
    ) -> None:
        self._live = live
        self._console = console
        self._headless = headless
        self._speed = speed
        self._total = total
        self._made = made
        self._began = time.monotonic()

    async def run(self) -> None:
        """Show until cancelled."""
        if self._headless or not self._console.is_terminal:
            while True:
                await asyncio.sleep(_LINE_EVERY_S)
                self._console.print(self.line(self._now()), highlight=False, soft_wrap=True)
        with Screen(self.picture(self._now()), console=self._console, auto_refresh=False) as screen:
            while True:
                screen.update(self.picture(self._now()), refresh=True)
                await asyncio.sleep(_REFRESH_S)

    def line(self, now: Now) -> str:
        """Return the picture as one line."""
        waiting = sum(queue.waiting for queue in now.queues)
        longest = max((queue.longest_s for queue in now.queues), default=0.0)
        return (
            f"{time.monotonic() - self._began:5.0f} s  calls {self._made()}/{self._total}"
            f"  menu {now.steps.get('menu', 0)}  waiting {waiting} (longest {longest:.1f} s)"
            f"  ringing {now.steps.get('ringing', 0)}  talking {now.steps.get('talking', 0)}"
            f"  answered {now.answered}  abandoned {now.abandoned}"
            f"  self-served {now.self_served}  service level {_share(now.service_level)}"
        )

    def picture(self, now: Now) -> RenderableType:
        """Return the picture as tables."""
        queues = Table("queue", "waiting", "longest wait", title="Queues", title_justify="left")
        for queue in now.queues:
            longest = f"{queue.longest_s * self._speed:.0f} s"
            queues.add_row(queue.name, str(queue.waiting), longest)
        agents = Table("agent", "state", title="Agents", title_justify="left")
        for name, state in now.agents.items():
            agents.add_row(name, state)
        sums = Table("", "", title="So far", title_justify="left", show_header=False)
        for what, value in (
            ("in the menu", str(now.steps.get("menu", 0))),
            ("answered", str(now.answered)),
            ("abandoned", str(now.abandoned)),
            ("self-served", str(now.self_served)),
            ("service level, 20 s of offered", _share(now.service_level)),
            ("events", str(now.events)),
        ):
            sums.add_row(what, value)
        bar = ProgressBar(total=max(1, self._total), completed=now.ended, width=60)
        clock = (time.monotonic() - self._began) * self._speed
        head = Text(
            f"A day of calls at {self._speed:g} times its speed, "
            f"{_clock(clock)} into it: {now.ended} of {self._total} calls over"
        )
        # A bar does not end its line by itself.
        return Group(head, bar, Text(), Columns([queues, sums, agents]))

    def _now(self) -> Now:
        return self._live.now(time.time_ns() // 1_000_000)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d}"
