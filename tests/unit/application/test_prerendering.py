"""Which words are known beforehand: those of lines that play files, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application.prerendering import fixed_words, render
from centralino.contracts.configuration import load
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import TransientDependency
from centralino.domain.flows.model import Hangup, Utterance
from centralino.domain.telephony import phrases
from centralino.domain.telephony.actions import Say
from local.demo import rules as demo


@pytest.fixture
def rules() -> Configuration:
    return load(demo.FILE, 1)


def saying(rules: Configuration, texts: dict[str, str | Utterance]) -> Configuration:
    """The same rules, whose flow ends with these words."""
    flow = rules.flows["welcome"]
    steps = {**flow.steps, "opening_hours": Hangup(texts=texts)}
    return replace(rules, flows={**rules.flows, "welcome": replace(flow, steps=steps)})


def test_what_the_flow_and_the_product_say_is_known_in_every_language(
    rules: Configuration,
) -> None:
    words = fixed_words(rules)
    assert len(set(words)) == len(words)
    for text, language in (
        ("Ci dispiace, la scelta non è valida.", "it"),
        ("Please hold, the next free sales agent is yours.", "en"),
        *((phrases.ON_HOLD[language], language) for language in phrases.LANGUAGES),
        *((phrases.TROUBLE[language], language) for language in phrases.LANGUAGES),
        *((phrases.AGENT_LOST[language], language) for language in phrases.LANGUAGES),
        *((phrases.AGENT_AWAY[language], language) for language in phrases.LANGUAGES),
    ):
        assert Say(text, language) in words


def test_a_deployment_whose_carrier_speaks_needs_no_files(rules: Configuration) -> None:
    lines = {key: line for key, line in rules.lines.items() if line.provider == "twilio"}
    assert lines
    assert fixed_words(replace(rules, lines=lines)) == []


def test_words_with_a_variable_wait_for_its_value(rules: Configuration) -> None:
    words = fixed_words(saying(rules, {"en": "Farewell {name}.", "it": "Arrivederci."}))
    assert Say("Arrivederci.", "it") in words
    assert not any("Farewell" in say.text for say in words)


def test_markup_voices_and_recorded_files(rules: Configuration) -> None:
    spoken = Utterance(ssml="<speak>Bye &amp; thanks</speak>", voice="Emma")
    words = fixed_words(saying(rules, {"en": spoken, "it": Utterance(audio="https://a/b.mp3")}))
    assert Say("<speak>Bye &amp; thanks</speak>", "en", "Emma", ssml=True) in words
    assert not any("b.mp3" in say.text for say in words)


def test_places_in_line_only_where_one_is_announced(rules: Configuration) -> None:
    second = Say(phrases.place_in_line(2)["en"], "en")
    assert second not in fixed_words(rules)
    sales = rules.queues["sales"]
    told = replace(sales, announce=replace(sales.announce, position=True))
    queues = {**rules.queues, "sales": told}
    assert second in fixed_words(replace(rules, queues=queues))


def test_what_cannot_be_spoken_is_counted_and_the_rest_goes_on() -> None:
    class Prompts:
        asked: list[str]

        def __init__(self) -> None:
            self.asked = []

        def url(self, say: Say) -> str:
            self.asked.append(say.text)
            if say.text == "two":
                raise TransientDependency("no")
            return "https://x"

        def music(self) -> str:
            return ""

    prompts, done = Prompts(), []
    says = [Say(text, "en") for text in ("one", "two", "three")]
    assert render(prompts, says, lambda: done.append(1)) == 1
    assert prompts.asked == ["one", "two", "three"]
    assert len(done) == 3
