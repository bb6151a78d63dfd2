"""A recorded call on the deployed product: from the consent of the talk to the sound on S3."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import httpx
import pytest

from centralino.application import publishing
from centralino.application import recording_records as records
from centralino.contracts.configuration import read_text
from centralino.domain.recordings import Recording, RecordingState
from local.cloud import client
from local.demo import rules, schema_files
from local.demo.administration import publishing_office
from local.twilio import Person
from tests.support.desk import Desk, Frame, granted
from tests.support.exchange import Exchange
from tests.support.polling import until

ANSWER = {"purpose": "recording", "given": True, "text_version": "2026-1"}


@pytest.fixture
def consenting(exchange: Exchange) -> Iterator[Exchange]:
    """The deployed product with a queue that records whoever agrees, and without it again."""
    _publish(exchange, "with_consent")
    yield exchange
    _publish(exchange, "never")


def _publish(exchange: Exchange, policy: str) -> None:
    office = publishing_office(exchange.deployment)
    read = publishing.drafted(read_text(rules.FILE), str(rules.FILE))
    sales = replace(read.rules.queue("sales"), recording=policy, recording_days=7)
    queues = {**read.rules.queues, "sales": sales}
    plan = publishing.planned(office, replace(read, rules=replace(read.rules, queues=queues)))
    publishing.publish(office, plan, rules.PUBLISHER, "for a test of recordings")


def _connected(exchange: Exchange, desk: Desk) -> tuple[Person, str]:
    person = exchange.call()
    contact = exchange.contact_id(person)
    offer: Frame = desk.page.frame("offer", contact_id=contact)
    granted(desk.accept(offer))
    exchange.reaches(contact, "CONNECTED")
    return person, contact


def _agree(desk: Desk, contact: str, given: bool, token: str) -> None:
    body = {**ANSWER, "given": given, "token": token}
    granted(desk.ask("POST", f"/v1/contacts/{contact}/consents", body))


def _light(desk: Desk, contact: str) -> str:
    return str(granted(desk.ask("GET", f"/v1/contacts/{contact}"))["recording"])


def _recorded_talk(exchange: Exchange, desk: Desk) -> tuple[Person, str]:
    """Return a talk that is recorded: functions go by older rules for up to half a minute."""
    for attempt in range(40):
        person, contact = _connected(exchange, desk)
        _agree(desk, contact, True, f"agree-{attempt:04d}")
        if records.of(exchange.app, contact):
            return person, contact
        exchange.hang_up(person)
        exchange.reaches(contact, "WRAPUP")
        granted(desk.dispose(contact, "resolved"))
        exchange.freed(desk)
    raise AssertionError("no function took up the new rules")


def _stored(exchange: Exchange, contact: str) -> Recording:
    def look() -> Recording | None:
        found = records.of(exchange.app, contact)
        return next((one for one in found if one.state is RecordingState.STORED), None)

    return until(look, f"a stored recording of {contact}", 60)


@pytest.mark.full
def test_a_talk_is_recorded_kept_and_forgotten_by_the_carrier(consenting: Exchange) -> None:
    exchange = consenting
    desk = exchange.hire("sales")
    desk.start()
    person, contact = _recorded_talk(exchange, desk)
    until(lambda: _light(desk, contact) == "on", "the light")
    assert granted(desk.ask("POST", f"/v1/contacts/{contact}/recording/pause"))
    until(lambda: _statuses(exchange, person) == ["paused"], "the carrier's pause")
    assert _light(desk, contact) == "paused"
    granted(desk.ask("POST", f"/v1/contacts/{contact}/recording/resume"))
    until(lambda: _statuses(exchange, person) == ["in-progress"], "the carrier's resumption")

    exchange.hang_up(person)
    kept = _stored(exchange, contact)
    assert kept.key.startswith("recordings/7/")
    bucket = _bucket(exchange)
    s3 = client("s3", exchange.deployment.endpoint)
    sound = s3.get_object(Bucket=bucket, Key=kept.key)["Body"].read()
    assert len(sound) == kept.size
    with wave.open(BytesIO(sound)) as told:
        assert told.getnchannels() == 2
    until(lambda: _statuses(exchange, person) == [], "the carrier to forget it")

    events = _told(exchange, kept)
    kinds = [event["detail-type"].removeprefix("Recording") for event in events]
    assert kinds == ["Started", "Paused", "Resumed", "Stored"]
    assert [fault for event in events if (fault := schema_files.fault(event))] == []
    assert {event["source"] for event in events} == {"centralino.recordings"}

    url = exchange_access(exchange, desk, contact, kept)
    assert url.status_code == 403
    granted(desk.dispose(contact, "resolved"))


@pytest.mark.full
def test_a_withdrawal_ends_the_recording_and_not_the_call(consenting: Exchange) -> None:
    exchange = consenting
    desk = exchange.hire("sales")
    desk.start()
    person, contact = _recorded_talk(exchange, desk)
    _agree(desk, contact, False, "withdrawn-1")
    until(lambda: _light(desk, contact) == "off", "the light to go out")
    assert str(exchange.contact(contact).state) == "CONNECTED"
    # What was said before is kept: it was recorded with consent.
    assert _stored(exchange, contact).seconds >= 0
    exchange.hang_up(person)
    exchange.reaches(contact, "WRAPUP")
    granted(desk.dispose(contact, "resolved"))


def exchange_access(
    exchange: Exchange, desk: Desk, contact: str, kept: Recording
) -> httpx.Response:
    """Ask for a recording as the agent who talked, who is no supervisor."""
    path = f"/v1/contacts/{contact}/recordings/{kept.name}/access"
    return desk.ask("POST", path, {"reason": "to hear myself"})


def _statuses(exchange: Exchange, person: Person) -> list[str]:
    carrier = exchange.carrier
    return carrier.apply(
        lambda network: [one.status for one in network.exchange.recordings.of(person.call)]
    )


def _bucket(exchange: Exchange) -> str:
    configuration = client("lambda", exchange.deployment.endpoint).get_function_configuration(
        FunctionName=exchange.deployment.functions["recordings"]
    )
    return str(configuration["Environment"]["Variables"]["RECORDINGS_BUCKET"])


def _told(exchange: Exchange, kept: Recording) -> list[dict[str, Any]]:
    return exchange.told(kept.id, kept.sequence)
