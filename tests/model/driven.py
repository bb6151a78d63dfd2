"""A machine that drives a watched centre: commands struck by mishaps, and whom they are about."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis.stateful import RuleBasedStateMachine

from centralino.adapters.memory.faults import Crash
from centralino.application import offers
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError
from tests.model import evidence
from tests.model.evidence import Part
from tests.model.mishaps import Mishap
from tests.model.plant import RETURNED, Plant


class Driven(RuleBasedStateMachine):
    """What every rule uses."""

    plant: Plant
    lagging: bool
    attentive: bool

    def attempt(
        self,
        work: Callable[[], object],
        mishap: Mishap | None,
        *,
        about: str | None = None,
        of_a_person: bool = True,
    ) -> bool:
        """Run a command under a mishap; tell whether it went through.

        What is no answer to a person must never be refused by a rule: nobody would read it.
        """
        plant = self.plant
        plant.witness.fair = mishap is None and not self.lagging
        plant.witness.about = about
        if mishap is not None:
            mishap(plant.world.faults)
        try:
            work()
        except Crash:
            plant.restart()
            return False
        except RETURNED:
            return False
        except CentralinoError:
            if not of_a_person:
                raise
            return False
        finally:
            plant.world.faults.clear()
            plant.witness.about = None
        self.pages_answer()
        return True

    def pages_answer(self) -> None:
        """Let attentive pages acknowledge what rings."""
        if not self.attentive:
            return
        for contact in self.plant.world.store.contacts():
            if contact.state == "OFFERED" and contact.agent and contact.rid:
                offers.acknowledge(self.plant.app, contact.agent, contact.rid, "ws")

    def contact(self, which: int) -> Contact | None:
        """Return one of the contacts there are."""
        contacts = sorted(self.plant.world.store.contacts(), key=lambda c: c.created_at)
        return contacts[which % len(contacts)] if contacts else None

    def offer(self, which: int) -> Part | None:
        """Return one of the offers ever made, the latest first."""
        made = evidence.offers_made(self.plant.witness)
        return made[which % len(made)] if made else None


def offers_made(machine: Driven) -> bool:
    return hasattr(machine, "plant") and machine.offer(0) is not None


def callers(machine: Driven) -> bool:
    return hasattr(machine, "plant") and bool(machine.plant.world.store.contacts())
