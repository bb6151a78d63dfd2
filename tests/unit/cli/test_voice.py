"""The words of a deployment, spoken when rules are applied; what fails stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from centralino.adapters.prompts import digest, ways_to_say
from centralino.domain.telephony.actions import Say
from cli import outputs, voice
from local.cloud import client
from local.speech import SpeechServer
from tests.unit.adapters.test_prompts import Bucket


class Secrets:
    """The one secret that is asked for."""

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
        assert SecretId == "arn:names"
        return {"SecretString": "key-of-the-names"}


WORDS = [Say("Welcome.", "en"), Say("Benvenuti.", "it"), Say("Goodbye.", "en")]


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as running:
        yield running


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, server: SpeechServer) -> Bucket:
    found = Bucket()
    clients = {"s3": found, "polly": client("polly", server.url), "secretsmanager": Secrets()}
    monkeypatch.setattr(voice, "_client", clients.__getitem__)
    told = {
        "PromptsBucketName": "files",
        "PromptsUrl": "https://prompts.example.com",
        "PromptsKeyArn": "arn:names",
    }
    voice._key.cache_clear()
    monkeypatch.setattr(outputs, "read", lambda: told)
    return found


def test_every_word_and_the_music_are_there_afterwards(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    voice.prerender(WORDS)
    assert len(bucket.files) == len(WORDS) + 1
    assert "music/hold.wav" in bucket.files
    for say in WORDS:
        name = digest(next(iter(ways_to_say(say))), b"key-of-the-names")
        assert f"prompts/{name}.wav" in bucket.files
    assert capsys.readouterr().out == ""


def test_to_repeat_it_writes_nothing(bucket: Bucket) -> None:
    voice.prerender(WORDS)
    bucket.asked.clear()
    voice.prerender(WORDS)
    assert {asked.split()[0] for asked in bucket.asked} == {"HEAD"}


def test_a_voice_that_cannot_be_reached_is_one_line_and_no_failure(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = client("polly", "http://127.0.0.1:9", retries={"total_max_attempts": 1})
    clients: dict[str, Any] = {"s3": bucket, "polly": silent, "secretsmanager": Secrets()}
    monkeypatch.setattr(voice, "_client", clients.__getitem__)
    voice.prerender(WORDS)
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last == (
        "centralino: 3 of 3 prompts could not be spoken; they are when they are first said"
    )


def test_a_bucket_that_cannot_be_reached_is_one_line_and_no_failure(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.trouble = voice_error()
    voice.prerender(WORDS)
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("centralino: the voice cannot be reached, nothing was spoken")


def test_an_older_deployment_has_no_place_for_prompts(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outputs, "read", lambda: {"ContactsTableName": "contacts"})
    voice.prerender(WORDS)
    assert bucket.files == {}
    assert "deploy again" in capsys.readouterr().err


def voice_error() -> Exception:
    from botocore.exceptions import EndpointConnectionError

    return EndpointConnectionError(endpoint_url="https://s3")
