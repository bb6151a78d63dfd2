"""``routing.herd_embedded_ratio.<threads>``: the herd against a real DynamoDB API.

500 free agents and 1000 waiting contacts, of four skills of which a contact needs one and an agent
has two, are stored before the clock starts. Then the matcher drains the pool as it does for a
nudge, one drain at a time as FIFO delivery sees to, sending its requests from so many threads:
queries, the timers to SQS, the claims, the look for each agent's open pages. The clock stops when
all 500 are assigned and the drain has returned.

The reference is how fast the same emulator carries out the bare claims: conditional updates of two
items in one transaction, the very requests a claim sends, for 500 other pairs stored beside, by the
plain SDK client from as many threads and with nothing else in between. Half of them before the
drain and half after, so that a machine that slows down slows both. The ratio is assignments per
second over those transactions per second, the median of :data:`ROUNDS` rounds.

Every request of a measured phase is written to ``build/bench/`` as a JSON line: phase, operation,
when it was sent and answered (seconds of a monotonic clock), and whether it succeeded. The figures
are counted from those lines (:func:`ratio_of`), so they can be counted again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import boto3
from botocore.config import Config

from centralino.adapters.dynamodb import claim as claims
from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from centralino.adapters.memory.configuration import FixedConfiguration
from centralino.adapters.memory.log import MemoryLog
from centralino.adapters.memory.media import MemoryMedia
from centralino.adapters.sqs import SqsNudges, SqsTimers
from centralino.adapters.system import RandomIds, SystemClock
from centralino.adapters.threads import ThreadFanOut
from centralino.adapters.websocket import WebSocketRealtime
from centralino.application.app import App
from centralino.application.pages import available_entry, waiting_entry
from centralino.application.ports import Claim, WaitingEntry
from centralino.application.routing import drain
from centralino.domain import ids
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
    Step,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact, Decision
from centralino.domain.ids import offer_id
from cli.bench import Figure
from local.cloud.cloud import REGION, EmbeddedCloud
from local.cloud.tables import create_tables, delete_tables

ROOT = Path(__file__).resolve().parents[2]
AGENTS = 500
CONTACTS = 1000
ROUNDS = 3
LIMIT = 0.35
SKILLS = ("billing", "english", "italian", "technical")
#: A drain of the whole herd on a slow machine; the deployed one would nudge on before.
_DEADLINE_MS = 120_000
_READ_TIMEOUT_S = 30.0
#: The emulator takes any key.
_KEY = "bench"
_DRAIN, _REFERENCE = "drain", "reference"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request of a measured phase; moments in seconds of a monotonic clock."""

    round: int
    phase: str
    operation: str
    sent: float
    answered: float
    ok: bool


def run(seed: int) -> Iterator[Figure]:
    """Yield one figure per number of threads, and the two rates behind it."""
    with EmbeddedCloud() as cloud:
        for threads in (8, 32):
            rows: list[Sent] = []
            for number in range(ROUNDS):
                with Herd(cloud.endpoint, threads, Random(f"{seed}-{number}")) as herd:
                    rows += herd.measure(number)
            _save(f"routing.herd_embedded.{threads}", rows)
            found = [ratio_of([r for r in rows if r.round == n]) for n in range(ROUNDS)]
            assigned, raw, ratio = (median(figures) for figures in zip(*found, strict=True))
            yield Figure(f"routing.herd_embedded_assignments_per_s.{threads}", assigned, "1/s")
            yield Figure(f"routing.herd_embedded_raw_per_s.{threads}", raw, "1/s")
            yield Figure(
                f"routing.herd_embedded_ratio.{threads}", ratio, "ratio", LIMIT, at_least=True
            )


def ratio_of(rows: Sequence[Sent]) -> tuple[float, float, float]:
    """Return assignments per second, bare transactions per second, and their ratio.

    A phase lasts from its first request sent to its last one answered; the reference has two,
    before the drain and after it.
    """
    drained = [row for row in rows if row.phase == _DRAIN]
    assigned = sum(row.ok and row.operation == "TransactWriteItems" for row in drained)
    before = [r for r in rows if r.phase == f"{_REFERENCE}-before"]
    after = [r for r in rows if r.phase == f"{_REFERENCE}-after"]
    raw = sum(row.ok for row in before + after) / (_lasted(before) + _lasted(after))
    rate = assigned / _lasted(drained)
    return rate, raw, rate / raw


