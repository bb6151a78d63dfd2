"""Prompts as files: a bucket in memory, and the laptop's speech server in Polly's place."""

from __future__ import annotations

import hashlib
import io
import json
import time
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from centralino.adapters import hold_music
from centralino.adapters.prompts import (
    BELIEVED_S,
    LONGEST,
    RATE,
    RENEW_AFTER_S,
    PollyPrompts,
    digest,
    ways_to_say,
)
from centralino.adapters.speech import VOICES
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony.actions import Say
from centralino.domain.telephony.phrases import LANGUAGES
from local.cloud import client
from local.speech import SpeechServer

BASE = "https://prompts.example.com"
HELLO = Say("Welcome to Smith & Sons.", "en")


def refused(operation: str, code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


@dataclass
class Bucket:
    """What of S3 is needed; ``absent`` is how it says that there is no such file."""

    files: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, datetime] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    absent: int = 403
    trouble: Exception | None = None

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        self.asked.append(f"HEAD {Key}")
        if self.trouble is not None:
            raise self.trouble
        if Key not in self.files:
            raise refused("HeadObject", str(self.absent), self.absent)
        return {"LastModified": self.written[Key]}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **how: str) -> None:
        assert how["ContentType"] == "audio/wav"
        self.asked.append(f"PUT {Key}")
        self.files[Key], self.written[Key] = Body, datetime.now(UTC)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Centre:
    """The adapter with its surroundings."""

    def __init__(self, server: SpeechServer) -> None:
        self.server = server
        self.bucket = Bucket()
        self.clock = Clock()
        self.key = b"of-this-deployment"
        server.spoken.clear()
        self.polly = client("polly", server.url, retries={"total_max_attempts": 1})
        self.prompts = self.another()

    def another(self) -> PollyPrompts:
        """Return the adapter of another process of the same deployment."""
        return PollyPrompts(
            lambda: self.bucket,  # type: ignore[arg-type, return-value]
            lambda: self.polly,
            "files",
            BASE + "/",
            lambda: self.key,
            self.clock,
        )

    def heard(self, url: str) -> tuple[float, int]:
        """Return the seconds and the rate of the file at an address."""
        with wave.open(io.BytesIO(self.bucket.files[url.removeprefix(BASE + "/")])) as sound:
            assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
            return sound.getnframes() / sound.getframerate(), sound.getframerate()


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as running:
        yield running


@pytest.fixture
def centre(server: SpeechServer) -> Centre:
    return Centre(server)


# --------------------------------------------------------------------------- once and again


def test_words_become_a_file_under_a_name_that_tells_nothing(centre: Centre) -> None:
    url = centre.prompts.url(HELLO)
    assert url.startswith(f"{BASE}/prompts/")
    assert url.endswith(".wav")
    assert "Smith" not in url
    seconds, rate = centre.heard(url)
    assert 1.0 < seconds < 6.0
    assert rate == RATE
    assert centre.server.spoken == ["Welcome to Smith & Sons."]


def test_who_has_no_key_cannot_tell_a_file_s_name_from_its_words(centre: Centre) -> None:
    way = next(iter(ways_to_say(HELLO)))
    name = centre.prompts.url(HELLO).rpartition("/")[2]
    assert name == f"{digest(way, b'of-this-deployment')}.wav"
    told = [way.text, way.ssml, way.voice, way.engine, way.tag, RATE]
    assert hashlib.sha256(json.dumps(told).encode()).hexdigest() not in name
    centre.key = b"of-another"
    assert centre.another().url(HELLO).rpartition("/")[2] != name


def test_without_the_key_nothing_is_spoken(centre: Centre) -> None:
    def away() -> bytes:
        raise TransientDependency("a secret could not be read")

    prompts = PollyPrompts(
        lambda: centre.bucket,  # type: ignore[arg-type, return-value]
        lambda: centre.polly,
        "files",
        BASE,
        away,
    )
    with pytest.raises(TransientDependency):
        prompts.url(HELLO)
    assert centre.bucket.asked == []
    assert prompts.music() == f"{BASE}/music/hold.wav"


