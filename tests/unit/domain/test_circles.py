"""Circles in a graph."""

from __future__ import annotations

import pytest

from centralino.domain.circles import circle


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": []}, []),
        ({"a": ["a"]}, ["a"]),
        ({"a": ["b"], "b": ["a"]}, ["a", "b"]),
        ({"a": ["b", "c"], "b": ["c"], "c": ["a"]}, ["a", "c"]),  # the shortest
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, []),  # a circle further on is not this one's
        ({"a": ["b", "b"], "b": []}, []),
    ],
)
def test_the_shortest_way_back(graph: dict[str, list[str]], found: list[str]) -> None:
    assert circle(graph, "a") == found
