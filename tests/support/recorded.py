"""A small centre whose queues record, its carrier's recordings and the function that keeps them."""

from __future__ import annotations

from dataclasses import replace

from centralino.application import calls, consents, copying
from centralino.application import recording_records as records
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact
from centralino.domain.recordings import Recording
from centralino.domain.telephony.commands import RecordingEnded
from tests.support.centre import KEY, Centre, configuration


def recording_rules(policy: str = "always", days: int = 30) -> Configuration:
    """Return the small centre's rules, its queue ``sales`` recording; ``support`` never does."""
    plain = configuration()
    sales = replace(plain.queues["sales"], recording=policy, recording_days=days)
    return replace(plain, queues={**plain.queues, "sales": sales})


class RecordedCentre(Centre):
    """A centre that records."""

    def __init__(self, policy: str = "always", *, days: int = 30, seed: int = 0) -> None:
        super().__init__(seed=seed, rules=recording_rules(policy, days))

    @property
    def keeper(self) -> copying.Keeper:
        """What the function of recordings works with."""
        app = self.app
        return copying.Keeper(
            app.operations, lambda _: app.recorder, app.archive, app.clock, app.log
        )

    def talk(self, agent: str, contact_id: str) -> Contact:
        """Let an agent accept the offer of a contact, and both legs join."""
        from centralino.application import offers

        rid = self.contact(contact_id).rid or ""
        offers.accept(self.app, agent, contact_id, rid, "api")
        self.agent_joins(contact_id, rid)
        self.caller_joins(contact_id)
        return self.contact(contact_id)

    def talking(self, call: str = "CA1", digits: str = "1", *, agree: bool | None = None) -> str:
        """Bring a new customer together with a new agent; return the contact's id."""
        agent = self.agent(f"{call.lower()}", "all")
        contact_id = self.ring(call)
        if agree is not None:
            self.answers(contact_id, agree, "consent.1")
        self.press(contact_id, digits)
        self.talk(agent, contact_id)
        return contact_id

    def answers(self, contact_id: str, given: bool, step: str, by: str = "flow") -> None:
        """Put the customer's answer about the recording on record."""
        consents.record(
            self.app,
            consents.holder(self.contact(contact_id)),
            "recording",
            given,
            text_version="2026-1",
            evidence_contact=contact_id,
            step=step,
            by=by,
            cause="webhook",
        )

    def hang_up(self, contact_id: str) -> None:
        """Let the caller leave; the carrier ends its recording with the call."""
        self.world.recorder.hang_up(contact_id)
        self.caller_leaves(contact_id)

    def carrier_tells(self, contact_id: str, seconds: int = 42) -> None:
        """Let the carrier tell the end of every recording of a call that is over."""
        for sound in list(self.world.recorder.sounds.values()):
            if sound.contact == contact_id and sound.state == "over":
                told = RecordingEnded(contact_id, sound.name, sound.reference, seconds, "w")
                calls.handle(self.app, told, KEY)

    def copy(self) -> None:
        """Do what the function of recordings does with the orders that wait."""
        waiting = self.world.copies.waiting
        while waiting:
            copying.copy(self.keeper, waiting[0], "copy")
            waiting.popleft()

    def recordings(self, contact_id: str) -> dict[str, Recording]:
        """Return the recordings of a contact, by the part of their name after the contact."""
        found = records.of(self.app, contact_id)
        return {one.name.partition(".")[2]: one for one in found}

    def states(self, contact_id: str) -> dict[str, str]:
        """Return where the recordings of a contact stand."""
        return {name: str(one.state) for name, one in self.recordings(contact_id).items()}

    def told(self, *kinds: str) -> list[str]:
        """Return the published events about recordings and consents, or those of some kinds."""
        self.relay()
        return [
            event.type
            for event in self.world.bus.published
            if event.type in kinds
            or (not kinds and event.type.startswith(("Recording", "Consent")))
        ]
