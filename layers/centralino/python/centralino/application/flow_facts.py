"""What a flow can ask about the contact centre, looked up when it asks.

A fact that cannot be found out is no reason to lose a caller: it is told as not known, and the
flow's branch has a way for that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from centralino.application import admission, customers, snapshots
from centralino.application.app import App
from centralino.domain.configuration.hours import is_open
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import CentralinoError
from centralino.domain.promises.estimate import estimate, knows_enough
from centralino.domain.promises.model import order_key

T = TypeVar("T")


class KnownFacts:
    """The port ``Facts`` of the flows, by the rules in force.

    Parameters
    ----------
    number : str
        The number that was called: a caller's number is dialled as in its country.
    subject : str or None
        Who calls; ``None`` where the number is withheld.
    """

    def __init__(
        self, app: App, configuration: Configuration, number: str, subject: str | None = None
    ) -> None:
        self._app = app
        self._rules = configuration
        self._number = number
        self._subject = subject

    def open(self, hours: str) -> bool | None:
        """Tell whether these hours are open."""

        def look() -> bool | None:
            found = self._rules.hours.get(hours)
            if found is None:
                return None
            return is_open(found, self._app.clock.now(), self._app.holidays)

        return self._safely("open", hours, look)

    def holiday(self, hours: str) -> bool | None:
        """Tell whether today is a holiday by the calendar of these hours."""

        def look() -> bool | None:
            found = self._rules.hours.get(hours)
            if found is None or found.holidays is None:
                return None
            now = self._app.clock.now() / 1000
            today = datetime.fromtimestamp(now, ZoneInfo(found.zone)).date()
            return today in self._app.holidays(found.holidays, today.year)

        return self._safely("holiday", hours, look)

    def queue_open(self, queue: str) -> bool | None:
        """Tell whether a queue is open."""

        def look() -> bool | None:
            found = self._rules.queues.get(queue)
            if found is None:
                return None
            return admission.state(self._app, self._rules).open(found)

        return self._safely("queue_open", queue, look)

    def holds(self, queue: str, count: int) -> bool | None:
        """Tell whether at least so many contacts wait in a queue."""

        def look() -> bool | None:
            found = self._rules.queues.get(queue)
            if found is None:
                return None
            return admission.state(self._app, self._rules).full(found, count)

        return self._safely("waiting", queue, look)

    def wait_ms(self, queue: str) -> int | None:
        """Return the wait to expect for somebody who enters a queue now."""

        def look() -> int | None:
            found = self._rules.queues.get(queue)
            snapshot = snapshots.current(self._app, queue) if found is not None else None
            if found is None or snapshot is None or not knows_enough(snapshot):
                return None
            now = self._app.clock.now()
            place = now + found.sla_offset_ms - found.boost(found.priority)
            return estimate(snapshot, order_key(found.tier, found.tier, place), now).expected_ms

        return self._safely("wait", queue, look)

    def phone(self, digits: str) -> str | None:
        """Return digits as a phone number in E.164, ``None`` if they are none."""
        return self._app.dialled(digits, self._number)

    def customer(self, field: str) -> str | None:
        """Return what is known of the customer who calls."""
        subject = self._subject
        if subject is None:
            return None
        return self._safely(
            "customer", field, lambda: customers.known(self._app, subject).get(field)
        )

    def _safely(self, fact: str, of: str, look: Callable[[], T | None]) -> T | None:
        try:
            return look()
        except CentralinoError as error:
            self._app.log.warning("flow_fact_unknown", fact=fact, of=of, code=error.code)
            return None
