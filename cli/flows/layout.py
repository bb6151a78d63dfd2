"""Where the steps of a drawing go: layers from the first one down, and ways between them.

The method is that of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical
System Structures", IEEE Trans. SMC 11(2), 1981: ways that lead back are turned round, each step
is put as deep as its longest way, long ways get a place in every layer they cross, and each layer
is ordered by the mean place of its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

#: A crossing of a layer by a way: from, to, layer.
Crossing = tuple[str, str, int]
Node = str | Crossing
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """Layers of steps and crossings, and for each way the nodes it passes, from upper to lower.

    ``back`` are the ways that lead up: their nodes are in the opposite order.
    """

    layers: list[list[Node]]
    ways: dict[tuple[str, str], list[Node]] = field(default_factory=dict)
    back: frozenset[tuple[str, str]] = frozenset()


def laid_out(first: str, leads: Mapping[str, Sequence[str]]) -> Layout:
    """Return where everything goes; ``leads`` names for each step those that follow."""
    back = _back(first, leads)
    down = {
        name: [to for to in targets if (name, to) not in back] for name, targets in leads.items()
    }
    for name, to in back:
        if name != to:
            down[to].append(name)
    depth = _depths(first, down)
    layers: list[list[Node]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in leads:
        layers[depth[name]].append(name)
    ways: dict[tuple[str, str], list[Node]] = {}
    for name, targets in leads.items():
        for to in dict.fromkeys(targets):
            upper, lower = (to, name) if (name, to) in back else (name, to)
            crossed: list[Node] = []
            for layer in range(depth[upper] + 1, depth[lower]):
                crossing = (name, to, layer)
                layers[layer].append(crossing)
                crossed.append(crossing)
            ways[name, to] = [upper, *crossed, lower]
    _order(layers, ways)
    return Layout(layers, ways, frozenset(back))


def _back(first: str, leads: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """Return the ways that lead to a step one is already in: without them there is no circle."""
    found: set[tuple[str, str]] = set()
    done: set[str] = set()
    for start in (first, *leads):
        path: list[str] = []
        ahead = [(start, iter(leads.get(start, ())))] if start not in done else []
        if ahead:
            path.append(start)
        while ahead:
            name, targets = ahead[-1]
            to = next(targets, None)
            if to is None:
                ahead.pop()
                path.pop()
                done.add(name)
            elif to in path or to == first:
                found.add((name, to))
            elif to not in done:
                path.append(to)
                ahead.append((to, iter(leads.get(to, ()))))
    return found


def _depths(first: str, down: Mapping[str, Sequence[str]]) -> dict[str, int]:
    # The first step stays alone at the top, even beside steps that nothing leads to.
    depth = {name: 0 if name == first else 1 for name in down}
    for _ in down:
        changed = False
        for name, targets in down.items():
            for to in targets:
                if depth[to] <= depth[name]:
                    depth[to], changed = depth[name] + 1, True
        if not changed:
            break
    return depth


def _order(layers: list[list[Node]], ways: Mapping[tuple[str, str], list[Node]]) -> None:
    above: dict[Node, list[Node]] = {}
    below: dict[Node, list[Node]] = {}
    for nodes in ways.values():
        for upper, lower in pairwise(nodes):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        near = above if downwards else below
        numbers = range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1)
        for number in numbers:
            beside = layers[number - 1 if downwards else number + 1]
            layers[number].sort(key=_mean(near, beside, layers[number]))


def _mean(
    near: Mapping[Node, list[Node]], beside: Sequence[Node], layer: Sequence[Node]
) -> Callable[[Node], float]:
    """Return how far along a node's neighbours are; one without any stays where it is."""
    places = {node: (index + 0.5) / len(beside) for index, node in enumerate(beside)}
    own = {node: (index + 0.5) / len(layer) for index, node in enumerate(layer)}

    def mean(node: Node) -> float:
        found = [places[other] for other in near.get(node, ()) if other in places]
        return sum(found) / len(found) if found else own[node]

    return mean
