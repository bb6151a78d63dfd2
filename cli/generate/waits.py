"""``docs/concepts/images/waits-by-strategy.svg``: what each strategy does to waits, simulated.

Decides the centre that is simulated: orders, which everybody can take, and technical calls, which
only the experts can, for four busy hours and with the same calls for every strategy. Nobody is made
to wait for anybody; only the choice among the agents who could take a call differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import mean

from centralino.domain.configuration.model import (
    BusinessUnit,
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.routing.strategies import STRATEGIES
from centralino.simulation.call_list import ListedCall
from centralino.simulation.day import DayPlan, QueueOfDay, simulate_day
from centralino.simulation.staff import Staff

FOLDER = Path("docs/concepts/images")
CHART = FOLDER / "waits-by-strategy.svg"
TABLE = FOLDER / "waits-by-strategy.csv"

DAYS = 6
HOURS = 4
#: Queue -> calls an hour.
QUEUES = {"orders": 180, "technical": 45}
AGENTS, EXPERTS = 9, 5
_HANDLING_S = (4.9, 0.75)  # of a lognormal distribution: 178 s on average
_PATIENCE_S = 300
_MIDNIGHT_MS = 1_790_000_000_000 // 86_400_000 * 86_400_000


def rules(strategy: str) -> Configuration:
    """Return the centre with every queue under one strategy."""
    queues = {name: Queue(name, "demo", strategy=strategy) for name in QUEUES}
    profiles = {
        "agents": RoutingProfile("agents", (ProfileQueue("orders"),)),
        "experts": RoutingProfile("experts", tuple(ProfileQueue(name) for name in QUEUES)),
    }
    return Configuration(
        version=1,
        queues=queues,
        profiles=profiles,
        plans={"voice": Plan("voice")},
        pools=compile_pools(queues, profiles),
        lines={},
        flows={},
        business_units={"demo": BusinessUnit("demo")},
    )


def calls(seed: int) -> list[ListedCall]:
    """Return the calls of one day, in the order they come."""
    random = Random(f"waits-{seed}")
    found = []
    for queue, per_hour in sorted(QUEUES.items()):
        at = 0.0
        while (at := at + random.expovariate(per_hour / 3600)) < HOURS * 3600:
            service = max(1, round(random.lognormvariate(*_HANDLING_S)))
            patience = max(1, round(random.expovariate(1 / _PATIENCE_S)))
            found.append((at, queue, service, patience))
    return [
        ListedCall(str(number), queue, 0, int(at), service, patience)
        for number, (at, queue, service, patience) in enumerate(sorted(found))
    ]


def simulated(strategy: str, days: int = DAYS) -> dict[str, tuple[float, float]]:
    """Return by queue the average wait and the ninth decile of answered callers, in seconds.

    Both are means over the days.
    """
    # Experts first: a strategy that goes by name must not spare them by chance.
    staff = [Staff("experts", EXPERTS), Staff("agents", AGENTS)]
    found: dict[str, list[QueueOfDay]] = {name: [] for name in QUEUES}
    for day in range(days):
        plan = DayPlan(
            configuration=rules(strategy),
            calls=calls(day),
            staff=staff,
            queues={},
            midnight_ms=_MIDNIGHT_MS,
        )
        for queue in simulate_day(plan).queues:
            found[queue.queue].append(queue)
    return {
        name: (mean(d.asa_s or 0.0 for d in days), mean(d.wait_p90_s or 0.0 for d in days))
        for name, days in found.items()
    }


def files() -> Iterator[tuple[Path, str]]:
    """Yield the chart and the figures behind it."""
    figures = {strategy: simulated(strategy) for strategy in STRATEGIES}
    ordered = sorted(STRATEGIES, key=lambda strategy: figures[strategy]["technical"][0])
    rows = [
        f"{strategy},{queue},{average:.1f},{p90:.1f}"
        for strategy in ordered
        for queue, (average, p90) in sorted(figures[strategy].items())
    ]
    yield TABLE, "\n".join(["strategy,queue,average_wait_s,wait_p90_s", *rows]) + "\n"
    # Imported here alone: it puts an import hook of its own into the process.
    import pygal
    from pygal.style import Style

    style = Style(
        font_family="sans-serif",
        background="white",
        plot_background="white",
        colors=("#0972d3", "#8cb7de"),
        label_font_size=13,
        legend_font_size=13,
        title_font_size=15,
    )
    chart = pygal.HorizontalBar(
        style=style,
        js=[],
        legend_at_bottom=True,
        width=760,
        height=460,
        print_values=True,
        value_formatter=lambda value: f"{value:.1f} s",
        title="Average wait of answered callers: the same calls, the same agents",
        # Else every drawing has another id, and the file changes without having changed.
        uuid="waits-by-strategy",
    )
    names = list(reversed(ordered))
    chart.x_labels = names
    for queue in QUEUES:
        chart.add(queue, [round(figures[name][queue][0], 1) for name in names])
    yield CHART, chart.render(is_unicode=True) + "\n"
