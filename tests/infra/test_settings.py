"""A wrong setting is named before anything is made."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping

import pytest

from infra import app
from infra.settings import Settings, SettingsError
from tests.infra.synthesis import context


def test_without_settings_the_target_is_aws() -> None:
    settings = Settings.from_context({})
    assert settings.target == "aws"
    assert not settings.embedded
    assert settings.mfa == "required"
    assert settings.stage == "live"


def test_the_context_of_the_repository_is_accepted() -> None:
    assert Settings.from_context(context()) == Settings()


def test_values_come_as_text_from_the_command_line() -> None:
    settings = Settings.from_context(
        {
            "log_retention_days": "7",
            "reserved_concurrency": "false",
            "web_urls": "https://agents.example.com/,https://wall.example.com",
            "archive_days": 14,
            "alarm_email": "ops@example.com",
        }
    )
    assert settings.log_retention_days == 7
    assert settings.reserved_concurrency is False
    assert settings.web_urls == ("https://agents.example.com", "https://wall.example.com")
    assert settings.archive_days == 14
    assert settings.alarm_email == "ops@example.com"


def test_the_embedded_target_has_defaults_of_its_own() -> None:
    settings = Settings.from_context({"target": "embedded", "endpoint": "http://127.0.0.1:4566/"})
    assert settings.embedded
    assert settings.endpoint == "http://127.0.0.1:4566"
    assert settings.mfa == "off"
    assert settings.stage == "local"


def test_keys_of_cdk_are_no_settings() -> None:
    given = {"@aws-cdk/core:x": True, "aws:cdk:bundling-stacks": ["**"], "cli-telemetry": False}
    assert Settings.from_context(given) == Settings()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"target": "azure"}, "target must be one of aws, embedded, not 'azure'"),
        ({"targett": "aws"}, "unknown setting 'targett'; did you mean target?"),
        ({"colour": "red"}, "unknown setting 'colour'"),
        ({"target": "embedded"}, "endpoint is missing"),
        ({"endpoint": "http://127.0.0.1:4566"}, "endpoint is only for target=embedded"),
        ({"target": "embedded", "endpoint": "127.0.0.1:4566"}, "endpoint must be an http"),
        ({"stage": "Live"}, "stage must be 1 to 20 lower-case letters"),
        ({"stage": "$default"}, "stage must be"),
        ({"log_retention_days": 8}, "log_retention_days must be one of 1, 3, 5"),
        ({"log_retention_days": "week"}, "log_retention_days must be a whole number"),
        ({"archive_days": 0}, "archive_days must be from 1 to 3650"),
        ({"mfa": "sms"}, "mfa must be one of required, optional, off"),
        ({"log_level": "LOUD"}, "log_level must be one of"),
        ({"log_level": "ERROR"}, "log_level must be one of DEBUG, INFO, WARNING"),
        ({"reserved_concurrency": "maybe"}, "reserved_concurrency must be true or false"),
        ({"alarm_email": "ops"}, "alarm_email must be an e-mail address"),
        ({"web_urls": "http://agents.example.com"}, "web_urls must use https"),
        ({"web_urls": "https://agents.example.com/app"}, "web_urls must be origins"),
        ({"web_urls": ","}, "web_urls must name at least one origin"),
        ({"web_urls": 3}, "web_urls must be a list"),
        ({"login_prefix": "-x"}, "login_prefix must be"),
        ({"public_url": "http://calls.example.com"}, "public_url must start with https://"),
        ({"twilio_api_url": "http://127.0.0.1:9"}, "twilio_api_url must start with https://"),
        ({"twilio_api_url": "https://x.example?y=1"}, "twilio_api_url must be an http or https"),
        ({"stage": 3}, "stage must be text"),
        ({"sms": "pigeon"}, "sms must be one of none, twilio, aws, outbox"),
        ({"sms": "outbox"}, "outbox is only for target=embedded"),
        ({"email": "outbox"}, "outbox is only for target=embedded"),
        ({"sms": "aws"}, "sms_sender must be the id of a phone number or pool"),
        ({"sms": "aws", "sms_sender": "+390212345678"}, "sms_sender must be the id"),
        ({"sms_sender": "far too long a name"}, "sms_sender must be a number, a sender id"),
        ({"email": "ses"}, "email_sender is missing"),
        ({"email": "ses", "email_sender": "us"}, "email_sender must be an e-mail address"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(given: Mapping[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_context(given)
    assert str(refused.value).startswith(said)


def test_the_command_line_gets_one_line_and_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    build = app.build_app
    # The command line hands the context over in the environment of a process of its own.
    monkeypatch.setattr(app, "build_app", lambda: build({"target": "azure"}))
    monkeypatch.setattr(sys, "stderr", told)
    assert app.main() == 2
    assert told.getvalue() == ("centralino: target must be one of aws, embedded, not 'azure'\n")
