"""What strikes a command of the state machine: nothing, a death at a port, a fault, a collision."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from centralino.adapters.memory.faults import Faults

_OPERATIONS = (
    "store.save_contact",
    "store.save_agent",
    "store.claim",
    "store.contact",
    "store.*",
    "timers.send",
    "nudges.send",
    "operations.*",
    "realtime.push",
    "media.*",
)
Mishap = Callable[[Faults], None]

WHICH = st.integers(0, 7)
#: What strikes a command: mostly nothing.
MISHAPS: st.SearchStrategy[Mishap | None] = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    st.integers(1, 30).map(lambda n: lambda faults: faults.crash_at(n)),
    st.builds(
        lambda op, skip: lambda faults: faults.refuse(op, skip=skip),
        st.sampled_from(_OPERATIONS),
        st.integers(0, 3),
    ),
    st.builds(
        lambda op, skip: lambda faults: faults.lose_reply(op, skip=skip),
        st.sampled_from(_OPERATIONS),
        st.integers(0, 3),
    ),
    st.builds(lambda n: lambda faults: faults.contend("store.claim", times=n), st.integers(1, 4)),
)