def test_the_same_words_are_spoken_once_and_looked_for_once(centre: Centre) -> None:
    first = centre.prompts.url(HELLO)
    assert centre.prompts.url(HELLO) == first
    assert [asked.split()[0] for asked in centre.bucket.asked] == ["HEAD", "PUT"]
    assert len(centre.server.spoken) == 1


def test_another_process_finds_the_file(centre: Centre) -> None:
    first = centre.prompts.url(HELLO)
    assert centre.another().url(HELLO) == first
    assert len(centre.server.spoken) == 1


@pytest.mark.parametrize(
    "other",
    [
        Say("Welcome to Smith and Sons.", "en"),
        Say(HELLO.text, "it"),
        Say(HELLO.text, "en", "Emma"),
        Say("<speak>Welcome to Smith &amp; Sons.</speak>", "en", ssml=True),
    ],
)
def test_other_words_another_voice_or_another_way_is_another_file(
    centre: Centre, other: Say
) -> None:
    assert centre.prompts.url(other) != centre.prompts.url(HELLO)
    assert len(centre.bucket.files) == 2


def test_two_at_once_write_the_same_file_and_it_is_whole(centre: Centre) -> None:
    processes = [centre.another() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        urls = set(pool.map(lambda prompts: prompts.url(HELLO), processes))
    (url,) = urls
    assert len(centre.bucket.files) == 1
    assert centre.heard(url)[0] > 1.0


def test_a_file_that_is_about_to_expire_is_written_anew(centre: Centre) -> None:
    url = centre.prompts.url(HELLO)
    key = url.removeprefix(BASE + "/")
    old = datetime.now(UTC) - timedelta(seconds=RENEW_AFTER_S + 60)
    centre.bucket.written[key] = old
    # What this process has seen a moment ago is believed, and not for ever.
    centre.prompts.url(HELLO)
    assert centre.bucket.written[key] == old
    centre.clock.now += BELIEVED_S
    centre.prompts.url(HELLO)
    assert centre.bucket.written[key] > old
    assert time.time() - centre.bucket.written[key].timestamp() < 60


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_that_is_not_there_is_made_however_the_bucket_says_so(
    centre: Centre, status: int
) -> None:
    centre.bucket.absent = status
    assert centre.heard(centre.prompts.url(HELLO))[0] > 1.0


# --------------------------------------------------------------------------- hard to say


def test_markup_is_spoken_as_markup(centre: Centre) -> None:
    said = Say('One <break time="2s"/> two', "en", ssml=True)
    assert centre.heard(centre.prompts.url(said))[0] > 2.0
    assert centre.server.spoken == ['<speak>One <break time="2s" /> two</speak>']


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<speak>Smith & Sons</speak>", "Smith & Sons"),
        ("<speak>never closed", "never closed"),
        ("<blink>Hello</blink>", "Hello"),
    ],
)
def test_markup_that_cannot_be_spoken_is_said_as_plain_words(
    centre: Centre, markup: str, words: str
) -> None:
    assert centre.heard(centre.prompts.url(Say(markup, "en", ssml=True)))[0] > 0.3
    assert centre.server.spoken == [words]


def test_what_a_neural_voice_refuses_is_said_by_a_standard_one(centre: Centre) -> None:
    said = Say("<emphasis>Really</emphasis> important", "it", ssml=True)
    assert centre.heard(centre.prompts.url(said))[0] > 0.5
    assert centre.server.spoken == ["<speak><emphasis>Really</emphasis> important</speak>"]


def test_a_standard_voice_and_one_nobody_knows_are_heard_all_the_same(centre: Centre) -> None:
    assert centre.heard(centre.prompts.url(Say("Pronto", "it", "Carla")))[0] > 0.2
    assert centre.heard(centre.prompts.url(Say("Pronto", "it", "Nobody")))[0] > 0.2


