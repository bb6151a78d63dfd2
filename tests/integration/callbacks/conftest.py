"""A deployed centre that rings customers first, and a carrier that takes few calls a second.

Decides which rules are in force here, how callbacks are booked long before they are due without
anybody waiting for it, and what the carrier counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from centralino.adapters.scheduler import EventBridgeSchedules
from centralino.adapters.system import SystemClock
from centralino.application import publishing
from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items, places, timing
from centralino.contracts.configuration import read_text
from centralino.domain import ids
from centralino.domain.callbacks.model import CallbackState, Mode, callback_id
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts import callbacks as making
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError
from local.cloud import Deployment, client
from local.demo import rules
from local.demo.administration import publishing_office
from local.twilio import Refuses
from tests.support.exchange import Exchange
from tests.support.polling import until

QUEUE = "sales"
PER_SECOND = 10
#: How long before they are due callbacks are booked: out of a timer's reach.
AHEAD_MS = 20 * 60_000
#: What each customer is promised, from the moment the callback is due.
WINDOW_MS = 30_000
EXPIRE_MS = 20 * 60_000


class Earlier:
    """A clock that is late: what happens by it happened a while ago."""

    def now(self) -> int:
        """Return UTC milliseconds, twenty minutes ago."""
        return SystemClock().now() - AHEAD_MS


@dataclass(frozen=True, slots=True)
class Counted:
    """What the carrier has seen of the calls to some numbers.

    Attributes
    ----------
    made, rang : dict
        Calls made, and when each first was asked for (UTC ms), by number.
    refused : int
        Requests refused because they came too fast.
    most : int
        Calls made in the fullest second.
    """

    made: Counter[str]
    rang: dict[str, int]
    refused: int
    most: int


class CallingBack:
    """Books callbacks, lets their schedules be lost, and counts the calls."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        deployment = exchange.deployment
        functions = client("lambda", deployment.endpoint)
        found = functions.get_function_configuration(FunctionName=deployment.functions["timers"])
        variables = found["Environment"]["Variables"]
        self.scheduler = client("scheduler", deployment.endpoint)
        self.group = variables["SCHEDULE_GROUP"]
        schedules = EventBridgeSchedules(
            lambda: self.scheduler,
            self.group,
            variables["SCHEDULE_QUEUE_ARN"],
            variables["SCHEDULE_ROLE_ARN"],
        )
        self.app: App = replace(exchange.app, clock=Earlier(), schedules=schedules)
        self._booked: list[str] = []

    def book(self, numbers: list[str], due: int) -> list[str]:
        """Book a callback for each number, due at a moment (UTC ms), twenty minutes ago."""
        with ThreadPoolExecutor(8) as pool:
            booked = list(pool.map(lambda number: self._book(number, due), numbers))
        self._booked += booked
        return booked

    def give_up(self) -> None:
        """Take back what a test that failed has left: nobody else's agents are to get it."""
        for contact_id in self._booked:
            with suppress(CentralinoError):
                callbacks.cancel(self.exchange.app, callback_id(contact_id), "test_over", "test")

    def _book(self, number: str, due: int) -> str:
        app, configuration = self.app, self.app.configuration.current()
        contact_id = ids.keyed(ids.CONTACT, self.exchange.key, "callback", app.ids.ulid())
        line = places.line_in(configuration, QUEUE, "", contact_id)
        ours = next(iter(configuration.lines.values()))
        wanted = making.Wanted(
            topic=QUEUE,
            asked_by="customer",
            virtual_time=app.clock.now(),
            not_before=due,
            until=due + EXPIRE_MS,
            window=(due, due + WINDOW_MS),
            alone=True,
        )
        items.keep(app, contact_id, QUEUE, number, wanted.until)
        contact = making.request(
            contact_id,
            wanted,
            line,
            business_unit=ours.business_unit,
            provider=ours.provider,
            number_line=ours.id,
            language=ours.language,
            subject=ids.subject_id(self.exchange.key, "phone", number),
            previous=None,
            now=app.clock.now(),
            cause="test",
        )
        timing.arm(app, contact)
        app.store.save_contact(contact)
        return contact_id

    def schedules(self) -> list[str]:
        """Return names of schedules that have not fired, a page of them."""
        page = self.scheduler.list_schedules(GroupName=self.group)
        return [str(found["Name"]) for found in page["Schedules"]]

    def lose_schedules(self) -> int:
        """Delete every schedule; return how many there were."""
        count = 0
        while names := self.schedules():
            for name in names:
                self.scheduler.delete_schedule(GroupName=self.group, Name=name)
            count += len(names)
        return count

    def over(self, contacts: list[str], within: float) -> list[Contact]:
        """Wait until every callback has ended; return them."""
        left, ended = set(contacts), {}

        def look() -> bool:
            for contact_id in sorted(left):
                contact = self.exchange.app.store.contact(contact_id)
                if contact is None or contact.callback is None or contact.callback.pending:
                    # The others are hardly further: nobody is asked in vain.
                    return False
                ended[contact_id] = contact
                left.discard(contact_id)
            return True

        until(look, f"the end of {len(contacts)} callbacks", within)
        return [ended[contact_id] for contact_id in contacts]

    def counted(self, numbers: list[str]) -> Counted:
        """Return what the carrier has counted of the calls to these numbers."""
        wanted = set(numbers)

        def count(network: object) -> Counted:
            carrier = self.exchange.carrier.carrier
            calls = [entry for entry in carrier.journal.rest if entry.param("To") in wanted]
            asked = [entry for entry in calls if entry.method == "POST"]
            made = [entry for entry in asked if entry.effect]
            moments = sorted(entry.at for entry in made)
            rang: dict[str, int] = {}
            for entry in made:
                rang.setdefault(entry.param("To"), round(entry.at * 1000))
            return Counted(
                made=Counter(entry.param("To") for entry in made),
                rang=rang,
                refused=sum(entry.code == 20429 for entry in asked),
                most=max(
                    (sum(a <= b < a + 1 for b in moments) for a in moments),
                    default=0,
                ),
            )

        return self.exchange.carrier.apply(count)


