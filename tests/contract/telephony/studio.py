"""A desk, the fake carrier and every port of the adapter between them, for tests to act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from centralino.adapters.telephony.twilio.api import TwilioApi
from centralino.adapters.telephony.twilio.dialler import Dialled, TwilioDialler
from centralino.adapters.telephony.twilio.recorder import TwilioRecorder
from centralino.adapters.telephony.twilio.rest import TwilioMedia
from centralino.adapters.telephony.twilio.supervision import TwilioSupervision
from centralino.domain.contacts.model import Contact
from centralino.domain.telephony.commands import Command, LegJoined, WaitContinued
from local.twilio import Answers, CarrierThread, Person, Script, Timing, silent
from local.twilio.model import Call
from tests.contract.telephony.desk import ACCOUNT, AGENT, RID, TOKEN, Desk, open_desk

CALLER = "+393330000001"
LINE = "+390200000001"
SUPERVISOR = "ag_SPRVS000000000000000000000"


@dataclass
class Studio:
    """Everything of one adapter over one fake carrier."""

    desk: Desk
    carrier: CarrierThread
    media: TwilioMedia
    recorder: TwilioRecorder
    supervision: TwilioSupervision
    dialler: TwilioDialler
    written: dict[str, Dialled] = field(default_factory=dict)

    @property
    def contact(self) -> Contact:
        return self.desk.contact

    def call(self, script: Script = silent) -> Person:
        """Let somebody call our line."""
        return self.carrier.run(self.carrier.carrier.call(CALLER, LINE, script))

    def talk(self) -> Person:
        """Let somebody call, wait, and talk to the agent."""
        caller = self.call()
        self.desk.until(lambda c: isinstance(c, WaitContinued))
        self.desk.state = "bridge"
        self.carrier.apply(lambda c: c.register_client(AGENT, Answers(after=0.1)))
        self.media.add_agent(self.contact, RID, AGENT)
        self.desk.until(lambda c: isinstance(c, LegJoined) and c.rid is None)
        return caller

    def leg(self, to: str) -> Call:
        """Return the latest call to an address."""
        return self.carrier.apply(lambda c: [call for call in c.calls if call.to == to][-1])

    def hears(self, listener: Call, speaker: Call) -> bool:
        return self.carrier.apply(lambda c: c.hears(listener, speaker))

    def wait(self, call: Call, ready: Callable[[], Any], within: float = 8.0) -> None:
        """Wait until something holds, looked at whenever the call changes."""
        found = self.carrier.run(call.until(lambda: ready() or None, within))
        assert found, call.history

    def heard_of(self, kind: type[Command]) -> list[Command]:
        return [command for command in self.desk.commands if isinstance(command, kind)]

    def posts(self, ends: str) -> int:
        rest = self.carrier.carrier.journal.rest
        return sum(1 for entry in rest if entry.method == "POST" and entry.path.endswith(ends))


@contextmanager
def open_studio(**options: Any) -> Iterator[Studio]:
    """Serve the desk, start the carrier, and hold both to account at the end."""
    with open_desk() as (desk, address):
        timing = Timing(protocol_speed=20.0, speech_seconds_per_character=0.01)
        chosen = {"calls_per_second": 0.0, "speed": 20.0, "timing": timing, **options}
        with CarrierThread(ACCOUNT, TOKEN, address, **chosen) as carrier:
            api = TwilioApi(ACCOUNT, TOKEN, carrier.url, timeout_s=0.5)
            media = TwilioMedia(api, desk.urls, lambda contact: LINE)
            desk.media = media
            written: dict[str, Dialled] = {}
            yield Studio(
                desk,
                carrier,
                media,
                TwilioRecorder(api, desk.urls),
                TwilioSupervision(api, desk.urls, lambda contact: LINE),
                TwilioDialler(api, desk.urls, lambda contact, attempt: written.get(attempt)),
                written,
            )
            carrier.run(carrier.carrier.settled())
            violations = list(carrier.carrier.violations)
            alerts = [f"{alert.code} {alert.message}" for alert in carrier.carrier.alerts]
    assert violations == []
    assert alerts == []
    assert desk.failures == []
