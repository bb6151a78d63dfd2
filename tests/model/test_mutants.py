"""Every mutant dies, and of what it should: the model notices each way to be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.model import checks, mutants, scenarios
from tests.model.checks import Check, walk, walk_to_rest
from tests.model.mutants import Mutant


@dataclass(frozen=True)
class Death:
    """A mutant, the check that kills it, and the words it dies with."""

    mutant: Mutant
    check: Check
    told: str


DEATHS = [
    # The six of the design.
    Death(mutants.no_contact_condition, walk(scenarios.MATCHERS), "one_live_assignment|counted"),
    Death(mutants.no_agent_condition, walk(scenarios.BEHIND), "within_capacity"),
    Death(mutants.timer_after_the_claim, walk(scenarios.MATCHERS), "offered_implies_timer"),
    Death(mutants.accept_without_rid, walk(scenarios.AGAIN), "answers_name_their_offer"),
    Death(mutants.timeout_without_rid, walk(scenarios.AGAIN), "answers_name_their_offer"),
    Death(mutants.repair_without_rid, walk(scenarios.AGAIN), "live_part_has_its_slot"),
    # Further ones.
    Death(mutants.stale_entry_trusted, checks.stale_entries_are_left_alone, "again and again"),
    Death(mutants.capacity_not_checked, walk(scenarios.REPAIRS), "within_capacity"),
    Death(mutants.younger_first, walk(scenarios.MATCHERS), "oldest_first"),
    Death(mutants.place_lost_on_decline, walk(scenarios.ANSWERS), "place_survives"),
    Death(
        mutants.slot_released_before_the_contact,
        walk(scenarios.ANSWERS),
        "live_part_has_its_slot",
    ),
    Death(mutants.silence_decided_too_early, walk(scenarios.ANSWERS), "acknowledged_rings_on"),
    Death(mutants.acknowledgment_ignored, checks.acknowledged_offer_rings_on, "has ended"),
    Death(mutants.hang_up_keeps_ringing, walk(scenarios.REPAIRS), "live_part_has_its_slot"),
    Death(mutants.end_told_twice, walk(scenarios.REPAIRS), "nobody_disappears|ended_is_absorbing"),
    Death(mutants.slot_goes_with_the_talk, walk(scenarios.TALK), "live_part_has_its_slot"),
    Death(mutants.rejoin_timer_after_the_mark, walk(scenarios.TALK), "lost_implies_timer"),
    Death(mutants.given_on_whoever_is_there, walk(scenarios.AWAY), "only_the_lost_are_given_up"),
    Death(mutants.used_is_not_counted_down, walk(scenarios.REPAIRS), "within_capacity"),
    Death(mutants.sequence_stands_still, walk(scenarios.RING), "counted_writes"),
    Death(mutants.leaves_the_roster_at_once, walk(scenarios.PRESENCE), "sweep_finds_everyone"),
    Death(mutants.sweep_trusts_every_offer, walk_to_rest(scenarios.REPAIRS), "stuck"),
    Death(
        mutants.sweep_forgets_missed_minutes,
        checks.menu_call_is_found_after_missed_sweeps,
        "has gone",
    ),
    Death(
        mutants.heartbeat_not_rearmed,
        checks.heartbeat_brings_a_set_aside_agent_back,
        "nobody_waits_beside_a_free_agent",
    ),
    Death(
        mutants.relay_without_nudge,
        checks.relay_wakes_the_pool_of_who_began_to_wait,
        "nobody_waits_beside_a_free_agent",
    ),
    Death(
        mutants.relay_repairs_nothing,
        checks.relay_frees_an_agent_left_with_a_closed_contact,
        "keeps",
    ),
    Death(mutants.first_event_swallowed, checks.events_come_out_gaplessly, "published_gaplessly"),
    Death(mutants.any_grace_counts, checks.grace_of_an_earlier_page_is_void, "cut short"),
]


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.mutant.__name__)
def test_mutant_is_killed(death: Death, monkeypatch: pytest.MonkeyPatch) -> None:
    death.mutant(monkeypatch)
    with pytest.raises(AssertionError, match=death.told):
        death.check()


# The walks pass on the product as parts of the larger ones in test_exhaustive.
_STORIES = {d.check.__name__: d.check for d in DEATHS if not d.check.__name__.startswith("walk")}


@pytest.mark.parametrize("check", _STORIES.values(), ids=_STORIES)
def test_the_story_passes_without_a_mutant(check: Check) -> None:
    check()
