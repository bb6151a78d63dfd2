"""The deployed product with the world around it: a telephone network, agents, an ear on the bus.

Decides how tests drive a deployment: the carrier fake is its telephone network, the demo's seed
its contact centre, the demo's tap its event consumer. Reads tables and logs to judge by, and
writes to neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from centralino.adapters.telephony.twilio.webhooks import PROVIDER
from centralino.application.app import App
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.ids import contact_id
from local.cloud import Deployment, client
from local.demo import seed
from local.demo.administration import administrator
from local.demo.calls import ITALIAN_LINE
from local.demo.evidence import messages, read_agents, read_contacts, scan
from local.demo.tap import Tap
from local.twilio import Answers, Caller, Carrier, CarrierThread, Person, Script, Timing, sign
from local.twilio.carrier import STATUS_PATH, VOICE_PATH
from tests.support.desk import Desk
from tests.support.polling import until

#: A caller of the deployed tests: nobody's number, and in no table, event or log afterwards.
CALLER = "+393339876543"
ENGLISH_LINE = "+441130000001"
_WEBHOOKS = "/v1/telephony/twilio"
#: Enough that no test meets an agent another one has used.
_AGENTS = 120

Snapshot = dict[str, dict[str, Any]]
Event = dict[str, Any]


class Exchange:
    """A seeded deployment and everything a test does with it.

    Attributes
    ----------
    app
        The product's use cases and ports, as an administrator has them.
    carrier
        The telephone network.
    """

    def __init__(self, deployment: Deployment, carrier: CarrierThread) -> None:
        self.deployment = deployment
        self.carrier = carrier
        self.app: App = administrator(deployment)
        self.key = seed.identity_key(deployment)
        self._staff: list[seed.DemoAgent] = []
        self._desks: list[Desk] = []
        self._events: list[Event] = []
        self._people: list[Person] = []
        # What a cloud that was already up has told before anybody listened.
        self._before = {entity.id: entity.sequence for entity in self._entities()}

    def furnish(self) -> None:
        """Put rules, agents and the carrier's account in place."""
        self._staff = seed.seed(self.deployment, agents=_AGENTS, speed=1.0)
        self.connect()
        self._rehearse()

    def connect(self) -> None:
        """Make this carrier the one that the deployed functions speak to, also after a deploy."""
        functions = client("lambda", self.deployment.endpoint)
        for name in self.deployment.functions.values():
            found = functions.get_function_configuration(FunctionName=name)
            variables = found["Environment"]["Variables"]
            if variables.get("TWILIO_API_URL", self.carrier.url) != self.carrier.url:
                environment = {"Variables": {**variables, "TWILIO_API_URL": self.carrier.url}}
                functions.update_function_configuration(FunctionName=name, Environment=environment)

    # ---------------------------------------------------------------- people

    def hire(self, profile: str = "sales") -> Desk:
        """Return an agent of a routing profile whom no test has used; a telephone is ready."""
        who = self.recruit(profile)
        desk = Desk(self.deployment, who)
        self.attend(desk)
        self.carrier.apply(lambda carrier: carrier.register_client(who.agent, Answers(after=0.05)))
        return desk

    def recruit(self, profile: str) -> seed.DemoAgent:
        """Return somebody of a routing profile whom no test has used, without a telephone."""
        who = next((agent for agent in self._staff if agent.profile == profile), None)
        assert who is not None, f"every agent of the profile {profile} has been used: seed more"
        self._staff.remove(who)
        return who

    def attend(self, desk: Desk) -> None:
        """Send this agent home at the end of the test."""
        self._desks.append(desk)

    def call(self, script: Script | None = None, to: str = ITALIAN_LINE) -> Person:
        """Let a customer call; by default one who presses 1 for sales and then waits."""
        script = script or Caller(digits=("1",), think=0.0)
        person = self.carrier.run(self.carrier.carrier.call(CALLER, to, script))
        self._people.append(person)
        return person

    def hang_up(self, person: Person) -> None:
        """Let a customer hang up."""
        self.carrier.apply(lambda _: person.hang_up())

    def served(self, people: Sequence[Person], desks: Sequence[Desk], within: float = 90.0) -> None:
        """Let agents work until every one of these calls is over and wrapped up."""

        def look() -> bool:
            for desk in desks:
                desk.work()
            found = [self.app.store.contact(self.contact_id(person)) for person in people]
            return all(contact is not None and contact.ended for contact in found)

        until(look, "the end of every call", within)

    def go_home(self) -> None:
        """End every call and send every agent home, so that the next test begins with nobody."""
        people, self._people = self._people, []
        for person in people:
            if not person.call.done:
                self.hang_up(person)
        self.carrier.run(self.carrier.carrier.settled())
        desks, self._desks = self._desks, []
        for desk in desks:
            desk.wrap_up()
            desk.leave()
            self.freed(desk)

    # ---------------------------------------------------------------- webhooks made by hand

    def webhook(
        self,
        step: str,
        form: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        *,
        token: str | None = seed.AUTH_TOKEN,
        signed_for: str | None = None,
        body: bytes | None = None,
    ) -> httpx.Response:
        """Send one webhook.

        Parameters
        ----------
        token
            What it is signed with; None leaves the signature out.
        signed_for
            The step in the address that is signed, if not the one that is asked.
        body
            Sent in place of the form, which is what is signed.
        """
        asked = f"?{urlencode(query)}" if query else ""
        base = f"{self.deployment.http_api_url}{_WEBHOOKS}/"
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        if token is not None:
            headers["X-Twilio-Signature"] = sign(token, base + (signed_for or step) + asked, form)
        content = urlencode(form).encode() if body is None else body
        with httpx.Client(timeout=30, trust_env=False) as http:
            return http.post(base + step + asked, content=content, headers=headers)

    # ---------------------------------------------------------------- looking

    def contact_id(self, person: Person) -> str:
        """Return the id of a customer's contact."""
        return contact_id(self.key, PROVIDER, person.sid)

    def contact(self, contact: str) -> Contact:
        """Return a stored contact."""
        found = self.app.store.contact(contact)
        assert found is not None, f"there is no contact {contact}"
        return found

    def agent(self, desk: Desk) -> Agent:
        """Return a stored agent."""
        found = self.app.store.agent(desk.agent_id)
        assert found is not None, f"there is no agent {desk.user}"
        return found

    def reaches(self, contact: str, state: str, within: float = 20.0) -> Contact:
        """Wait until a contact is in a state, and return it."""

        def look() -> Contact | None:
            found = self.app.store.contact(contact)
            return found if found is not None and found.state == state else None

        return until(look, f"{contact} {state}, it is {self.app.store.contact(contact)}", within)

    def freed(self, desk: Desk, within: float = 20.0) -> Agent:
        """Wait until an agent holds no contact."""
        return until(
            lambda: None if self.agent(desk).slots else self.agent(desk),
            f"{desk.user} without a contact",
            within,
        )

    def hear(self, event: Event) -> None:
        """Take an event of the bus; the tap calls this from its thread."""
        self._events.append(event)

    def events(self, *entities: str) -> list[Event]:
        """Return the events received about some entities, repetitions included."""
        return [
            event
            for event in list(self._events)
            if event["detail"]["metadata"]["entity_id"] in entities
        ]

    def told(self, entity: str, sequence: int, within: float = 20.0) -> list[Event]:
        """Wait until every event of an entity has been received; return them by sequence."""

        def look() -> list[Event] | None:
            found = self.events(entity)
            numbers = {event["detail"]["metadata"]["sequence"] for event in found}
            return found if numbers >= set(self._sequences(entity, sequence)) else None

        found = until(look, f"{sequence} events of {entity}", within)
        return sorted(found, key=lambda event: int(event["detail"]["metadata"]["sequence"]))

    def quiet(self, within: float = 30.0) -> None:
        """Wait until every webhook is answered, every event received and every nudge consumed."""
        self.carrier.run(self.carrier.carrier.settled())

        def look() -> bool:
            expected = {
                (entity.id, number)
                for entity in self._entities()
                for number in self._sequences(entity.id, entity.sequence)
            }
            return (
                expected <= self._heard()
                and messages(self.deployment.endpoint, self.deployment.queues.nudges) == 0
            )

        until(look, "quiet", within)

    def snapshot(self) -> Snapshot:
        """Return every item of every table by its key.

        Left out is the note of a closed page: a gateway tells of a disconnection when it finds
        it, so that of a page of an earlier test may come at any moment.
        """
        tables, endpoint = self.deployment.tables, self.deployment.endpoint
        return {
            name: {
                "/".join(str(item[key]) for key in keys): item
                for item in scan(endpoint, getattr(tables, name))
                if item.get("sk") != "closed"
            }
            for name, keys in _KEYS.items()
        }

    def log(self, function: str) -> list[str]:
        """Return everything a function has logged."""
        configuration = client("lambda", self.deployment.endpoint).get_function_configuration(
            FunctionName=self.deployment.functions[function]
        )
        group = configuration["LoggingConfig"]["LogGroup"]
        logs = client("logs", self.deployment.endpoint)
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [str(event["message"]) for page in pages for event in page["events"]]

    def _rehearse(self) -> None:
        """Serve one call from ring to close, so that no first start of a function is in a test."""
        desk = self.hire("all")
        desk.start()
        self.served([self.call()], [desk])
        self.go_home()

    def _entities(self) -> list[Contact | Agent]:
        return [*read_contacts(self.deployment), *read_agents(self.deployment)]

    def _sequences(self, entity: str, last: int) -> range:
        return range(self._before.get(entity, 0) + 1, last + 1)

    def _heard(self) -> set[tuple[str, int]]:
        told = [event["detail"]["metadata"] for event in list(self._events)]
        return {(str(one["entity_id"]), int(one["sequence"])) for one in told}