def _lasted(rows: Sequence[Sent]) -> float:
    return max(row.answered for row in rows) - min(row.sent for row in rows)


def _save(name: str, rows: Sequence[Sent]) -> None:
    path = ROOT / "build" / "bench" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))


def rules() -> Configuration:
    """Return one queue with a plan per skill, and one routing profile."""
    plans = {skill: Plan(skill, steps=(Step(0, {skill: 1}),)) for skill in SKILLS}
    queues = {"herd": Queue("herd", "bench", plans=SKILLS)}
    profiles = {"all": RoutingProfile("all", (ProfileQueue("herd"),))}
    return Configuration(1, queues, profiles, plans, compile_pools(queues, profiles), {}, {})


class Herd:
    """One round: fresh tables with the herd in them, and the pairs of the reference."""

    def __init__(
        self,
        endpoint: str,
        threads: int,
        random: Random,
        *,
        agents: int = AGENTS,
        contacts: int = CONTACTS,
    ) -> None:
        self._random = random
        self._agents, self._contacts = agents, contacts
        self._threads = threads
        settings = Config(
            max_pool_connections=threads, read_timeout=_READ_TIMEOUT_S, retries={"mode": "standard"}
        )
        self._session = boto3.Session(
            aws_access_key_id=_KEY, aws_secret_access_key=_KEY, region_name=REGION
        )
        self._dynamodb: Any = self._session.client(
            "dynamodb", endpoint_url=endpoint, config=settings
        )
        self._sqs: Any = self._session.client("sqs", endpoint_url=endpoint, config=settings)
        self._endpoint = endpoint
        self._clock, self._ids = SystemClock(), RandomIds()
        self._rules = rules()
        (self._pool,) = self._rules.pools
        self._rows: list[Sent] = []
        self._phase: str | None = None

    def __enter__(self) -> Herd:
        self._names = create_tables(self._dynamodb)
        self._queue = self._sqs.create_queue(QueueName=f"{self._names.ops}-timers")["QueueUrl"]
        names = self._names
        with _credentials():
            self._tables: Tables = bind(
                TableNames(names.contacts, names.agents, names.config, names.ops),
                region=REGION,
                host=self._endpoint,
                read_timeout_s=_READ_TIMEOUT_S,
                sockets=self._threads,
            )
            client: Any = self._tables.connection.client
        for watched in (client, self._dynamodb, self._sqs):
            watched.meta.events.register("before-call.*", self._started)
            watched.meta.events.register("after-call.*", self._answered)
        self.store = DynamoStore(self._tables, self._ids)
        return self

    def __exit__(self, *_: object) -> None:
        self._sqs.delete_queue(QueueUrl=self._queue)
        delete_tables(self._dynamodb, self._names)
        self._tables.connection.client.close()

    def measure(self, number: int) -> list[Sent]:
        """Store everything, then measure reference, drain and reference again."""
        half = self._agents // 2
        self._waiting, self._free = self._fill(self._pool, self._contacts, self._agents)
        pairs = zip(*self._fill("reference", self._agents, self._agents), strict=True)
        bare = self._bare_claims(list(pairs))
        app = self._app()
        # Sockets are opened before the clock starts, as a warm function's are.
        app.fan_out(self.store.agent, [f"{ids.AGENT}nobody"] * self._threads)
        self._reference(bare[:half], "before")
        self._phase = _DRAIN
        report = drain(app, self._pool, deadline_ms=_DEADLINE_MS, cause="bench")
        self._phase = None
        if report.assigned != self._agents:
            raise RuntimeError(f"only {report.assigned} of {self._agents} were assigned")
        self._reference(bare[half:], "after")
        return [replace(row, round=number) for row in self._rows]

    def contacts(self) -> list[Contact]:
        """Return the contacts of the drained pool as they are stored now."""
        found = [self.store.contact(contact.id) for contact in self._waiting]
        return [contact for contact in found if contact is not None]

    def agents(self) -> list[Agent]:
        """Return the agents of the drained pool as they are stored now."""
        found = [self.store.agent(agent.id) for agent in self._free]
        return [agent for agent in found if agent is not None]

    def _app(self) -> App:
        operations, log = DynamoOperations(self._tables, self._clock), MemoryLog(100)
        return App(
            store=self.store,
            operations=operations,
            configuration=FixedConfiguration(self._rules),
            timers=SqsTimers(self._sqs, self._queue),
            nudges=SqsNudges(self._sqs, self._queue, self._ids),
            # Nobody has a page open; the matcher has to look whether they do.
            realtime=WebSocketRealtime(lambda: self._sqs, operations, log),
            media=MemoryMedia(),
            clock=self._clock,
            ids=self._ids,
            log=log,
            fan_out=ThreadFanOut(self._threads),
        )

    # ---------------------------------------------------------------- what is stored

    def _fill(self, pool: str, contacts: int, agents: int) -> tuple[list[Contact], list[Agent]]:
        """Store waiting contacts and free agents of a pool."""
        now = self._clock.now() - 60_000
        waiting = [self._contact(pool, number, now) for number in range(contacts)]
        free = [self._agent(pool, number, now) for number in range(agents)]
        with ThreadPoolExecutor(self._threads) as threads:
            list(threads.map(self.store.save_contact, waiting))
            list(threads.map(self.store.save_agent, free))
        return waiting, free

    def _contact(self, pool: str, number: int, now: int) -> Contact:
        contact_id = ids.contact_id(b"herd", "bench", f"{pool}-{number}")
        started = lifecycle.start(
            contact_id,
            business_unit="bench",
            provider="bench",
            call=f"CA{number:032d}",
            line="main",
            language="en",
            subject=ids.subject_id(b"herd", "phone", f"{pool}-{number}"),
            now=now,
            cause="bench",
        )
        queued = lifecycle.enqueue(
            started,
            pool=pool,
            queue="herd",
            plan=self._random.choice(SKILLS),
            now=now + number * 50 // self._contacts,
            cause="bench",
        )
        # As if stored by its second write: one is enough to fill a table.
        return replace(queued, version=1)

    def _agent(self, pool: str, number: int, now: int) -> Agent:
        new = Agent(
            f"{ids.AGENT}{pool}{number:05d}",
            AgentState.OFFLINE,
            "bench",
            pool,
            "all",
            skills=dict.fromkeys(self._random.sample(SKILLS, 2), 1),
        )
        idle = machine.set_state(
            machine.register(new, now, "bench"),
            AgentState.ROUTABLE,
            None,
            now + self._random.randrange(20_000),
            "bench",
        )
        return replace(idle, version=1)

    # ---------------------------------------------------------------- the reference

    def _bare_claims(self, pairs: Sequence[tuple[Contact, Agent]]) -> list[dict[str, Any]]:
        """Return the requests that claim these pairs, taken from the adapter before they go."""
        now = self._clock.now()
        return [self._bare_claim(contact, agent, now) for contact, agent in pairs]

    def _bare_claim(self, contact: Contact, agent: Agent, now: int) -> dict[str, Any]:
        entry: WaitingEntry = waiting_entry(contact)
        others = [(f"{ids.AGENT}{self._pool}{number:05d}", "rk") for number in range(4)]
        claim = Claim(
            contact=entry,
            agent=available_entry(agent),
            rid=offer_id(contact.id, contact.version + 1),
            expires_at=now + 20_000,
            decision=Decision("longest_idle", 0, ((agent.id, "ok"), *others)),
            now=now,
        )
        taken: list[dict[str, Any]] = []

        def instead(params: Mapping[str, Any], **_: Any) -> None:
            taken.append(dict(params))
            raise _Taken

        events = self._tables.connection.client.meta.events
        events.register_first("provide-client-params.dynamodb.TransactWriteItems", instead)
        try:
            claims.write_claim(self._tables, claim, self._ids.ulid())
        except _Taken:
            pass
        finally:
            events.unregister("provide-client-params.dynamodb.TransactWriteItems", instead)
        return taken[0]

    def _reference(self, bare: Sequence[dict[str, Any]], part: str) -> None:
        with ThreadPoolExecutor(self._threads) as threads:
            self._phase = f"{_REFERENCE}-{part}"
            list(threads.map(lambda p: self._dynamodb.transact_write_items(**p), bare))
            self._phase = None

    # ---------------------------------------------------------------- the log

    def _started(self, context: dict[str, Any], **_: Any) -> None:
        context["bench"] = (self._phase, time.perf_counter())

    def _answered(self, http_response: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        phase, sent = context.get("bench", (None, 0.0))
        if phase is not None:
            ok = http_response.status_code < 300
            self._rows.append(Sent(0, phase, model.name, sent, time.perf_counter(), ok))


class _Taken(Exception):
    """The request was taken before it went out."""


@contextmanager
def _credentials() -> Iterator[None]:
    """Have keys that any emulator takes while a client is built from the environment."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, _KEY))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