def test_the_name_of_a_voice_may_carry_its_engine() -> None:
    (first, *_) = ways_to_say(Say("Hello", "en", "Joanna-Generative"))
    assert (first.voice, first.engine, first.tag) == ("Joanna", "generative", "")


def test_the_last_way_is_always_plain_words_in_the_usual_voice() -> None:
    *_, last = ways_to_say(Say("<emphasis>Yes</emphasis> &amp; no", "it", "Kevin", ssml=True))
    assert (last.text, last.ssml, last.voice, last.tag) == ("Yes & no", False, "Bianca", "it-IT")


def test_a_text_over_what_one_request_takes_is_spoken_whole(centre: Centre) -> None:
    long = "One sentence of many. " * 200
    assert len(long) > LONGEST
    seconds, _ = centre.heard(centre.prompts.url(Say(long, "en")))
    once, _ = centre.heard(centre.prompts.url(Say("One sentence of many. " * 100, "en")))
    assert seconds == pytest.approx(2 * once, rel=0.05)
    assert " ".join(centre.server.spoken[:2]) == long.strip()


def test_characters_nobody_can_say_do_no_harm(centre: Centre) -> None:
    assert centre.heard(centre.prompts.url(Say("A\x00\x08B \ud800 <3 \U0001f600", "en")))[0] > 0.2
    assert centre.heard(centre.prompts.url(Say("\x00 ", "en")))[0] > 0.0


def test_every_language_the_product_speaks_has_a_voice() -> None:
    assert set(VOICES) >= set(LANGUAGES)
    ways = [next(ways_to_say(Say("1", language))) for language in LANGUAGES]
    assert len({digest(way, b"key") for way in ways}) == len(LANGUAGES)


# --------------------------------------------------------------------------- trouble


@pytest.mark.parametrize(
    "trouble",
    [
        refused("HeadObject", "SlowDown", 503),
        EndpointConnectionError(endpoint_url="https://s3"),
    ],
)
def test_a_bucket_that_does_not_answer_is_trouble_that_may_pass(
    centre: Centre, trouble: Exception
) -> None:
    centre.bucket.trouble = trouble
    with pytest.raises(TransientDependency):
        centre.prompts.url(HELLO)
    centre.bucket.trouble = None
    assert centre.heard(centre.prompts.url(HELLO))[0] > 1.0


def test_a_voice_that_cannot_be_reached_leaves_no_file(centre: Centre) -> None:
    centre.polly = client("polly", "http://127.0.0.1:9", retries={"total_max_attempts": 1})
    with pytest.raises(TransientDependency):
        centre.prompts.url(HELLO)
    assert centre.bucket.files == {}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_refusal_that_is_not_about_the_words_is_not_tried_another_way(
    centre: Centre, code: str
) -> None:
    class Polly:
        asked = 0

        def synthesize_speech(self, **request: Any) -> None:
            Polly.asked += 1
            raise refused("SynthesizeSpeech", code, 400)

    centre.polly = Polly()
    with pytest.raises(TransientDependency):
        centre.prompts.url(HELLO)
    assert Polly.asked == 1


# --------------------------------------------------------------------------- music


def test_the_music_has_an_address_without_a_request_and_is_written_once(centre: Centre) -> None:
    url = centre.prompts.music()
    assert centre.bucket.asked == []
    assert centre.prompts.keep_music() == url
    assert centre.another().keep_music() == url
    assert [asked.split()[0] for asked in centre.bucket.asked] == ["HEAD", "PUT", "HEAD"]
    assert centre.heard(url) == (2 * hold_music.CHORD_S, hold_music.RATE)


def test_the_music_begins_and_ends_in_silence_and_is_quieter_than_a_voice() -> None:
    import numpy as np

    sound = np.frombuffer(hold_music.samples(), "<i2")
    assert max(abs(sound[:40])) < 50
    assert max(abs(sound[-40:])) < 50
    assert 1_000 < max(abs(sound)) < 0.15 * 32_767
