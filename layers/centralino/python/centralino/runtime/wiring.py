"""The composition root: which adapter stands behind which port, made once when first needed.

Clients are made and settings are checked when first needed: a function pays only for what it
uses, and nothing before its first request.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from centralino.adapters.calendars import public_holidays
from centralino.adapters.dynamodb.configuration import DynamoConfiguration
from centralino.adapters.dynamodb.mapping import agent_of_image, contact_of_image, filed_of_image
from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from centralino.adapters.eventbridge import EventBridgeBus
from centralino.adapters.phones import described, dialled
from centralino.adapters.sqs import SqsDeadLetters, SqsNudges, SqsSelf, SqsTimers
from centralino.adapters.system import RandomIds, ShortPause, SystemClock
from centralino.adapters.telephony.declared import capabilities_of
from centralino.adapters.telephony.deferred import (
    DeferredDialler,
    DeferredMedia,
    DeferredSupervision,
)
from centralino.adapters.telephony.deferred_recorder import DeferredRecorder
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.adapters.threads import ThreadFanOut
from centralino.adapters.websocket import WebSocketRealtime
from centralino.application.app import App
from centralino.application.copying import Keeper
from centralino.application.heat import hints_at_start
from centralino.application.importing import Importer
from centralino.application.limits import Limit
from centralino.application.ports import (
    Dialler,
    Media,
    NoRecorder,
    Recorder,
    Supervision,
)
from centralino.application.ports.ice import IceServer, IceServers, NoIceServers
from centralino.application.ports.prompts import Prompts, SilentPrompts
from centralino.application.web_calls import FrontDoor
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, TransientDependency
from centralino.domain.filing import Filed
from centralino.runtime.asking import DeferredSources
from centralino.runtime.delivery import DeferredDelivery, DeploymentLinks
from centralino.runtime.kept import DeferredArchive, DeferredCopies
from centralino.runtime.logging import log
from centralino.runtime.schedules import schedules
from centralino.runtime.twilio import Twilio

if TYPE_CHECKING:
    from centralino.adapters.telephony.twilio.api import TwilioApi

SECRET_FRESH_S = 300.0
_HTTP = Config(connect_timeout=1, read_timeout=3, retries={"max_attempts": 3, "mode": "standard"})


@cache
def _client(service: str, endpoint: str | None = None) -> Any:
    return boto3.client(service, config=_HTTP, endpoint_url=endpoint)  # type: ignore[call-overload]


@cache
def _tables() -> Tables:
    from centralino.runtime.settings import TableSettings, settings

    found = settings(TableSettings)
    return bind(
        TableNames(
            contacts=found.contacts_table,
            agents=found.agents_table,
            config=found.config_table,
            operations=found.ops_table,
        )
    )


@cache
def app() -> App:
    """Return the ports of this process."""
    from centralino.runtime.settings import RoutingSettings, settings

    found, clock, ids = settings(RoutingSettings), SystemClock(), RandomIds()
    operations = DynamoOperations(_tables(), clock)
    return App(
        store=DynamoStore(_tables(), ids),
        operations=operations,
        configuration=DynamoConfiguration(_tables(), clock),
        timers=SqsTimers(_client("sqs"), found.timers_queue_url),
        schedules=schedules(lambda: _client("scheduler")),
        calls_per_second=found.calls_per_second,
        pause=ShortPause(),
        nudges=SqsNudges(_client("sqs"), found.nudges_queue_url, ids),
        realtime=WebSocketRealtime(_pages, operations, log()),
        media=DeferredMedia(_media),
        recorder=DeferredRecorder(_recorder),
        supervision=DeferredSupervision(_supervision),
        dialler=DeferredDialler(_dialler),
        clock=clock,
        ids=ids,
        log=log(),
        fan_out=ThreadFanOut(),
        hints=hints_at_start(),
        holidays=public_holidays,
        sources=DeferredSources(),
        ice=_DeferredIce(),
        archive=DeferredArchive(),
        copies=DeferredCopies(),
        delivery=DeferredDelivery(),
        links=DeploymentLinks(),
        dialled=dialled,
        able=capabilities_of,
        phone=described,
    )


@cache
def prompts() -> Prompts:
    """Return what makes words sound; nothing does where no address is set."""
    from centralino.runtime.settings import PromptSettings, settings

    found = settings(PromptSettings)
    if not found.prompts_url:
        return SilentPrompts()
    # Imported where a page is spoken to: most functions never speak.
    from centralino.adapters.prompts import PollyPrompts

    return PollyPrompts(
        lambda: _client("s3"),
        lambda: _client("polly", found.polly_endpoint_url),
        found.prompts_bucket,
        found.prompts_url,
        lambda: secret(found.prompts_key_arn).encode(),
    )


@cache
def bus() -> EventBridgeBus:
    """Return the event bus."""
    from centralino.runtime.settings import BusSettings, settings

    return EventBridgeBus(_client("events"), settings(BusSettings).event_bus_name)


@cache
def dead_letters() -> SqsDeadLetters:
    """Return where this function sets hopeless messages aside."""
    from centralino.runtime.settings import DeadLetterSettings, settings

    return SqsDeadLetters(_client("sqs"), settings(DeadLetterSettings).dead_letter_queue_url)


@cache
def importer() -> Importer:
    """Return what taking in another contact centre's calls needs."""
    clock = SystemClock()
    return Importer(
        operations=DynamoOperations(_tables(), clock),
        configuration=DynamoConfiguration(_tables(), clock),
        clock=clock,
        log=log(),
    )


