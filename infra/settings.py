"""Settings of a deployment, read from the CDK context.

Decides which settings exist, their defaults and what makes one wrong. Never reads the
environment, a file or AWS: the same context always gives the same settings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

TARGETS = ("aws", "embedded")
MFA_MODES = ("required", "optional", "off")
ICE = ("none", "kinesis")
SMS = ("none", "twilio", "aws", "outbox")
MAIL = ("none", "ses", "outbox")
#: No ERROR: alarms listen for warnings, such as the one that a spend cap is reached.
LOG_LEVELS = ("DEBUG", "INFO", "WARNING")
# CloudWatch Logs accepts these numbers of days and no others.
LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)

_STAGE = re.compile(r"[a-z][a-z0-9-]{0,19}")
_HEADER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_SMA = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AWS_SENDER = re.compile(r"(pool|phone)-[0-9a-f]{32}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


class SettingsError(ValueError):
    """A setting is missing, unknown or wrong; the message names it and says what is accepted."""


@dataclass(frozen=True)
class Settings:
    """One deployment, wholly described.

    Attributes
    ----------
    target
        ``aws`` or ``embedded`` (the emulator on a laptop).
    stage
        Name of the WebSocket API's stage, of the log groups' prefix and of the ``stage`` tag.
    endpoint
        Base URL of the emulator; embedded only.
    public_url
        Base URL under which the carrier reaches the API when a distribution or a domain of your
        own stands in front; empty for the API's own address.
    twilio_api_url
        Base URL of the carrier's REST API.
    chime_application
        Id of the SIP media application whose calls are taken; empty for none.
    polly_url
        Base URL of the speech service in Polly's place; embedded only.
    emergency_number
        E.164 number that callers are put through to when no webhook answers; empty for none.
    web_urls
        Origins of the web client: sign-in call-backs and CORS accept these.
    login_prefix
        First part of the sign-in domain; empty for ``centralino-<account id>``.
    mfa
        ``required``, ``optional`` or ``off``; the second factor is a one-time code.
    log_retention_days
        How long every log group keeps its records.
    log_level
        Least severe record that the functions write.
    alarm_email
        Address that the alarm topic writes to; empty for none.
    archive_days
        How long the event archive can be replayed.
    sms, email
        How customers get text messages (``none``, ``twilio``, ``aws`` for AWS End User Messaging)
        and e-mail (``none``, ``ses``); ``outbox`` keeps them for a page to show, embedded only.
    sms_sender
        What text messages come from: of Twilio a number, sender id or messaging service, the
        line's own number where empty; of AWS the id of a phone number or a pool.
    email_sender
        The verified address that e-mail comes from.
    reserved_concurrency
        Whether functions reserve concurrency. Turn it off in a new account whose quota is 10.
    manage_logging_role
        Whether the deployment sets the account-wide role that WebSocket access logs need.
    ice
        ``none``, or ``kinesis``: pages get TURN servers of a Kinesis Video Streams channel.
    calls_per_second
        How many calls the carrier's account may be asked for in a second, 1 to 1000: callbacks
        are paced to it. Twilio's own limit of an account is 1 until it is raised.
    web_calls_per_minute
        How many calls from a page one source may place per minute, 1 to 60000.
    frames_per_second
        How many frames a second one page may send for long, 1 to 1000.
    viewer_address_header
        Header in which a distribution in front of the API says who calls, overwriting what the
        page itself sends, such as ``cloudfront-viewer-address``; empty: whoever connects calls.
    """

    target: str = "aws"
    stage: str = "live"
    endpoint: str = ""
    public_url: str = ""
    twilio_api_url: str = "https://api.twilio.com"
    chime_application: str = ""
    polly_url: str = ""
    emergency_number: str = ""
    web_urls: tuple[str, ...] = ("http://localhost:5173",)
    login_prefix: str = ""
    mfa: str = "required"
    log_retention_days: int = 30
    log_level: str = "INFO"
    alarm_email: str = ""
    archive_days: int = 30
    ice: str = "none"
    calls_per_second: int = 1
    web_calls_per_minute: int = 10
    frames_per_second: int = 10
    viewer_address_header: str = ""
    sms: str = "none"
    sms_sender: str = ""
    email: str = "none"
    email_sender: str = ""
    reserved_concurrency: bool = True
    manage_logging_role: bool = True

    @property
    def embedded(self) -> bool:
        """Whether the deployment goes to the emulator."""
        return self.target == "embedded"

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Settings:
        """Read and check the settings.

        Parameters
        ----------
        context
            The application's context: what ``cdk.json`` and ``-c name=value`` give. Keys of CDK
            itself (they hold ``@``, ``:`` or ``/``) are passed over.

        Raises
        ------
        SettingsError
            If a name is unknown or a value is not accepted.
        """
        known = {field.name for field in fields(cls)}
        for key in context:
            if key not in known and not any(mark in key for mark in "@:/") and key not in _CDK_KEYS:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise SettingsError(f"unknown setting {key!r}{hint}")
        given = {name: context[name] for name in known if context.get(name) not in (None, "")}
        values = {name: _PARSERS.get(name, _text)(name, value) for name, value in given.items()}
        if values.get("target") == "embedded":
            # Tests sign robots in with a password alone, and the emulator has one account role.
            values.setdefault("mfa", "off")
            values.setdefault("stage", "local")
            # Nobody answers there: an emulated deployment must never reach a real carrier.
            values.setdefault("twilio_api_url", "http://127.0.0.1:9")
            # Robots place many calls from one address.
            values.setdefault("web_calls_per_minute", 600)
            # A fast day's pages say a loop's every turn in a moment.
            values.setdefault("frames_per_second", 500)
            values.setdefault("calls_per_second", 1000)
            values.setdefault("polly_url", "http://127.0.0.1:9")
            # Nobody is written to from a laptop.
            values.setdefault("sms", "outbox")
            values.setdefault("email", "outbox")
        settings = cls(**values)
        settings._check_together()
        return settings

    def _check_together(self) -> None:
        if self.embedded and not self.endpoint:
            raise SettingsError(
                "endpoint is missing: target=embedded needs the emulator's base URL, "
                "for example -c endpoint=http://127.0.0.1:4566"
            )
        if not self.embedded and self.endpoint:
            raise SettingsError("endpoint is only for target=embedded")
        if not self.embedded and self.polly_url:
            raise SettingsError("polly_url is only for target=embedded")
        if not self.embedded:
            for name in ("public_url", "twilio_api_url"):
                value = getattr(self, name)
                if value and not value.startswith("https://"):
                    raise SettingsError(f"{name} must start with https:// on AWS, not {value!r}")
            if "outbox" in (self.sms, self.email):
                raise SettingsError("outbox is only for target=embedded: it shows what it keeps")
        if self.sms == "aws" and not _AWS_SENDER.fullmatch(self.sms_sender):
            raise SettingsError("sms_sender must be the id of a phone number or pool for sms=aws")
        if self.email == "ses" and not self.email_sender:
            raise SettingsError("email_sender is missing: email=ses needs a verified address")


# Plain keys that the CDK command line itself reads from cdk.json's context.
_CDK_KEYS = frozenset({"cli-telemetry", "notices", "acknowledged-issue-numbers"})


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{name} must be text, not {value!r}")
    return value.strip()


def _one_of(*accepted: str) -> Any:
    def parse(name: str, value: Any) -> str:
        if value not in accepted:
            raise SettingsError(f"{name} must be one of {', '.join(accepted)}, not {value!r}")
        return str(value)

    return parse


def _matching(pattern: re.Pattern[str], wanted: str) -> Any:
    def parse(name: str, value: Any) -> str:
        text = _text(name, value)
        if not pattern.fullmatch(text):
            raise SettingsError(f"{name} must be {wanted}, not {text!r}")
        return text

    return parse


def _whole(name: str, value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SettingsError(f"{name} must be a whole number, not {value!r}") from None


def _retention(name: str, value: Any) -> int:
    days = _whole(name, value)
    if days not in LOG_RETENTION_DAYS:
        accepted = ", ".join(str(day) for day in LOG_RETENTION_DAYS)
        raise SettingsError(f"{name} must be one of {accepted}, not {days}")
    return days


def _days(name: str, value: Any) -> int:
    days = _whole(name, value)
    if not 1 <= days <= 3650:
        raise SettingsError(f"{name} must be from 1 to 3650, not {days}")
    return days


def _per_minute(name: str, value: Any) -> int:
    number = _whole(name, value)
    if not 1 <= number <= 60_000:
        raise SettingsError(f"{name} must be from 1 to 60000, not {number}")
    return number


def _per_second(name: str, value: Any) -> int:
    number = _whole(name, value)
    if not 1 <= number <= 1000:
        raise SettingsError(f"{name} must be from 1 to 1000, not {number}")
    return number


def _switch(name: str, value: Any) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise SettingsError(f"{name} must be true or false, not {value!r}")


def _base_url(name: str, value: Any) -> str:
    text = _text(name, value).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"{name} must be an http or https base URL, not {text!r}")
    return text


def _origins(name: str, value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise SettingsError(f"{name} must be a list or comma-separated text, not {value!r}")
    origins = tuple(_base_url(name, item) for item in items if str(item).strip())
    if not origins:
        raise SettingsError(f"{name} must name at least one origin")
    for origin in origins:
        parts = urlsplit(origin)
        # Cognito refuses plain http for any other host.
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1"):
            raise SettingsError(f"{name} must use https outside this machine, not {origin!r}")
        if parts.path:
            raise SettingsError(f"{name} must be origins without a path, not {origin!r}")
    return origins


_PARSERS: dict[str, Any] = {
    "target": _one_of(*TARGETS),
    "stage": _matching(_STAGE, "1 to 20 lower-case letters, digits and hyphens"),
    "endpoint": _base_url,
    "public_url": _base_url,
    "twilio_api_url": _base_url,
    "chime_application": _matching(_SMA, "the id of a SIP media application"),
    "polly_url": _base_url,
    "emergency_number": _matching(_NUMBER, "a number in E.164, such as +390212345678"),
    "web_urls": _origins,
    "login_prefix": _matching(
        re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"),
        "1 to 63 lower-case letters, digits and hyphens",
    ),
    "mfa": _one_of(*MFA_MODES),
    "log_retention_days": _retention,
    "log_level": _one_of(*LOG_LEVELS),
    "alarm_email": _matching(_EMAIL, "an e-mail address"),
    "archive_days": _days,
    "ice": _one_of(*ICE),
    "calls_per_second": _per_second,
    "web_calls_per_minute": _per_minute,
    "frames_per_second": _per_second,
    "viewer_address_header": _matching(_HEADER, "the name of a header, in lower case"),
    "sms": _one_of(*SMS),
    "sms_sender": _matching(
        re.compile(r"\+[1-9]\d{6,14}|MG[0-9a-f]{32}|[A-Za-z0-9]{1,11}|(pool|phone)-[0-9a-f]{32}"),
        "a number, a sender id, a messaging service, or the id of a phone number or pool",
    ),
    "email": _one_of(*MAIL),
    "email_sender": _matching(_EMAIL, "an e-mail address"),
    "reserved_concurrency": _switch,
    "manage_logging_role": _switch,
}
