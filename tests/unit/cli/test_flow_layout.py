"""Where the steps of a drawing go: whatever leads where, ways go down and nothing is lost."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cli.flows.layout import laid_out

NAMES = [f"s{number}" for number in range(8)]
graphs = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(NAMES), max_size=3) for name in NAMES}
)


@given(graphs)
def test_every_step_has_a_place_and_every_way_goes_layer_by_layer(
    leads: dict[str, list[str]],
) -> None:
    layout = laid_out("s0", leads)
    depth = {node: number for number, layer in enumerate(layout.layers) for node in layer}
    assert sum(map(len, layout.layers)) == len(depth)
    assert {node for node in depth if isinstance(node, str)} == set(NAMES)
    assert layout.layers[0] == ["s0"]
    assert set(layout.ways) == {(name, to) for name in leads for to in leads[name]}
    for (name, to), nodes in layout.ways.items():
        ends = (to, name) if (name, to) in layout.back else (name, to)
        assert (nodes[0], nodes[-1]) == ends
        if name != to:
            assert all(depth[lower] == depth[upper] + 1 for upper, lower in pairwise(nodes))


def test_a_way_back_is_known_as_one() -> None:
    layout = laid_out("a", {"a": ["b"], "b": ["c", "a"], "c": ["c"]})
    assert layout.layers == [["a"], ["b"], ["c"]]
    assert layout.back == {("b", "a"), ("c", "c")}


def test_a_long_way_keeps_a_place_in_the_layers_it_crosses() -> None:
    layout = laid_out("a", {"a": ["b", "c"], "b": ["c"], "c": []})
    assert layout.ways["a", "c"] == ["a", ("a", "c", 1), "c"]
    assert set(layout.layers[1]) == {"b", ("a", "c", 1)}