@cache
def keeper() -> Keeper:
    """Return what keeping the sound of recordings needs."""
    clock = SystemClock()
    return Keeper(
        operations=DynamoOperations(_tables(), clock),
        recorder_of=_recorder,
        archive=DeferredArchive(),
        clock=clock,
        log=log(),
    )


@cache
def imports_queue() -> SqsSelf:
    """Return the queue of another contact centre's messages, for what is looked at again."""
    from centralino.runtime.settings import ImportSettings, settings

    return SqsSelf(_client("sqs"), settings(ImportSettings).imports_queue_url)


def twilio() -> Twilio:
    """Return the carrier's account, its secret at most five minutes old."""
    from centralino.runtime.settings import TelephonySettings, settings

    found = settings(TelephonySettings)
    account = json.loads(secret(found.twilio_secret_arn))
    return Twilio(
        account["account_sid"],
        account["auth_token"],
        Urls(found.public_url),
        key_sid=account.get("api_key_sid", ""),
        key_secret=account.get("api_key_secret", ""),
        application=account.get("twiml_app_sid", ""),
    )


def identity_key() -> bytes:
    """Return the key of contact and subject ids."""
    from centralino.runtime.settings import IdentitySettings, settings

    return secret(settings(IdentitySettings).identity_secret_arn).encode()


def entity_from_image(image: Mapping[str, Any]) -> Contact | Agent | Filed | None:
    """Return the contact, the agent, or what is filed, in a stream record's image."""
    if "c" in image:
        return contact_of_image(image)
    if "pk" in image:
        return filed_of_image(image)
    return agent_of_image(image) if "a" in image else None


def answer_on(connection: str, frame: str) -> None:
    """Answer a page on its own connection; one that has gone needs no answer."""
    try:
        _pages().post_to_connection(ConnectionId=connection, Data=frame.encode())
    except (ClientError, BotoCoreError) as error:
        log().info("answer_not_taken", error=type(error).__name__)


def _pages() -> Any:
    from centralino.runtime.settings import RoutingSettings, settings

    endpoint = settings(RoutingSettings).websocket_callback_url
    return _client("apigatewaymanagementapi", endpoint)