_KEYS: Mapping[str, Sequence[str]] = {
    "contacts": ("c",),
    "agents": ("a",),
    "config": ("k", "v"),
    "ops": ("pk", "sk"),
}


@contextmanager
def opened(deployment: Deployment, events_file: Path) -> Iterator[Exchange]:
    """Seed a deployment and connect it to a telephone network and a tap for as long as told."""
    carrier = CarrierThread(
        seed.ACCOUNT_SID,
        seed.AUTH_TOKEN,
        deployment.http_api_url,
        calls_per_second=0,
        # Nobody listens to the end of a sentence here.
        timing=Timing(speech_seconds_per_character=0.002),
    )
    with carrier:
        carrier.apply(lambda network: _give_numbers(network, deployment.http_api_url))
        exchange = Exchange(deployment, carrier)
        with Tap(deployment, events_file, exchange.hear):
            exchange.furnish()
            yield exchange
        assert carrier.carrier.violations == []


def _give_numbers(network: Carrier, base: str) -> None:
    """Give the lines a fallback: a call whose document failed asks again where it began."""
    for number in (ITALIAN_LINE, ENGLISH_LINE):
        network.add_number(
            number,
            base + VOICE_PATH,
            status_url=base + STATUS_PATH,
            fallback_url=base + VOICE_PATH,
        )


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a refusal, which must be problem+json (RFC 9457)."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = json.loads(answer.text)
    assert problem["status"] == answer.status_code
    return answer.status_code, str(problem["code"])


@pytest.fixture(scope="session")
def seeded_exchange(
    deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exchange]:
    """The deployed product with its surroundings, once per run."""
    with opened(deployment, tmp_path_factory.mktemp("exchange") / "events.jsonl") as exchange:
        yield exchange


@pytest.fixture
def exchange(seeded_exchange: Exchange) -> Iterator[Exchange]:
    """The deployed product with nobody on the line and no agent at work."""
    seeded_exchange.connect()
    yield seeded_exchange
    seeded_exchange.go_home()
