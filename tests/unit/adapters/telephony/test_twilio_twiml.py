"""Canonical actions as TwiML: complete, escaped, and back to us with the contact's id."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.adapters.telephony.twilio.capabilities import CAPABILITIES
from centralino.adapters.telephony.twilio.twiml import (
    MAX_SAY_CHARACTERS,
    VOICES,
    queue_name,
    render,
)
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.adapters.telephony.twilio.webhooks import read
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.commands import InputGiven
from centralino.domain.telephony.phrases import LANGUAGES
from tests.unit.adapters.telephony.samples import ACCOUNT, CONTACT, FORM_HEADERS, body

URLS = Urls("https://api.example.com")
PREFIX = "https://api.example.com/v1/telephony/twilio"
EXAMPLES: dict[str, act.Action] = {
    "Say": act.Say("Welcome.", "en"),
    "Play": act.Play("https://files.example.com/welcome.mp3"),
    "Pause": act.Pause(20),
    "Gather": act.Gather((act.Say("Press 1.", "en"),), CONTACT, "main.0"),
    "Queue": act.Queue(CONTACT),
    "Bridge": act.Bridge(CONTACT),
    "Hangup": act.Hangup(),
}

FEATURES: dict[str, act.Action] = {
    Capability.NAMED_VOICES: act.Say("Welcome.", "en", "Joanna"),
    Capability.SPEECH_MARKUP: act.Say('Welcome <break time="1s"/>.', "en", ssml=True),
    Capability.SPEECH_INPUT: act.Gather(
        (), CONTACT, "main.0", speech="it", hints=("vendite", "a, b")
    ),
}


def document(*actions: act.Action) -> ET.Element:
    text = render(actions, URLS)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    root = ET.fromstring(text)
    assert root.tag == "Response"
    return root


def test_no_action_is_an_empty_document() -> None:
    assert list(document()) == []


def test_texts_are_spoken_by_the_voice_of_their_language() -> None:
    english, italian = document(act.Say("Good morning.", "en"), act.Say("Buongiorno.", "it"))
    assert (english.text, english.get("language")) == ("Good morning.", "en-GB")
    assert (italian.text, italian.get("language")) == ("Buongiorno.", "it-IT")
    assert english.get("voice") != italian.get("voice")
    assert set(VOICES) >= set(LANGUAGES)


def test_a_language_without_a_voice_is_still_spoken() -> None:
    (say,) = document(act.Say("Bonjour.", "fr"))
    assert (say.text, say.get("language")) == ("Bonjour.", "en-GB")


def test_markup_in_a_text_is_text() -> None:
    words = 'Caffè "Sport" & C. <Hangup/> ]]> 5 < 6'
    (say,) = document(act.Say(words, "it"))
    assert say.text == words
    assert list(say) == []


def test_silence_comes_back_to_the_step() -> None:
    (gather,) = document(EXAMPLES["Gather"])
    assert gather.attrib == {
        "input": "dtmf",
        "numDigits": "1",
        "timeout": "5",
        "finishOnKey": "",
        "action": f"{PREFIX}/menu?c={CONTACT}&s=main.0",
        "method": "POST",
        "actionOnEmptyResult": "true",
    }
    assert [say.text for say in gather] == ["Press 1."]
    query = urlsplit(gather.attrib["action"]).query
    command = read("menu", query, body("menu_silence"), FORM_HEADERS, account=ACCOUNT)
    assert isinstance(command, InputGiven)
    assert (command.contact, command.step, command.digits) == (CONTACT, "main.0", "")


def test_several_digits_end_with_a_key() -> None:
    (gather,) = document(act.Gather((), CONTACT, "number.0", digits=6, timeout_s=9))
    assert (gather.get("numDigits"), gather.get("finishOnKey"), gather.get("timeout")) == (
        "6",
        "#",
        "9",
    )


def test_a_queued_caller_is_asked_about_under_the_contact_id() -> None:
    (enqueue,) = document(EXAMPLES["Queue"])
    assert enqueue.text == queue_name(CONTACT)
    assert enqueue.attrib == {
        "action": f"{PREFIX}/left?c={CONTACT}",
        "method": "POST",
        "waitUrl": f"{PREFIX}/wait?c={CONTACT}",
        "waitUrlMethod": "POST",
    }


def test_waiting_callers_spread_over_a_fixed_set_of_queues() -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    assert len({queue_name(CONTACT[:-1] + last) for last in alphabet}) == len(alphabet)
    assert len({queue_name(f"ct_{first}{CONTACT[4:]}") for first in alphabet}) == 1


def test_what_is_heard_while_waiting_stays_in_the_queue() -> None:
    """A wait document may hold neither Enqueue nor Dial."""
    verbs = [verb.tag for verb in document(act.Say("One moment.", "en"), act.Pause(20))]
    assert verbs == ["Say", "Pause"]


def test_the_conversation_ends_with_the_caller() -> None:
    (dial,) = document(EXAMPLES["Bridge"])
    assert dial.attrib == {"action": f"{PREFIX}/present?c={CONTACT}", "method": "POST"}
    (conference,) = dial
    assert conference.text == CONTACT
    assert conference.attrib == {
        "beep": "false",
        "startConferenceOnEnter": "true",
        "endConferenceOnExit": "true",
        "waitUrl": "",
        "statusCallback": f"{PREFIX}/conference?c={CONTACT}",
        "statusCallbackMethod": "POST",
        "statusCallbackEvent": "join leave",
    }


def test_actions_keep_their_order() -> None:
    tags = [verb.tag for verb in document(act.Say("Bye.", "en"), act.Pause(1), act.Hangup())]
    assert tags == ["Say", "Pause", "Hangup"]


@pytest.mark.parametrize("name", ["Gather", "Queue", "Bridge", "Hangup"])
def test_what_could_not_be_reached_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="nothing can follow"):
        render([EXAMPLES[name], act.Say("Hello?", "en")], URLS)


def test_the_declared_capabilities_are_what_is_rendered() -> None:
    assert {*EXAMPLES, *FEATURES} <= CAPABILITIES
    for name, action in EXAMPLES.items():
        assert type(action).__name__ == name
        assert len(document(action)) == 1


def test_a_voice_is_one_of_the_carrier_s_by_its_name() -> None:
    (say,) = document(FEATURES[Capability.NAMED_VOICES])
    assert (say.get("voice"), say.get("language")) == ("Polly.Joanna", "en-GB")


def test_speech_markup_stays_markup() -> None:
    words = (
        'One &amp; <emphasis level="strong">two</emphasis> then <break time="300ms"/> three '
        '<lang xml:lang="it-IT">quattro <say-as interpret-as="digits">5</say-as></lang> end'
    )
    (say,) = document(act.Say(words, "en", ssml=True))
    assert [child.tag for child in say] == ["emphasis", "break", "lang"]
    assert say.text == "One & "
    assert say[0].attrib == {"level": "strong"}
    assert say[1].tail == " three "
    assert say[2].attrib == {"{http://www.w3.org/XML/1998/namespace}lang": "it-IT"}
    assert say[2][0].attrib == {"interpret-as": "digits"}
    assert "".join(say.itertext()) == "One & two then  three quattro 5 end"


@pytest.mark.parametrize(
    "broken",
    ["<break", "a & b <emphasis>c", "<Hangup/>x", '<!DOCTYPE a [<!ENTITY b "c">]>&b;', "<p>x</s>"],
)
def test_markup_that_cannot_be_spoken_is_said_in_plain_words(broken: str) -> None:
    found = document(act.Say(f"Hello {broken}", "en", ssml=True))
    assert {verb.tag for verb in found} == {"Say"}
    assert not [child for verb in found for child in verb]
    assert "Hello" in "".join(verb.text or "" for verb in found)


def test_a_recorded_file_is_played() -> None:
    (play,) = document(EXAMPLES["Play"])
    assert (play.tag, play.text) == ("Play", "https://files.example.com/welcome.mp3")


def test_speech_is_listened_to_in_the_caller_s_language() -> None:
    (gather,) = document(FEATURES[Capability.SPEECH_INPUT])
    assert gather.get("input") == "dtmf speech"
    assert gather.get("language") == "it-IT"
    assert gather.get("speechTimeout") == "auto"
    # A comma parts two hints.
    assert gather.get("hints") == "vendite, a  b"


def test_prompts_of_a_question_may_be_files() -> None:
    question = act.Gather((EXAMPLES["Say"], EXAMPLES["Play"]), CONTACT, "main.0")  # type: ignore[arg-type]
    (gather,) = document(question)
    assert [verb.tag for verb in gather] == ["Say", "Play"]


def test_a_long_text_is_cut_between_words() -> None:
    words = " ".join(["parola"] * 2_000)
    parts = [say.text or "" for say in document(act.Say(words, "it"))]
    assert " ".join(parts) == words
    assert all(len(part) <= MAX_SAY_CHARACTERS for part in parts)


@given(st.text(), st.sampled_from(["en", "it", ""]))
def test_any_text_gives_a_readable_document(text: str, language: str) -> None:
    root = document(act.Gather((act.Say(text, language),), CONTACT, "main.0"))
    spoken = " ".join(say.text or "" for say in root.iter("Say"))
    # https://www.w3.org/TR/xml/#charsets
    writable = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)
    assert spoken.split() == writable.split()


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_step_name_survives_the_way_there_and_back(step: str) -> None:
    (gather,) = document(act.Gather((), CONTACT, step))
    query = parse_qs(urlsplit(gather.attrib["action"]).query, keep_blank_values=True)
    assert query == {"c": [CONTACT], "s": [step]}