def _media(provider: str) -> Media:
    if not provider:
        # A contact without a call, such as a message that was left.
        from centralino.adapters.telephony.direct import DirectMedia

        return DirectMedia()
    if provider == "twilio":
        return _media_of(twilio())
    if provider == "webvoice":
        return _web_media()
    if provider == "chime":
        return _chime_media()
    raise CentralinoError("this provider is not set up here", code="provider_not_set_up")


def _recorder(provider: str) -> Recorder:
    return _recorder_of(twilio()) if provider == "twilio" else NoRecorder()


@cache
def _recorder_of(account: Twilio) -> Recorder:
    from centralino.adapters.telephony.twilio.recorder import TwilioRecorder

    return TwilioRecorder(twilio_api(account), account.urls)


def _supervision(provider: str) -> Supervision:
    from centralino.runtime import providers

    return providers.supervision(provider)


def _dialler(provider: str) -> Dialler:
    from centralino.runtime import providers

    return providers.dialler(provider)


@cache
def _chime_media() -> Media:
    from centralino.adapters.telephony.chime.media import ChimeMedia
    from centralino.application.agent_phones import phone_of

    operations = app().operations
    return ChimeMedia(
        _client("chime-sdk-voice"), operations, lambda agent: phone_of(operations, agent)
    )


@cache
def _web_media() -> Media:
    from centralino.adapters.telephony.webvoice.media import WebvoiceMedia
    from centralino.application.rooms import rooms_of

    return WebvoiceMedia(rooms_of(app()))


@cache
def _ice() -> IceServers:
    from centralino.runtime.settings import IceSettings, settings

    channel = settings(IceSettings).ice_channel_arn
    if not channel:
        return NoIceServers()
    from centralino.adapters.kinesis_ice import KinesisIceServers

    return KinesisIceServers(
        _client("kinesisvideo"),
        lambda endpoint: _client("kinesis-video-signaling", endpoint),
        channel,
        log(),
    )


class _DeferredIce:
    """The servers for pages, found out when first needed."""

    def servers(self) -> Sequence[IceServer]:
        """See :meth:`IceServers.servers`."""
        return _ice().servers()


@cache
def front_door() -> FrontDoor:
    """Return what placing a call from a page needs."""
    from centralino.runtime.settings import WebCallSettings, settings

    found, clock, ids = settings(WebCallSettings), SystemClock(), RandomIds()
    return FrontDoor(
        operations=DynamoOperations(_tables(), clock),
        store=DynamoStore(_tables(), ids),
        configuration=DynamoConfiguration(_tables(), clock),
        clock=clock,
        ids=ids,
        ice=_DeferredIce(),
        limit=Limit(
            burst=found.web_calls_per_minute, every_ms=60_000 // found.web_calls_per_minute
        ),
    )


@cache
def _media_of(account: Twilio) -> Media:
    from centralino.adapters.telephony.twilio.rest import TwilioMedia

    return TwilioMedia(twilio_api(account), account.urls, number_of)


@cache
def twilio_api(account: Twilio) -> TwilioApi:
    """Return the account's REST API: one pool of connections for all that is asked of it."""
    from centralino.adapters.telephony.twilio.api import TwilioApi
    from centralino.runtime.settings import TelephonySettings, settings

    return TwilioApi(account.account, account.token, settings(TelephonySettings).twilio_api_url)


def number_of(contact: Contact) -> str:
    """Return the number of ours that a contact came in on, or is called from."""
    line = app().configuration.current().lines.get(contact.line or "")
    return line.number if line is not None else ""


_secrets: dict[str, tuple[float, str]] = {}


def secret(arn: str) -> str:
    """Return a secret, read again after five minutes so that a rotated one is taken up."""
    kept = _secrets.get(arn)
    if kept is None or time.monotonic() - kept[0] > SECRET_FRESH_S:
        try:
            value = _client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        except (ClientError, BotoCoreError) as error:
            raise TransientDependency("a secret could not be read") from error
        kept = _secrets[arn] = (time.monotonic(), value)
    return kept[1]
