"""The demo's settings: options win over the environment, and what is wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.demo.errors import SettingError
from local.demo.settings import DemoSettings


def test_defaults() -> None:
    assert DemoSettings.read({}, {}) == DemoSettings(60, 20.0, 6, 1, False, None)


def test_empty_variables_count_as_not_given() -> None:
    empty = dict.fromkeys(("CALLS", "SPEED", "AGENTS", "SEED", "HEADLESS", "DAY"), "")
    assert DemoSettings.read({}, empty) == DemoSettings()


def test_the_environment_is_read_and_options_win(tmp_path: Path) -> None:
    day = tmp_path / "day.csv"
    day.write_text("x")
    environment = {
        "CALLS": "100",
        "SPEED": "30",
        "AGENTS": "12",
        "SEED": "9",
        "HEADLESS": "1",
        "DAY": str(day),
    }
    assert DemoSettings.read({}, environment) == DemoSettings(100, 30.0, 12, 9, True, day)
    options = {"calls": 7, "speed": 2.5, "headless": False, "seed": None}
    read = DemoSettings.read(options, environment)
    assert (read.calls, read.speed, read.headless, read.seed) == (7, 2.5, False, 9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLS", "0"),
        ("CALLS", "many"),
        ("CALLS", "1.5"),
        ("SPEED", "0.5"),
        ("SPEED", "nan"),
        ("SPEED", "inf"),
        ("SPEED", "fast"),
        ("AGENTS", "0"),
        ("AGENTS", "61"),
        ("SEED", "-1"),
        ("HEADLESS", "perhaps"),
        ("DAY", "/nowhere/day.csv"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        DemoSettings.read({}, {name: value})


def test_the_provider_is_one_of_those_there_are_and_sound_a_share() -> None:
    assert DemoSettings.read({}, {}).provider == "twilio"
    read = DemoSettings.read({"media": 1}, {"PROVIDER": "webvoice", "MEDIA": "0.5"})
    assert (read.provider, read.media) == ("webvoice", 1.0)
    with pytest.raises(SettingError, match="PROVIDER must be twilio or webvoice, not 'pigeon'"):
        DemoSettings.read({"provider": "pigeon"}, {})
    for wrong in ("-0.1", "1.5", "nan", "much"):
        with pytest.raises(SettingError, match="MEDIA"):
            DemoSettings.read({}, {"MEDIA": wrong})
