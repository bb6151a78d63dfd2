"""The speech server through the SDK, as the product and AWS's own service are used."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from botocore.exceptions import ClientError

from local.cloud import client
from local.speech import SpeechError, SpeechServer, SpeechUnavailable, synthesizer

ITALIAN = {"VoiceId": "Bianca", "LanguageCode": "it-IT", "Engine": "neural"}
ENGLISH = {"VoiceId": "Amy", "LanguageCode": "en-GB", "Engine": "neural"}


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as running:
        yield running


@pytest.fixture(scope="module")
def polly(server: SpeechServer) -> Any:
    return client("polly", server.url, retries={"total_max_attempts": 1})


def spoken(polly: Any, text: str, **how: Any) -> bytes:
    answer = polly.synthesize_speech(Text=text, **{"OutputFormat": "pcm", **ENGLISH, **how})
    assert answer["ContentType"] == "audio/pcm"
    samples: bytes = answer["AudioStream"].read()
    return samples


def seconds(samples: bytes, rate: int = 16_000) -> float:
    return len(samples) / 2 / rate


def loudness(samples: bytes) -> float:
    return float(np.sqrt(np.mean(np.frombuffer(samples, "<i2").astype(float) ** 2)))


def alike(one: bytes, other: bytes) -> bool:
    """Tell whether two recordings swell and fade together; a voice's breath differs each time."""
    if abs(len(one) - len(other)) > 0.03 * len(one):
        return False
    first, second = (envelope(heard) for heard in (one, other))
    common = min(len(first), len(second))
    return bool(np.corrcoef(first[:common], second[:common])[0, 1] > 0.9)


def envelope(samples: bytes) -> Any:
    sound = np.frombuffer(samples, "<i2").astype(float)
    windows = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    return np.sqrt((windows**2).mean(axis=1))


@pytest.mark.parametrize(
    ("text", "voice"),
    [("Benvenuti. Per le vendite premere 1.", ITALIAN), ("Welcome. For sales press 1.", ENGLISH)],
    ids=["it", "en"],
)
def test_a_sentence_is_heard_for_as_long_as_it_takes_to_say(
    polly: Any, text: str, voice: dict[str, str]
) -> None:
    samples = spoken(polly, text, **voice)
    assert 1.0 < seconds(samples) < 8.0
    assert loudness(samples) > 500


def test_the_same_words_sound_the_same_and_each_language_has_its_own_sound(polly: Any) -> None:
    first = spoken(polly, "Pronto", **ITALIAN)
    assert alike(spoken(polly, "Pronto", **ITALIAN), first)
    assert not alike(spoken(polly, "Pronto", **ENGLISH), first)


def test_a_rate_of_samples_changes_the_file_and_not_the_length(polly: Any) -> None:
    wide = spoken(polly, "Please hold the line.")
    narrow = spoken(polly, "Please hold the line.", SampleRate="8000")
    assert seconds(narrow, 8_000) == pytest.approx(seconds(wide), rel=0.01)


def test_text_is_no_markup_and_may_hold_its_characters(polly: Any) -> None:
    assert seconds(spoken(polly, "Smith & Sons <3")) > 0.3


def test_markup_is_carried_out(polly: Any) -> None:
    plain = spoken(polly, "<speak>One two.</speak>", TextType="ssml")
    paused = spoken(polly, '<speak>One <break time="2s"/> two.</speak>', TextType="ssml")
    assert seconds(paused) > seconds(plain) + 1.5


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("InvalidSsmlException", {"Text": "<speak>open", "TextType": "ssml"}),
        ("InvalidSsmlException", {"Text": "<speak>a & b</speak>", "TextType": "ssml"}),
        ("InvalidSsmlException", {"Text": "no markup at all", "TextType": "ssml"}),
        ("InvalidSsmlException", {"Text": "<speak><blink>a</blink></speak>", "TextType": "ssml"}),
        (
            "InvalidSsmlException",
            {"Text": "<!DOCTYPE a [<!ENTITY b 'c'>]><speak>&b;</speak>", "TextType": "ssml"},
        ),
        (
            "InvalidSsmlException",
            {"Text": "<speak><emphasis>a</emphasis></speak>", "TextType": "ssml"},
        ),
        ("TextLengthExceededException", {"Text": "a" * 3_001}),
        (
            "TextLengthExceededException",
            {"Text": f"<speak>a{'<p></p>' * 900}</speak>", "TextType": "ssml"},
        ),
        ("EngineNotSupportedException", {"VoiceId": "Carla", "LanguageCode": "it-IT"}),
        ("LanguageNotSupportedException", {"LanguageCode": "it-IT"}),
        ("InvalidSampleRateException", {"SampleRate": "44100"}),
        ("ValidationException", {"VoiceId": "Zeina"}),
        ("ValidationException", {"OutputFormat": "mp3"}),
        ("ValidationException", {"Text": " "}),
    ],
)
def test_what_polly_refuses_is_refused_by_the_same_name(
    polly: Any, name: str, request_: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as refused:
        spoken(polly, **{"text": request_.pop("Text", "Hello"), **request_})
    assert refused.value.response["Error"]["Code"] == name
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_standard_voice_takes_the_emphasis_a_neural_one_refuses(polly: Any) -> None:
    markup = "<speak>This is <emphasis level='strong'>important</emphasis>.</speak>"
    assert seconds(spoken(polly, markup, TextType="ssml", Engine="standard")) > 0.5


def test_several_at_once_do_not_mix_their_words(polly: Any) -> None:
    texts = ["Please hold the line. " * times for times in range(1, 9)]
    alone = [spoken(polly, text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: spoken(polly, text), texts))
    assert [alike(*pair) for pair in zip(alone, together, strict=True)] == [True] * 8
    assert not alike(alone[0], alone[7])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/speech", "{", 400),
        ("/v1/speech", "[]", 400),
        ("/v1/lexicons", "{}", 404),
        ("/v1/speech", "x" * 70_000, 400),
    ],
)
def test_what_is_no_request_is_refused_and_the_server_goes_on(
    server: SpeechServer, polly: Any, path: str, body: str, status: int
) -> None:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.request("POST", path, body)
    answer = connection.getresponse()
    assert answer.status == status
    assert json.loads(answer.read())["message"]
    connection.close()
    assert spoken(polly, "Still here.")


def test_a_port_in_use_is_told_in_one_line(server: SpeechServer) -> None:
    port = urlsplit(server.url).port or 0
    with pytest.raises(SpeechError, match=f"port {port} cannot be used"), SpeechServer(port):
        pass


def test_a_missing_synthesizer_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "espeakng_loader", None)
    with pytest.raises(SpeechUnavailable, match="make setup") as told:
        synthesizer._load.__wrapped__()
    assert "\n" not in str(told.value)


def test_a_library_for_another_machine_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    import espeakng_loader

    wrong = tmp_path / "libespeak-ng.so"
    wrong.write_bytes(b"not a library")
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(wrong))
    with pytest.raises(SpeechUnavailable, match="does not load here"):
        synthesizer._load.__wrapped__()
