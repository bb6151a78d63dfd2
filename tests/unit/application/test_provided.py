"""What a provider cannot do is refused before anything is written, and nobody is held by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from centralino.adapters.telephony.declared import capabilities_of
from centralino.application import transfers
from centralino.application.inviting import To
from centralino.application.ports import Timer
from centralino.application.timers import fire
from centralino.domain.errors import RuleViolation
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import NUMBER, open_centre, sound, talking
from tests.unit.application.test_offers import media

Ask = Callable[[Centre, str, str], object]


def carried_by(provider: str) -> Centre:
    centre = open_centre()
    centre.app = replace(centre.app, able=lambda _: capabilities_of(provider))
    return centre


def hold(centre: Centre, ann: str, contact: str) -> object:
    return transfers.hold(centre.app, ann, contact, "api")


def consult(centre: Centre, ann: str, contact: str) -> object:
    return transfers.consult(centre.app, ann, contact, To(queue="support"), KEY, "api")


def conference(centre: Centre, ann: str, contact: str) -> object:
    return transfers.conference(centre.app, ann, contact, To(queue="support"), KEY, "api")


def transfer_out(centre: Centre, ann: str, contact: str) -> object:
    return transfers.transfer(centre.app, ann, contact, To(number=NUMBER), KEY, "api")


@pytest.mark.parametrize(
    ("provider", "ask"),
    [
        ("chime", hold),
        ("chime", consult),
        ("chime", conference),
        ("chime", transfer_out),
        ("webvoice", transfer_out),
    ],
)
def test_what_the_provider_cannot_do_changes_nothing(provider: str, ask: Ask) -> None:
    centre = carried_by(provider)
    ann, contact_id = talking(centre)
    before, asked = centre.contact(contact_id), len(media(centre))
    with pytest.raises(RuleViolation) as refused:
        ask(centre, ann, contact_id)
    assert refused.value.code == "not_supported"
    assert centre.contact(contact_id) == before
    assert len(centre.world.store.contacts()) == 1
    assert len(media(centre)) == asked
    sound(centre)


@pytest.mark.parametrize(
    ("provider", "ask"),
    [("webvoice", hold), ("webvoice", consult), ("webvoice", conference), ("twilio", transfer_out)],
)
def test_what_it_can_do_is_done(provider: str, ask: Ask) -> None:
    centre = carried_by(provider)
    ann, contact_id = talking(centre)
    before = centre.contact(contact_id)
    ask(centre, ann, contact_id)
    assert centre.contact(contact_id).version > before.version


@pytest.mark.parametrize(("provider", "resumed"), [("chime", False), ("twilio", True)])
def test_a_talk_that_cannot_be_held_is_not_taken_off_hold(provider: str, resumed: bool) -> None:
    centre = carried_by(provider)
    _, contact_id = talking(centre)
    rid = centre.contact(contact_id).rid
    asked = len(media(centre))
    fire(centre.app, Timer("room", contact_id, rid), "timer")
    assert ("resume" in media(centre)[asked:]) is resumed
