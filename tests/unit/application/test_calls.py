"""Calls from the carrier's side: menu, queue, duplicates, strangers."""

from __future__ import annotations

import pytest

from centralino.application import calls
from centralino.domain.errors import NotFound
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    CallArrived,
    CallProgressed,
    InputGiven,
    PresentAsked,
    WaitContinued,
)
from tests.support.centre import KEY, NUMBER, Centre


@pytest.fixture
def centre() -> Centre:
    return Centre()


def test_a_call_is_answered_in_the_line_s_language(centre: Centre) -> None:
    contact_id = centre.ring()
    assert centre.heard == [
        act.Gather((act.Say("press 1, 2 or 3 (it)", "it"),), contact_id, "menu.0", timeout_s=5)
    ]
    contact = centre.contact(contact_id)
    assert contact.subject is not None
    assert "3933" not in repr(contact)


def test_a_number_we_do_not_have_hears_so_and_leaves_nothing(centre: Centre) -> None:
    contact_id = centre.ring(number="+390299999999")
    assert [type(a) for a in centre.heard] == [act.Say, act.Say, act.Hangup]
    assert centre.world.store.contact(contact_id) is None
    assert not list(centre.stream.take())


def test_a_repeated_arrival_hears_the_same_and_changes_nothing(centre: Centre) -> None:
    contact_id = centre.ring()
    first, before = centre.heard, centre.contact(contact_id)
    centre.ring()
    assert centre.heard == first
    assert centre.contact(contact_id) == before


def test_a_repeated_arrival_after_the_menu_gets_the_present_step(centre: Centre) -> None:
    contact_id = centre.queue()
    before = centre.contact(contact_id)
    centre.ring()
    assert centre.heard == [act.Queue(contact_id)]
    assert centre.contact(contact_id) == before


def test_digits_lead_to_a_queue_and_a_duplicate_stays_there(centre: Centre) -> None:
    contact_id = centre.ring()
    assert centre.press(contact_id, "2") == [act.Queue(contact_id)]
    before = centre.contact(contact_id)
    assert before.queue == "support"
    assert centre.press(contact_id, "1") == [act.Queue(contact_id)]
    assert centre.contact(contact_id) == before


def test_wrong_digits_reprompt_and_a_duplicate_does_not_count_twice(centre: Centre) -> None:
    contact_id = centre.ring()
    for _ in range(3):
        (gather,) = centre.press(contact_id, "9", "menu.0")
        assert isinstance(gather, act.Gather)
        assert gather.step == "menu.1"
    assert centre.contact(contact_id).flow.tries == 1  # type: ignore[union-attr]
    centre.press(contact_id, "9", "menu.1")
    assert centre.press(contact_id, "", "menu.2") == [act.Queue(contact_id)]
    assert centre.contact(contact_id).queue == "support"


def test_self_service_closes_the_contact(centre: Centre) -> None:
    contact_id = centre.ring()
    heard = centre.press(contact_id, "3")
    assert heard == [act.Say("nine to five (it)", "it"), act.Hangup()]
    assert centre.state(contact_id) == "CLOSED"
    assert centre.contact(contact_id).events[0].data["outcome"] == "self_served"
    centre.caller_leaves(contact_id)
    assert centre.contact(contact_id).version == 2


def test_a_queued_caller_hears_the_queue_s_words(centre: Centre) -> None:
    contact_id = centre.queue()
    heard = calls.handle(centre.app, WaitContinued(contact_id, "CA1"), KEY)
    assert heard == [act.Say("please hold (it)", "it"), act.Pause(calls.WAIT_LOOP_S)]


@pytest.mark.parametrize(
    "command",
    [
        CallProgressed("twilio", "CAstranger", "completed", True),
        CallProgressed("twilio", "CAstranger", "completed", True, "ct_0123456789ABCDEFGHJKMNPQRS"),
        InputGiven("ct_0123456789ABCDEFGHJKMNPQRS", "CA1", "menu.0", "1"),
        PresentAsked("ct_0123456789ABCDEFGHJKMNPQRS", "CA1"),
    ],
)
def test_a_call_we_do_not_know_is_told_so(centre: Centre, command: calls.Command) -> None:
    with pytest.raises(NotFound) as told:
        calls.handle(centre.app, command, KEY)
    assert told.value.code == "unknown_call"


def test_another_call_cannot_speak_for_a_contact(centre: Centre) -> None:
    contact_id = centre.ring()
    with pytest.raises(NotFound):
        calls.handle(centre.app, InputGiven(contact_id, "CAother", "menu.0", "1"), KEY)
    with pytest.raises(NotFound):
        calls.handle(
            centre.app, CallProgressed("twilio", "CAother", "completed", True, contact_id), KEY
        )
    assert centre.state(contact_id) == "IVR"


def test_a_webhook_replayed_after_the_end_hears_the_end(centre: Centre) -> None:
    contact_id = centre.queue()
    centre.caller_leaves(contact_id)
    before = centre.contact(contact_id)
    assert before.state == "ABANDONED"
    centre.ring()
    assert centre.heard == [act.Hangup()]
    assert centre.press(contact_id, "1") == [act.Hangup()]
    centre.caller_leaves(contact_id)
    assert centre.contact(contact_id) == before


def test_progress_that_is_no_end_changes_nothing(centre: Centre) -> None:
    contact_id = centre.ring()
    calls.handle(centre.app, CallProgressed("twilio", "CA1", "in_progress", False), KEY)
    assert centre.contact(contact_id).version == 1


def test_a_withheld_number_has_no_subject(centre: Centre) -> None:
    calls.handle(centre.app, CallArrived("twilio", "CA1", "", NUMBER), KEY)
    assert centre.contact(calls.ids.contact_id(KEY, "twilio", "CA1")).subject is None
