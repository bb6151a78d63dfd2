"""Agents mute themselves: the leg follows the contact, whatever fails in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, calls, muting, transfers
from centralino.application.inviting import To
from centralino.domain.contacts.muting import is_muted
from centralino.domain.errors import NotFound, RuleViolation, TransientDependency
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.commands import LegJoined, LegLeft
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import consulting, open_centre, sound, talking
from tests.unit.application.test_offers import media


@pytest.fixture
def centre() -> Centre:
    return open_centre()


def legs(centre: Centre) -> set[tuple[str, str]]:
    """Return the legs that the carrier lets nobody hear, by conversation."""
    return centre.world.media.muted


def rid_of(centre: Centre, contact_id: str) -> str:
    return centre.contact(contact_id).rid or ""


def test_nobody_hears_the_agent_until_they_do_again(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    rid = rid_of(centre, contact_id)
    version = centre.contact(contact_id).version
    for _ in range(2):
        assert is_muted(muting.mute(centre.app, ann, contact_id, "api"), rid)
        assert legs(centre) == {(contact_id, rid)}
    assert centre.contact(contact_id).version == version + 1
    shown = [f["muted"] for f in centre.world.realtime.of(ann) if f["type"] == "contact"]
    assert shown[-1] is True
    for _ in range(2):
        assert not is_muted(muting.unmute(centre.app, ann, contact_id, "api"), rid)
        assert legs(centre) == set()
    assert centre.contact(contact_id).version == version + 2
    shown = [f["muted"] for f in centre.world.realtime.of(ann) if f["type"] == "contact"]
    assert shown[-2:] == [True, False]
    centre.relay()
    assert not any("mute" in event.type.lower() for event in centre.world.bus.published)


@pytest.mark.parametrize("kind", ["refuse", "crash"])
def test_a_leg_the_carrier_was_not_told_of_is_muted_a_moment_later(
    centre: Centre, kind: str
) -> None:
    ann, contact_id = talking(centre)
    rid = rid_of(centre, contact_id)
    if kind == "refuse":
        centre.world.faults.refuse("media.mute_agent")
    else:
        centre.world.faults.crash_before("media.mute_agent")
    with pytest.raises((TransientDependency, Crash)):
        muting.mute(centre.app, ann, contact_id, "api")
    assert is_muted(centre.contact(contact_id), rid)
    assert legs(centre) == set()
    centre.advance(muting.LOOK_MS)
    assert legs(centre) == {(contact_id, rid)}


def test_two_commands_that_overtake_each_other_end_as_the_contact_says(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    rid = rid_of(centre, contact_id)
    muting.mute(centre.app, ann, contact_id, "api")
    muting.unmute(centre.app, ann, contact_id, "api")
    # The carrier carries out the first request last.
    centre.world.media.mute_agent(centre.contact(contact_id), rid)
    assert legs(centre) == {(contact_id, rid)}
    centre.advance(muting.LOOK_MS)
    assert legs(centre) == set()


def test_a_timer_that_comes_after_the_talk_touches_nobody(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    rid = rid_of(centre, contact_id)
    muting.mute(centre.app, ann, contact_id, "api")
    agents.hang_up(centre.app, ann, contact_id, "api")
    asked = media(centre)
    muting.look(centre.app, contact_id, rid)
    muting.look(centre.app, "ct_nobody", rid)
    assert media(centre) == asked


def test_it_lasts_through_hold_and_ends_with_a_transfer(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    rid = rid_of(centre, contact_id)
    muting.mute(centre.app, ann, contact_id, "api")
    transfers.hold(centre.app, ann, contact_id, "api")
    transfers.resume(centre.app, ann, contact_id, "api")
    assert legs(centre) == {(contact_id, rid)}
    transfers.transfer(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    contact = centre.contact(contact_id)
    assert contact.agent == bob
    assert not is_muted(contact, contact.rid or "")
    assert legs(centre) == set()
    with pytest.raises(RuleViolation) as refused:
        muting.unmute(centre.app, ann, contact_id, "api")
    assert refused.value.code == "not_talking"
    sound(centre)


def test_a_leg_that_is_lost_takes_it_along_and_the_one_that_comes_back_is_heard(
    centre: Centre,
) -> None:
    ann, contact_id = talking(centre)
    rid = rid_of(centre, contact_id)
    muting.mute(centre.app, ann, contact_id, "api")
    centre.agent_leg_leaves(contact_id, rid)
    with pytest.raises(RuleViolation) as refused:
        muting.mute(centre.app, ann, contact_id, "api")
    assert refused.value.code == "leg_lost"
    centre.agent_joins(contact_id, rid)
    assert not is_muted(centre.contact(contact_id), rid)
    assert legs(centre) == set()


def test_a_leg_that_is_back_before_its_loss_was_told_is_muted_as_it_was(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    rid = rid_of(centre, contact_id)
    muting.mute(centre.app, ann, contact_id, "api")
    centre.world.media.leave(contact_id, rid)
    centre.agent_joins(contact_id, rid)
    assert legs(centre) == {(contact_id, rid)}
    calls.handle(centre.app, LegLeft(contact_id, "CAold", rid, "hung_up"), KEY)
    assert is_muted(centre.contact(contact_id), rid)
    assert legs(centre) == {(contact_id, rid)}


def test_a_third_party_mutes_itself_and_stays_so_when_left_with_the_customer(
    centre: Centre,
) -> None:
    ann, bob, contact_id, child = consulting(centre)
    rid = child.rid or ""
    assert is_muted(muting.mute(centre.app, bob, child.id, "api"), rid)
    assert legs(centre) == {(contact_id, rid)}
    # The word that its leg has joined comes once more.
    calls.handle(centre.app, LegJoined(contact_id, "CAparty", rid), KEY)
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    contact = centre.contact(contact_id)
    assert (contact.agent, is_muted(contact, rid)) == (bob, True)
    # A request of before that arrives only now is made good by the timer of the party.
    centre.world.media.unmute_agent(contact, rid)
    centre.advance(muting.LOOK_MS)
    assert legs(centre) == {(contact_id, rid)}
    muting.unmute(centre.app, bob, contact_id, "api")
    assert legs(centre) == set()


def test_nobody_mutes_somebody_else(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    with pytest.raises(NotFound):
        muting.mute(centre.app, bob, contact_id, "api")
    with pytest.raises((NotFound, RuleViolation)):
        muting.mute(centre.app, ann, child.id, "api")
    with pytest.raises(NotFound):
        muting.mute(centre.app, centre.agent("eve"), contact_id, "api")
    assert legs(centre) == set()


def test_a_provider_that_mutes_nobody_is_asked_nothing(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    able = frozenset(Capability) - {Capability.MUTE}
    app = replace(centre.app, able=lambda _: able)
    version = centre.contact(contact_id).version
    with pytest.raises(RuleViolation) as refused:
        muting.mute(app, ann, contact_id, "api")
    assert refused.value.code == "not_supported"
    assert centre.contact(contact_id).version == version
