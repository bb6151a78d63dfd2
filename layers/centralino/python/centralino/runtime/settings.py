"""The wiring a function finds in its environment, checked before anything else happens."""

from __future__ import annotations

import os
from functools import cache
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T", bound=BaseModel)


class Settings(BaseModel):
    """Base: fields are environment variables in lower case; other variables are ignored."""

    # Validators are built when first used: a function pays for its own settings only.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class TableSettings(Settings):
    """Where the data is."""

    contacts_table: str = Field(min_length=3)
    agents_table: str = Field(min_length=3)
    config_table: str = Field(min_length=3)
    ops_table: str = Field(min_length=3)


class RoutingSettings(TableSettings):
    """What a function needs that changes contacts or agents."""

    nudges_queue_url: str = Field(min_length=1)
    timers_queue_url: str = Field(min_length=1)
    websocket_callback_url: str = Field(pattern=r"^https?://")
    #: How many calls the carrier's account may be asked for in a second.
    calls_per_second: int = Field(default=1, ge=1, le=1000)


class ScheduleSettings(Settings):
    """Where timers are made that reach further than a queue; none are where empty."""

    schedule_group: str = ""
    schedule_role_arn: str = ""
    schedule_queue_arn: str = ""


class TelephonySettings(Settings):
    """Our side of the carrier."""

    twilio_secret_arn: str = Field(min_length=1)
    twilio_api_url: str = Field(default="https://api.twilio.com", pattern=r"^https?://")
    public_url: str = Field(pattern=r"^https?://")


class IdentitySettings(Settings):
    """Where the key of contact and subject ids is."""

    identity_secret_arn: str = Field(min_length=1)


class BusSettings(Settings):
    """Where events go."""

    event_bus_name: str = Field(min_length=1)


class RealtimeSettings(Settings):
    """Where pages connect."""

    websocket_url: str = Field(pattern=r"^wss?://")


class ImportSettings(Settings):
    """Where another contact centre's messages come in."""

    imports_queue_url: str = Field(min_length=1)


class PromptSettings(Settings):
    """Where words become sound; without an address nothing is spoken."""

    prompts_url: str = ""
    prompts_bucket: str = ""
    #: The secret that hides in a file's name what is said in it.
    prompts_key_arn: str = ""
    polly_endpoint_url: str | None = None


class IceSettings(Settings):
    """The signalling channel whose TURN servers pages use; none where empty."""

    ice_channel_arn: str = ""


class SocketSettings(Settings):
    """How many frames a second one page may send for long."""

    frames_per_second: int = Field(default=10, ge=1, le=1_000)


class WebCallSettings(Settings):
    """Who may place calls from a page, how often."""

    web_calls_per_minute: int = Field(default=10, ge=1, le=60_000)
    #: A header in which a distribution in front says who calls, overwriting the caller's own.
    viewer_address_header: str = ""
    #: The secret by which that distribution is known; there must be one where there is a header.
    origin_secret_arn: str = ""


class DeliverySettings(Settings):
    """By which way customers are written to, and from which number or address."""

    sms_by: Literal["none", "twilio", "aws", "outbox"] = "none"
    sms_sender: str = ""
    email_by: Literal["none", "ses", "outbox"] = "none"
    email_sender: str = ""


class ArchiveSettings(Settings):
    """Where recordings are kept."""

    recordings_bucket: str = Field(min_length=3)


class CopySettings(Settings):
    """Where recordings wait to be copied."""

    recordings_queue_url: str = Field(min_length=1)


class DeadLetterSettings(Settings):
    """Where a queue consumer sets aside what no retry can help."""

    dead_letter_queue_url: str = Field(min_length=1)


@cache
def settings(model: type[T]) -> T:
    """Return this process's settings; a missing one stops the function with its name."""
    return model.model_validate({name.lower(): value for name, value in os.environ.items()})