def numbers(count: int, series: int) -> list[str]:
    """Return so many Italian mobile numbers, of a series of their own."""
    return [f"+3934{series}{number:07}" for number in range(count)]


def _publish(deployment: Deployment, change: Callable[[CallbackRules], CallbackRules]) -> None:
    """Put the demo's rules in force, those of calling back changed."""
    office = publishing_office(deployment)
    drafted = publishing.drafted(read_text(rules.FILE), str(rules.FILE))
    wanted = rules.for_speed(drafted.rules, 1.0)
    queue = wanted.queues[QUEUE]
    queues = {**wanted.queues, QUEUE: replace(queue, callback=change(queue.callback))}
    changed: Configuration = replace(wanted, queues=queues)
    plan = publishing.planned(office, replace(drafted, rules=changed))
    publishing.publish(office, plan, rules.PUBLISHER, "customers are called back")


@pytest.fixture(scope="module")
def calling_back(seeded_exchange: Exchange) -> Iterator[CallingBack]:
    """The deployed product, customers rung first, and a carrier that takes ten calls a second."""
    exchange = seeded_exchange
    _publish(exchange.deployment, lambda found: replace(found, mode=Mode.CUSTOMER_FIRST, tries=1))
    _limit(exchange, str(PER_SECOND))
    settings = exchange.carrier.carrier.exchange.settings

    def limited(_: object) -> None:
        settings.calls_per_second, settings.over_limit = float(PER_SECOND), "refuse"
        exchange.carrier.carrier.default_phone(Refuses(status="busy"))

    exchange.carrier.apply(limited)
    calling = CallingBack(exchange)
    yield calling
    calling.give_up()

    def unlimited(_: object) -> None:
        settings.calls_per_second, settings.over_limit = 0.0, "queue"
        exchange.carrier.carrier.default_phone(None)

    exchange.carrier.apply(unlimited)
    _limit(exchange, "1000")
    _publish(exchange.deployment, lambda found: found)


def _limit(exchange: Exchange, rate: str) -> None:
    """Tell every function how many calls a second the carrier takes."""
    functions = client("lambda", exchange.deployment.endpoint)
    for name in exchange.deployment.functions.values():
        found = functions.get_function_configuration(FunctionName=name)
        variables = found["Environment"]["Variables"]
        if "CALLS_PER_SECOND" in variables:
            environment = {"Variables": {**variables, "CALLS_PER_SECOND": rate}}
            functions.update_function_configuration(FunctionName=name, Environment=environment)


ENDED_UNREACHED = CallbackState.EXHAUSTED

__all__ = ["ENDED_UNREACHED", "PER_SECOND", "WINDOW_MS", "CallingBack", "numbers"]
