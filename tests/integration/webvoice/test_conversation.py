"""Whole conversations between pages on the deployed product, with sound that really flows."""

from __future__ import annotations

import pytest

from centralino.domain.contacts.model import ContactState
from local.demo import schema_files
from tests.support.desk import granted
from tests.support.polling import until
from tests.support.webvoice import AGENT_TONE, CALLER_TONE, WebCaller, WebCentre, talking

ITALIAN = ("it", "Per le vendite premere 1", "primo operatore libero delle vendite")
ENGLISH = ("en", "For sales press 1", "next free sales agent")
ON_HOLD = {"it": "restare in linea", "en": "stay on the line"}


def _heard(caller: WebCaller, words: str, within: float = 30.0) -> None:
    until(
        lambda: any(words in text for text in caller.page.heard),
        f"{words!r}; heard {caller.page.heard}",
        within,
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "question", "queued"), [ITALIAN, ENGLISH], ids=["it", "en"])
def test_a_conversation_from_the_menu_to_the_wrap_up(
    centre: WebCentre, language: str, question: str, queued: str
) -> None:
    exchange = centre.exchange
    desk = centre.hire("sales")
    page = desk.start()
    caller = centre.call(language)

    caller.press_when(question, "1")
    _heard(caller, queued)
    offer = desk.take(caller.contact)
    exchange.reaches(caller.contact, "CONNECTED")
    page.frame("contact", contact_id=caller.contact, state="CONNECTED")

    talking(lambda: desk.hears("caller"), CALLER_TONE)
    talking(lambda: caller.hears(offer["rid"]), AGENT_TONE)

    granted(desk.ask("POST", f"/v1/contacts/{caller.contact}/hold"))
    exchange.reaches(caller.contact, "HELD")
    _heard(caller, ON_HOLD[language])
    assert caller.page.mesh.held
    quiet = (desk.hears("caller"), caller.hears(offer["rid"]))
    # Time for dozens of frames: another turn of what is said on hold.
    said = len(caller.page.heard)
    until(lambda: len(caller.page.heard) > said, "another turn on hold", 30)
    assert (desk.hears("caller"), caller.hears(offer["rid"])) == quiet

    granted(desk.ask("POST", f"/v1/contacts/{caller.contact}/resume"))
    exchange.reaches(caller.contact, "CONNECTED")
    talking(lambda: desk.hears("caller"), CALLER_TONE)
    talking(lambda: caller.hears(offer["rid"]), AGENT_TONE)

    caller.hang_up()
    page.frame("contact", contact_id=caller.contact, state="WRAPUP")
    page.frame("left", room=caller.contact)
    assert granted(desk.dispose(caller.contact, "resolved"))["state"] == "CLOSED"
    exchange.freed(desk)

    closed = exchange.contact(caller.contact)
    assert closed.state is ContactState.CLOSED
    assert (closed.provider, closed.language) == ("webvoice", language)
    told = exchange.told(caller.contact, closed.sequence)
    assert [event["detail-type"] for event in told] == [
        "ContactStarted",
        "ContactEnqueued",
        "ContactOffered",
        "OfferAccepted",
        "ContactConnected",
        "ContactHeld",
        "ContactResumed",
        "ContactWrapupStarted",
        "ContactClosed",
    ]
    assert [fault for event in told if (fault := schema_files.fault(event))] == []
    assert caller.page.errors == []
    _every_prompt_was_a_file(centre, caller)


def _every_prompt_was_a_file(centre: WebCentre, caller: WebCaller) -> None:
    assert centre.jukebox.wordless == 0
    assert all(seconds > 0.3 for seconds in centre.jukebox.fetched.values())
    assert caller.page.music in centre.jukebox.fetched


@pytest.mark.timeout(180)
def test_an_agent_ends_the_conversation_and_the_page_hears_of_it(centre: WebCentre) -> None:
    desk = centre.hire("support")
    page = desk.start()
    caller = centre.call("en")
    caller.press_when("for support press 2", "2")
    offer = desk.take(caller.contact)
    centre.exchange.reaches(caller.contact, "CONNECTED")
    talking(lambda: caller.hears(offer["rid"]), AGENT_TONE)

    granted(desk.hang_up(caller.contact))
    caller.over()
    page.frame("contact", contact_id=caller.contact, state="WRAPUP")
    assert centre.loop.do(lambda: caller.page.mesh.connected) is False
    granted(desk.dispose(caller.contact, "resolved"))
    assert centre.exchange.freed(desk)


@pytest.mark.timeout(180)
def test_a_wrong_key_is_asked_again_and_self_service_ends_by_itself(centre: WebCentre) -> None:
    caller = centre.call("it")
    caller.press_when("premere 1", "9")
    caller.press_when("premere 1", "3")
    _heard(caller, "la scelta non è valida")
    _heard(caller, "dal lunedì al venerdì")
    caller.over()
    assert centre.exchange.contact(caller.contact).ended


@pytest.mark.timeout(240)
def test_a_page_that_lost_its_socket_goes_on_with_the_same_conversation(
    centre: WebCentre,
) -> None:
    desk = centre.hire("sales")
    desk.start()
    caller = centre.call("en")
    caller.press_when("press 1", "1")
    offer = desk.take(caller.contact)
    centre.exchange.reaches(caller.contact, "CONNECTED")
    talking(lambda: desk.hears("caller"), CALLER_TONE)

    centre.loop.run(caller.page.lose_connection())
    talking(lambda: caller.hears(offer["rid"]), AGENT_TONE, more=50)
    centre.exchange.reaches(caller.contact, "CONNECTED")
    # The new socket is the call's: what the agent does is told there.
    granted(desk.ask("POST", f"/v1/contacts/{caller.contact}/hold"))
    _heard(caller, ON_HOLD["en"])
    granted(desk.ask("POST", f"/v1/contacts/{caller.contact}/resume"))
    talking(lambda: desk.hears("caller"), CALLER_TONE)
    granted(desk.hang_up(caller.contact))
    caller.over()


@pytest.mark.timeout(240)
def test_a_page_that_is_closed_ends_the_call_when_nobody_comes_back(centre: WebCentre) -> None:
    desk = centre.hire("sales")
    page = desk.start()
    caller = centre.call("en")
    caller.press_when("press 1", "1")
    desk.take(caller.contact)
    centre.exchange.reaches(caller.contact, "CONNECTED")
    talking(lambda: desk.hears("caller"), CALLER_TONE)

    centre.loop.run(caller.page.close())
    page.frame("contact", contact_id=caller.contact, state="WRAPUP", within=60)
    granted(desk.dispose(caller.contact, "other"))
    assert centre.exchange.freed(desk)
