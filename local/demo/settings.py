"""What a demo run is told: how many calls, how fast, how many agents, which day.

Decides the defaults, where a value comes from (an option, else the environment) and what makes
one wrong. Never reads a day file: that is for `local.demo.replay`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from local.demo.errors import SettingError

N = TypeVar("N", int, float)

CALLS = 60
SPEED = 20.0
AGENTS = 6
SEED = 1
TWILIO, WEBVOICE = PROVIDERS = ("twilio", "webvoice")
MEDIA = 0.2
MOST_CALLS = 20_000
MOST_SPEED = 1_000.0
MOST_AGENTS = 60
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """One run of the demo.

    Attributes
    ----------
    calls
        How many calls a generated day has; a day from a file has as many as the file.
    speed
        Divides arrivals, handling and patience. The product's own timers stay real.
    agents
        Robot agents, spread evenly over the routing profiles.
    seed
        The same seed generates the same day.
    headless
        Plain progress lines instead of the live view.
    day
        A log of a real day to replay instead of a generated one.
    provider
        Who carries the calls: the carrier fake, or pages.
    media
        The share of calls between pages, from 0 to 1, whose sound really flows; the others have
        the signalling alone.
    """

    calls: int = CALLS
    speed: float = SPEED
    agents: int = AGENTS
    seed: int = SEED
    headless: bool = False
    day: Path | None = None
    provider: str = TWILIO
    media: float = MEDIA

    @classmethod
    def read(cls, options: Mapping[str, object], environment: Mapping[str, str]) -> DemoSettings:
        """Read the settings; an option that was given wins over the environment.

        Parameters
        ----------
        options
            By field name; None where the option was not given.
        environment
            The variables ``CALLS``, ``SPEED``, ``AGENTS``, ``SEED``, ``HEADLESS``, ``DAY``,
            ``PROVIDER`` and ``MEDIA``.

        Raises
        ------
        SettingError
            Naming the setting and what it accepts.
        """

        def given(name: str) -> str | None:
            option = options.get(name)
            value = environment.get(name.upper(), "") if option is None else str(option)
            return value.strip() or None

        day = given("day")
        if day is not None and not Path(day).is_file():
            raise SettingError(f"DAY: there is no file {day}")
        return cls(
            calls=_whole("CALLS", given("calls"), CALLS, 1, MOST_CALLS),
            speed=_number("SPEED", given("speed"), SPEED, 1.0, MOST_SPEED),
            agents=_whole("AGENTS", given("agents"), AGENTS, 1, MOST_AGENTS),
            seed=_whole("SEED", given("seed"), SEED, 0, 2**63 - 1),
            headless=_switch("HEADLESS", given("headless") or ""),
            day=None if day is None else Path(day),
            provider=_choice("PROVIDER", given("provider"), PROVIDERS),
            media=_number("MEDIA", given("media"), MEDIA, 0.0, 1.0),
        )


def _whole(name: str, text: str | None, default: int, low: int, high: int) -> int:
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise SettingError(f"{name} must be a whole number, not {text!r}") from None
    return _between(name, value, low, high)


def _number(name: str, text: str | None, default: float, low: float, high: float) -> float:
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingError(f"{name} must be a number, not {text!r}") from None
    return _between(name, value, low, high)


def _between(name: str, value: N, low: N, high: N) -> N:
    # Written so that "not a number", which compares with nothing, is refused as well.
    if not low <= value <= high:
        raise SettingError(f"{name} must be from {low:g} to {high:g}, not {value}")
    return value


def _choice(name: str, text: str | None, allowed: Sequence[str]) -> str:
    if text is None:
        return allowed[0]
    if text not in allowed:
        raise SettingError(f"{name} must be {' or '.join(allowed)}, not {text!r}")
    return text


def _switch(name: str, text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise SettingError(f"{name} must be 1 or 0, not {text!r}")
