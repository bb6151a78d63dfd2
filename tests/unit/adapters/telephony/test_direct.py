"""A provider whose ends connect by themselves asks nothing of the server."""

from __future__ import annotations

import pytest

from centralino.adapters.telephony.direct import DirectMedia
from centralino.application.ports import Media
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import RuleViolation
from tests.unit.adapters.telephony.samples import AGENT, CALL, CONTACT, RID


def test_an_accepted_offer_is_connected_at_once_and_nobody_can_be_asked() -> None:
    media: Media = DirectMedia()
    contact = Contact(CONTACT, ContactState.OFFERED, "demo", call=CALL)
    assert media.joins(contact) is False
    media.add_agent(contact, RID, AGENT)
    media.bring_caller(contact)
    media.drop_agent(contact, RID)
    media.recall_caller(contact)
    media.hold(contact)
    media.resume(contact)
    media.hang_up(contact)
    assert media.alive(contact) is None


def test_there_is_nobody_to_mute_or_to_hear_keys() -> None:
    contact = Contact(CONTACT, ContactState.CONNECTED, "demo", call=CALL)
    media = DirectMedia()
    for ask in (
        lambda: media.mute_agent(contact, RID),
        lambda: media.unmute_agent(contact, RID),
        lambda: media.send_digits(contact, None, "press-01"),
    ):
        with pytest.raises(RuleViolation) as refused:
            ask()
        assert refused.value.code == "not_supported"


def test_there_is_no_carrier_to_call_a_number() -> None:
    contact = Contact(CONTACT, ContactState.CONNECTED, "demo", call=CALL)
    with pytest.raises(RuleViolation) as refused:
        DirectMedia().add_number(contact, RID, "+390299999999")
    assert refused.value.code == "not_supported"
