"""Whose work a supervisor may see: named by the sign-in, else one's own as an agent, else none."""

from __future__ import annotations

import pytest

from centralino.application.scopes import ALL, Supervisor, require, units_of
from centralino.domain.errors import Forbidden
from tests.support.centre import Centre

BOSS = "ag_0B0SS000000000000000000000"


@pytest.mark.parametrize(
    ("named", "demo", "other"),
    [
        (set(), False, False),
        ({"demo"}, True, False),
        ({"demo", "other"}, True, True),
        ({ALL}, True, True),
        ({"dem"}, False, False),
    ],
)
def test_who_is_no_agent_sees_what_the_sign_in_names(
    named: set[str], demo: bool, other: bool
) -> None:
    units = units_of(Centre().app, Supervisor(BOSS, frozenset(named)))
    assert (units.covers("demo"), units.covers("other")) == (demo, other)
    assert not Supervisor(BOSS).named
    assert units.covers(None) is (ALL in named)


def test_an_agent_sees_their_own_business_unit_unless_the_sign_in_names_others() -> None:
    centre = Centre()
    ann = centre.agent("ann", ready=False)
    own = centre.agent_item(ann).business_unit
    assert units_of(centre.app, Supervisor(ann)).covers(own)
    assert not units_of(centre.app, Supervisor(ann)).covers("other")
    named = Supervisor(ann, frozenset({"other"}))
    require(centre.app, named, "other")
    with pytest.raises(Forbidden) as caught:
        require(centre.app, named, own)
    assert caught.value.code == "another_business_unit"
