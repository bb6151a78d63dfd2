"""A carrier that records: it holds what it recorded until told to erase it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from centralino.adapters.memory.faults import Faults
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, RuleViolation, TransientDependency

PIECE = 1024


@dataclass(slots=True)
class Sound:
    """What the carrier holds of one recording."""

    name: str
    contact: str
    reference: str
    state: str = "on"
    parts: list[str] = field(default_factory=list)


class MemoryRecorder:
    """The port ``Recorder``: one recording at a time in each call, as carriers have it.

    Attributes
    ----------
    sounds : dict
        What is held, by reference.
    started : list of str
        The names that were begun, each once for every recording the carrier made.
    erased : list of str
        References that were held and have been erased.
    able : bool
        Whether the provider can record at all.
    breaks_after : int or None
        After how many pieces a fetch breaks off.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self.sounds: dict[str, Sound] = {}
        self.data: dict[str, bytes] = {}
        self.started: list[str] = []
        self.erased: list[str] = []
        self.able = True
        self.breaks_after: int | None = None
        self._faults = faults or Faults()

    def start(self, contact: Contact, name: str) -> None:
        """Start recording, unless this call is being recorded."""
        self._faults.before("recorder.start")
        if not self.able:
            raise RuleViolation("this provider cannot record", code="not_supported")
        if self.under_way(contact.id) is None:
            self.started.append(name)
            reference = f"RE{len(self.started):032x}"
            self.sounds[reference] = Sound(name, contact.id, reference)
            self.data[reference] = f"RIFF {name} ".encode() * 200
        self._faults.after("recorder.start")

    def pause(self, contact: Contact, name: str) -> None:  # noqa: ARG002 - the port's signature
        """Leave out what follows."""
        self._turn("pause", contact, "paused")

    def resume(self, contact: Contact, name: str) -> None:  # noqa: ARG002 - the port's signature
        """Record again."""
        self._turn("resume", contact, "on")

    def stop(self, contact: Contact, name: str) -> None:  # noqa: ARG002 - the port's signature
        """End the recording."""
        self._turn("stop", contact, "over")

    def fetch(self, reference: str) -> Iterator[bytes]:
        """Yield the sound, piece by piece."""
        self._faults.before("recorder.fetch")
        sound = self.data.get(reference)
        if sound is None:
            raise NotFound("the carrier has no such recording", code="unknown_recording")
        for number, start in enumerate(range(0, len(sound), PIECE)):
            if number == self.breaks_after:
                raise TransientDependency("the sound broke off")
            yield sound[start : start + PIECE]
        self._faults.after("recorder.fetch")

    def erase(self, reference: str) -> None:
        """Delete a recording; one that is gone is done."""
        self._faults.before("recorder.erase")
        self.sounds.pop(reference, None)
        if self.data.pop(reference, None) is not None:
            self.erased.append(reference)
        self._faults.after("recorder.erase")

    def left(self, reference: str, sound: bytes) -> None:
        """Hold a message that a caller left."""
        self.data[reference] = sound

    def under_way(self, contact_id: str) -> Sound | None:
        """Return the recording of a call that is on or paused."""
        return next(
            (s for s in self.sounds.values() if s.contact == contact_id and s.state != "over"), None
        )

    def says(self, contact_id: str, words: str) -> None:
        """Let something be said in a call: it is recorded where that is on."""
        found = self.under_way(contact_id)
        if found is not None and found.state == "on":
            found.parts.append(words)

    def heard(self, contact_id: str) -> list[str]:
        """Return what was recorded of a call, over all its recordings."""
        return [part for s in self.sounds.values() if s.contact == contact_id for part in s.parts]

    def hang_up(self, contact_id: str) -> None:
        """End the recording with the call."""
        found = self.under_way(contact_id)
        if found is not None:
            found.state = "over"

    def _turn(self, operation: str, contact: Contact, state: str) -> None:
        self._faults.before(f"recorder.{operation}")
        found = self.under_way(contact.id)
        if found is not None:
            found.state = state
        self._faults.after(f"recorder.{operation}")
