"""A carrier that lets supervisors in, does what it is told and remembers it."""

from __future__ import annotations

from dataclasses import dataclass, field

from centralino.adapters.memory.faults import Faults
from centralino.domain.contacts.model import Contact


@dataclass
class MemorySupervision:
    """The port ``Supervision``, recording; faults on ``supervision.<method>``.

    Attributes
    ----------
    legs : dict
        Leg -> (supervisor, mode, beside) of those who are in.
    asked : list
        Every request: method, leg, mode or the empty text.
    """

    faults: Faults = field(default_factory=Faults)
    legs: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def listen(self, contact: Contact, leg: str, agent_id: str, mode: str, beside: str) -> None:  # noqa: ARG002 - the port's signature
        """Ring the supervisor in, unless the leg is there already."""
        self.faults.before("supervision.listen")
        self.asked.append(("listen", leg, mode))
        self.legs.setdefault(leg, (agent_id, mode, beside))
        self.faults.after("supervision.listen")

    def change(self, contact: Contact, leg: str, mode: str, beside: str) -> None:  # noqa: ARG002 - the port's signature
        """Change the mode of a supervisor who is in."""
        self.faults.before("supervision.change")
        self.asked.append(("change", leg, mode))
        if leg in self.legs:
            self.legs[leg] = (self.legs[leg][0], mode, beside)
        self.faults.after("supervision.change")

    def leave(self, contact: Contact, leg: str) -> None:  # noqa: ARG002 - the port's signature
        """End the supervisor's leg."""
        self.faults.before("supervision.leave")
        self.asked.append(("leave", leg, ""))
        self.legs.pop(leg, None)
        self.faults.after("supervision.leave")
