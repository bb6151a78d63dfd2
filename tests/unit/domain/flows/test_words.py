"""Words made into what one caller hears, and answers recognised."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.flows import inputs
from centralino.domain.flows.conditions import Condition, NothingKnown, holds
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.model import Collect, Survey, Utterance
from centralino.domain.flows.words import amount_of, filled, names_in, number_of, spoken
from centralino.domain.telephony import markup
from centralino.domain.telephony.actions import Play, Say


@pytest.mark.parametrize(
    ("template", "language", "found"),
    [
        ("{n}", "en", "42"),
        ("{n:digits}", "en", "4 2"),
        ("{d:date}", "en", "1 May 2026"),
        ("{d:date}", "it", "primo maggio 2026"),
        ("{n:date}", "it", "42"),
        ("{t:time}", "en", "1 May 2026 at 14:30"),
        ("{t:time}", "it", "primo maggio 2026 alle 14:30"),
        ("{n:time}", "it", "42"),
        ("{a:amount}", "it", "12,50"),
        ("{a:amount}", "en", "12.50"),
        ("{gone}|{N}|{ n }|{}|{n", "en", "|{N}|{ n }|{}|{n"),
        ("{brace}", "en", "{n}"),
    ],
)
def test_values_are_said_as_their_form_asks(template: str, language: str, found: str) -> None:
    values = {"n": "42", "d": "2026-05-01", "a": "12.50", "brace": "{n}"}
    values["t"] = "2026-05-01T14:30"
    assert filled(template, values, language) == found


def test_the_places_of_a_text_are_known() -> None:
    assert names_in("{a} {b:digits} {C}") == [("a", ""), ("b", "digits")]


@given(st.text(max_size=markup.LONGEST // 10))
def test_any_value_in_markup_is_said_and_is_no_markup(value: str) -> None:
    said, wrong = spoken({"en": Utterance(ssml="<s>{v}</s>")}, {"v": value}, "en")
    assert isinstance(said, Say)
    if wrong is None:
        (sentence,) = ET.fromstring(f"<speak>{said.text}</speak>")
        assert sentence.tag == "s"
        assert len(list(sentence)) == 0


def test_a_file_a_voice_and_a_language_that_is_missing() -> None:
    assert spoken({"en": Utterance(audio="https://a/b.mp3")}, {}, "en") == (
        Play("https://a/b.mp3"),
        None,
    )
    assert spoken({"en": Utterance(text="x", voice="Amy")}, {}, "en")[0] == Say("x", "en", "Amy")
    # Another language is better than silence.
    assert spoken({"it": "ciao"}, {}, "en")[0] == Say("ciao", "it")
    assert spoken({"en": "  "}, {}, "en") == (None, None)
    assert spoken({}, {}, "en") == (None, None)


@pytest.mark.parametrize(
    ("ssml", "words"),
    [
        ("a <break/> b", "a b"),
        ("<p>a &amp; b</p>", "a & b"),
        ("a <break", "a <break"),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_markup_without_its_marks(ssml: str, words: str) -> None:
    assert markup.plain(ssml) == words


@pytest.mark.parametrize(
    "ssml",
    ["<speak>a</speak>", "a <break time='1s'/> b", "<lang xml:lang='it-IT'>a</lang>", "a", ""],
)
def test_markup_that_can_be_spoken(ssml: str) -> None:
    assert markup.parse(ssml).tag == "speak"


@pytest.mark.parametrize(
    "ssml",
    [
        "<a/>",
        "<p",
        "<!DOCTYPE x [<!ENTITY y 'z'>]>",
        "<?xml version='1.0'?>",
        "x" * (markup.LONGEST + 1),
        "<p onclick='x'/>",
        "<speakers>a</speakers>",
    ],
)
def test_markup_that_cannot_be_spoken(ssml: str) -> None:
    with pytest.raises(markup.Unspeakable):
        markup.parse(ssml)


# ---------------------------------------------------------------- answers


def ask(kind: str, **more: object) -> Collect:
    return Collect({}, "v", kind, "t", "o", {}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "answer", "found"),
    [
        (ask("digits", shortest=2, longest=4), Given("123"), "123"),
        (ask("digits", shortest=2, longest=4), Given("1"), None),
        (ask("digits", shortest=2, longest=4), Given("12345"), None),
        (ask("digits"), Given("1*2"), None),
        (ask("digits"), Given("1" * 5_000), None),
        (ask("digits"), Given(""), None),
        (ask("digits"), Given(speech="one two"), None),
        (ask("digits", speech=True), Given(speech="One, two 3."), "123"),
        (ask("digits", speech=True), Given(speech="I do not know"), None),
        (ask("date"), Given("01052026"), "2026-05-01"),
        (ask("date"), Given("29022028"), "2028-02-29"),
        (ask("date"), Given("29022026"), None),
        (ask("date"), Given("1052026"), None),
        (ask("amount"), Given("12*5"), "12.50"),
        (ask("amount"), Given("012*05"), "12.05"),
        (ask("amount"), Given("7"), "7.00"),
        (ask("amount"), Given("7**1"), None),
        (
            ask("order", pattern="[A-Z]{2}[0-9]{3}", speech=True),
            Given(speech="a b 1 two 3"),
            "AB123",
        ),
        (ask("order", pattern="[0-9]{3}"), Given("123"), "123"),
        (ask("order", pattern="[0-9]{3}"), Given("1234"), None),
        (ask("phone"), Given("0461123456"), "+39"),
        (ask("phone"), Given("12*3"), None),
        (ask("iban"), Given("1"), None),
    ],
)
def test_a_value_is_what_its_kind_says(step: Collect, answer: Given, found: str | None) -> None:
    assert inputs.value(step, answer, "en", lambda digits: "+39") == found


@given(st.sampled_from(inputs.KINDS), st.text(), st.text())
def test_any_answer_is_a_value_that_fits_or_none(kind: str, digits: str, speech: str) -> None:
    step = ask(kind, pattern=r"\w+", speech=True)
    found = inputs.value(step, Given(digits, speech), "it", lambda d: None)
    if found is not None and found.isascii():
        assert 0 < len(found.encode()) <= inputs.most_kept(step)


# ---------------------------------------------------------------- conditions


YES, NO, UNKNOWN = Condition("line", values=("l",)), Condition("line"), Condition("open", "x")


@pytest.mark.parametrize(
    ("kind", "parts", "found"),
    [
        ("all", (YES, YES), True),
        ("all", (YES, NO, UNKNOWN), False),
        ("all", (UNKNOWN, NO), False),
        ("all", (UNKNOWN, YES), None),
        ("any", (NO, NO), False),
        ("any", (UNKNOWN, YES), True),
        ("any", (UNKNOWN, NO), None),
        ("not", (YES,), False),
        ("not", (NO,), True),
        ("not", (UNKNOWN,), None),
        ("of a later release", (), None),
    ],
)
def test_what_is_not_known_is_neither_true_nor_false(
    kind: str, parts: tuple[Condition, ...], found: bool | None
) -> None:
    condition = Condition(kind, parts=parts)
    assert holds(condition, {}, "l", "en", NothingKnown()) is found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("variable", "v", "equals", ("1", "42")), True),
        (Condition("variable", "v", "equals", ("1",)), False),
        (Condition("variable", "v", "over", number=41), True),
        (Condition("variable", "v", "under", number=42), False),
        (Condition("variable", "v", "present"), True),
        (Condition("variable", "w", "present"), False),
        (Condition("variable", "w", "equals", ("1",)), False),
        (Condition("variable", "w", "over", number=1), None),
        (Condition("variable", "x", "over", number=1), None),
    ],
)
def test_a_variable_is_compared_as_it_can_be(condition: Condition, found: bool | None) -> None:
    values = {"v": "42", "x": "many"}
    assert holds(condition, values, "l", "en", NothingKnown()) is found


# ---------------------------------------------------------------- money, numbers, scores


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("12.50", "12.50"),
        ("12.5", "12.50"),
        ("007", "7.00"),
        ("0.01", "0.01"),
        ("999999999.99", "999999999.99"),
        ("0", None),
        ("0.00", None),
        ("-1", None),
        ("12,50", None),
        ("12.505", None),
        ("1e3", None),
        ("", None),
        ("٣", None),
    ],
)
def test_only_an_amount_of_money_is_taken_as_one(value: str, amount: str | None) -> None:
    assert amount_of("{v}", {"v": value}) == amount
    assert amount_of("{gone}", {"v": value}) is None


@pytest.mark.parametrize("value", ["0039 02", "+0123456", "+39", "+391234567890123456", "x", ""])
def test_only_a_number_in_e164_is_dialled(value: str) -> None:
    assert number_of("{v}", {"v": value}) is None
    assert number_of("{v}", {"v": "+390200000001"}) == "+390200000001"


@pytest.mark.parametrize(
    ("scale", "good", "bad"),
    [
        ("csat", ("1", "5"), ("0", "6", "", "*", "1" * 1_000, "٣")),
        ("nps", ("0", "9", "10", "10#", "7#"), ("11", "99", "#", "1*", "-1")),
        ("ces", ("1", "7"), ("0", "8")),
    ],
)
def test_a_score_is_one_of_its_scale(
    scale: str, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    step = Survey({}, scale, {}, "a")
    assert [inputs.score(step, Given(keys)) for keys in good] == [
        int(keys.removesuffix("#")) for keys in good
    ]
    assert [inputs.score(step, Given(keys)) for keys in bad] == [None] * len(bad)


class Known(NothingKnown):
    """Facts of one customer."""

    def customer(self, field: str) -> str | None:
        return {"segment": "gold", "priority": "7"}.get(field)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("customer", "segment", "equals", ("gold", "silver")), True),
        (Condition("customer", "segment", "equals", ("silver",)), False),
        (Condition("customer", "priority", "over", number=5), True),
        (Condition("customer", "segment", "over", number=5), None),
        (Condition("customer", "gone", "equals", ("x",)), None),
        (Condition("customer", "gone", "present"), False),
        (Condition("customer", "segment", "present"), True),
    ],
)
def test_what_is_known_of_the_customer_decides(condition: Condition, found: bool | None) -> None:
    assert holds(condition, {}, "", "en", Known()) is found
