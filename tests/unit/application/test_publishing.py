"""Planning, applying and rolling back rules, on a register and a centre in memory."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.faults import Crash, Faults
from centralino.application import publishing
from centralino.domain.configuration.releases import Release, renumbered, same_rules
from centralino.domain.errors import Conflict, NotFound, TransientDependency
from tests.unit.application.publishing_desk import APART, Desk, draft, empty, queue, rules
from tests.unit.contracts.rules_file import FULL, text_of


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --------------------------------------------------------------------------- publishing


def test_the_first_rules_are_version_one() -> None:
    office = empty()
    plan = publishing.planned(office, draft(text_of(FULL)))
    assert plan.base is None
    assert publishing.history(office, 10) == []
    release = publishing.publish(office, plan, "ada", "the beginning")
    assert (release.number, release.base, release.by) == (1, 0, "ada")
    assert publishing.history(office, 10) == [release]


def test_a_version_keeps_who_when_why_and_the_file(desk: Desk) -> None:
    text = rules(queues={"sales": queue(wrap_up="30s"), "support": queue()})
    desk.centre.advance(5_000)
    release = desk.apply(text, by="grace", note="shorter wrap-up")
    found, source = publishing.looked_up(desk.office)
    assert found == release
    assert (found.by, found.note, found.at) == (
        "grace",
        "shorter wrap-up",
        desk.centre.world.clock.now(),
    )
    assert source == text
    assert found.digest == publishing.digest_of(text)
    assert {flow.version for flow in found.rules.flows.values()} == {found.number}


def test_what_changes_nothing_publishes_nothing(desk: Desk) -> None:
    before = desk.office.releases.in_force()
    plan = desk.plan("# only a remark\n" + rules())
    assert plan.changes == ()
    assert publishing.publish(desk.office, plan, "ada") == before
    assert desk.office.releases.in_force() == before


def test_of_two_who_plan_at_once_one_is_told_to_plan_again(desk: Desk) -> None:
    first = desk.plan(rules(queues={"sales": queue(tier=3), "support": queue()}))
    second = desk.plan(rules(queues={"sales": queue(tier=4), "support": queue()}))
    won = publishing.publish(desk.office, first, "ada")
    with pytest.raises(Conflict, match=f"version {won.number} by ada .* plan again") as lost:
        publishing.publish(desk.office, second, "grace")
    assert lost.value.code == "plan_again"
    assert desk.office.releases.in_force() == won
    again = desk.apply(rules(queues={"sales": queue(tier=4), "support": queue()}), by="grace")
    assert (again.base, again.number) == (won.number, won.number + 1)


def test_a_version_that_never_came_into_force_is_left_alone(desk: Desk) -> None:
    base = desk.office.releases.in_force()
    assert base is not None
    register = desk.centre.world.configuration
    # What a process left behind that died between version and pointer.
    lost = Release(renumbered(base.rules, base.number + 1), base.number, by="lost")
    register._releases[lost.number] = lost
    release = desk.apply(rules(queues={"sales": queue(tier=3), "support": queue()}))
    assert release.number == base.number + 2
    assert register.release(base.number + 1) == lost
    assert lost not in publishing.history(desk.office, 10)
    after = desk.apply(rules())
    assert (after.base, after.number) == (release.number, release.number + 1)


def test_a_lost_reply_is_no_failure() -> None:
    faults = Faults()
    office = empty(faults)
    faults.lose_reply("configuration.put_in_force")
    plan = publishing.planned(office, draft(rules()))
    release = publishing.publish(office, plan, "ada")
    assert office.releases.in_force() == release


def test_a_request_that_never_arrived_is_told_and_can_be_repeated() -> None:
    faults = Faults()
    office = empty(faults)
    faults.refuse("configuration.put_in_force")
    plan = publishing.planned(office, draft(rules()))
    with pytest.raises(TransientDependency):
        publishing.publish(office, plan, "ada")
    assert office.releases.in_force() is None
    assert publishing.publish(office, plan, "ada").number == 1


@pytest.mark.parametrize("moment", ["crash_before", "crash_after"])
def test_dying_at_the_write_leaves_all_of_it_or_nothing(moment: str) -> None:
    faults = Faults()
    office = empty(faults)
    getattr(faults, moment)("configuration.put_in_force")
    with pytest.raises(Crash):
        publishing.publish(office, publishing.planned(office, draft(rules())), "ada")
    again = publishing.publish(office, publishing.planned(office, draft(rules())), "ada")
    assert again.number == 1
    assert publishing.history(office, 10) == [again]


# --------------------------------------------------------------------------- rolling back


def test_a_rollback_is_a_new_version_with_the_old_rules_and_file(desk: Desk) -> None:
    old = desk.office.releases.in_force()
    assert old is not None
    desk.apply(rules(queues={"sales": queue(tier=3), "support": queue()}))
    plan = publishing.planned(desk.office, publishing.restored(desk.office))
    back = publishing.publish(desk.office, plan, "ada", "too hasty")
    assert (back.number, back.restores) == (old.number + 2, old.number)
    assert same_rules(back.rules, old.rules)
    assert publishing.looked_up(desk.office)[1] == rules()
    assert [r.number for r in publishing.history(desk.office, 3)] == [
        old.number + 2,
        old.number + 1,
        old.number,
    ]


def test_a_rollback_to_a_version_by_number(desk: Desk) -> None:
    numbers = [
        desk.apply(rules(queues={"sales": queue(tier=t), "support": queue()})).number
        for t in (2, 3, 4)
    ]
    plan = publishing.planned(desk.office, publishing.restored(desk.office, numbers[0]))
    back = publishing.publish(desk.office, plan, "ada")
    assert back.rules.queues["sales"].tier == 2


def test_a_rollback_to_what_is_not_there_is_refused() -> None:
    office = empty()
    with pytest.raises(NotFound):
        publishing.restored(office)
    publishing.publish(office, publishing.planned(office, draft(rules())), "ada")
    with pytest.raises(NotFound):
        publishing.restored(office)
    with pytest.raises(NotFound):
        publishing.restored(office, 9)
    with pytest.raises(NotFound):
        publishing.looked_up(office, 9)


def test_a_rollback_is_checked_like_any_other_plan(desk: Desk) -> None:
    desk.apply(rules(queues={"sales": queue(), "support": queue(), "vip": queue()},
                     profiles={"all": {"queues": ["sales", "support", "vip"]},
                               "sales": {"queues": ["sales"]}},
                     ))  # fmt: skip
    desk.centre.queue()
    back = publishing.planned(desk.office, publishing.restored(desk.office))
    assert back.refusals == ()
    desk.apply(rules(profiles=APART | {"sales": {"queues": ["sales", "support"]}}))
    desk.apply(rules(profiles=APART))
    desk.centre.queue("CA9", "2")
    plan = publishing.planned(desk.office, publishing.restored(desk.office))
    assert [r.split(" while ")[0] for r in plan.refusals] == [
        "queue support moves from pool support to pool sales"
    ]
