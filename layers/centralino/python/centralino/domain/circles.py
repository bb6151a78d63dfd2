"""Circles in a graph: rules that lead back to where they began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def circle(graph: Mapping[str, Iterable[str]], start: str) -> list[str]:
    """Return the shortest way from a node back to it, without the end; nothing if none.

    Examples
    --------
    >>> circle({"a": ["b"], "b": ["b", "a"]}, "a")
    ['a', 'b']
    >>> circle({"a": ["b"], "b": ["b"]}, "a")
    []
    """
    paths, seen = [[start]], {start}
    while paths:
        path = paths.pop(0)
        for to in graph[path[-1]]:
            if to == start:
                return path
            if to not in seen:
                seen.add(to)
                paths.append([*path, to])
    return []
