"""Each kind of timer that is sent is documented, and carried out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import centralino.application
from centralino.application import keypad, messages, muting, recordings, supervision
from centralino.application.callbacks import timing as callback_timing
from centralino.application.ports import Timer
from centralino.application.timers import fire
from centralino.domain.errors import InvalidRequest
from tests.support.centre import Centre

APPLICATION = Path(centralino.application.__file__).parent
#: Names under which some modules keep their kind.
NAMED = {
    "timing.KIND": callback_timing.KIND,
    "KIND": callback_timing.KIND,
    "TIMER": None,
    "RECORDING": recordings.TIMER,
    "recordings.TIMER": recordings.TIMER,
    "messages.TIMER": messages.TIMER,
}
OWN = {
    f"{it.__name__.rpartition('.')[2]}.py": it.TIMER
    for it in (keypad, muting, recordings, supervision)
}
GONE = "ct_0123456789ABCDEFGHJKMNPQRS"


def sent() -> set[str]:
    found: set[str] = set()
    for path in sorted(APPLICATION.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Timer":
                kind = node.args[0]
                if isinstance(kind, ast.Constant):
                    found.add(str(kind.value))
                else:
                    found.add(NAMED[ast.unparse(kind)] or OWN[path.name])
    return found


def documented() -> set[str]:
    words = (Timer.__doc__ or "").partition("kind : str")[2].partition("key : str")[0]
    return set(re.findall(r"``(\w+)``", words))


def test_each_kind_that_is_sent_is_documented_and_no_other() -> None:
    assert sent() == documented()
    assert {"offer", "listen"} <= documented()


@pytest.mark.parametrize("kind", sorted(documented()))
def test_each_kind_is_carried_out_and_void_for_what_is_gone(kind: str) -> None:
    fire(Centre().app, Timer(kind, GONE, f"{GONE}#3"), "timer")


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        fire(Centre().app, Timer("tea", GONE, f"{GONE}#3"), "timer")
