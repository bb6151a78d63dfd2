"""The ledger under everything at once: no request is lost or doubled, none rings out of hours.

Two nights on which the clocks change, agent first and customer first. Small here; a large run is
part of the full suite.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from centralino.domain.callbacks.model import Mode
from tests.model import callback_mutants as mutants
from tests.model.callback_mutants import Mutant
from tests.model.callback_night import Night


class RomeNight(Night):
    """At two o'clock it is three: 02:30 does not exist."""


class NewYorkNight(Night):
    """At two o'clock it is one: 01:30 comes twice."""

    zone = "America/New_York"
    evening = "2027-11-07T00:20"


class RomeNightCustomerFirst(RomeNight):
    """The same, customers rung before an agent is found."""

    mode = Mode.CUSTOMER_FIRST


class NewYorkNightCustomerFirst(NewYorkNight):
    """The same, customers rung before an agent is found."""

    mode = Mode.CUSTOMER_FIRST


NIGHTS = (RomeNight, NewYorkNight, RomeNightCustomerFirst, NewYorkNightCustomerFirst)


def run(night: type[Night], examples: int, steps: int) -> None:
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        report_multiple_bugs=False,
        derandomize=True,
        # What fails is told as it is: making it smaller takes longer than reading it.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(night, settings=how)


@pytest.mark.parametrize("night", NIGHTS)
def test_no_request_is_lost_doubled_or_out_of_hours(night: type[Night]) -> None:
    run(night, examples=15, steps=40)


@pytest.mark.full
@pytest.mark.parametrize("night", NIGHTS)
def test_no_request_is_lost_doubled_or_out_of_hours_at_length(night: type[Night]) -> None:
    run(night, examples=1_000, steps=60)


#: A mutant, and what the machine says of it.
KILLED: list[tuple[Mutant, str]] = [
    (mutants.hours_are_ignored, "out of hours"),
    (mutants.one_request_is_not_looked_for, "doubled"),
    (mutants.dialled_before_it_is_written, "may ring"),
    (mutants.nothing_is_looked_at_again, "never ends"),
    (mutants.ends_are_told_again, r"ended \d times"),
    (mutants.the_ledger_forgets_ends, "the ledger has"),
    (mutants.the_relay_files_the_last_write_alone, "no beginning|another end"),
    (mutants.the_number_is_kept, "the number is kept"),
]


@pytest.mark.parametrize(("mutant", "told"), KILLED, ids=lambda of: getattr(of, "__name__", ""))
def test_the_machine_kills_what_is_wrong(
    mutant: Mutant, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises(AssertionError, match=told):
        run(RomeNight, examples=60, steps=40)
