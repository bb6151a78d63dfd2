"""The ports of what can be done to a call, whoever carries it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn, Protocol

from centralino.domain.contacts.model import Contact
from centralino.domain.errors import RuleViolation


class Media(Protocol):
    """What can be done to a call that is under way, whoever carries it.

    The conversation of a child contact is its parent's: a third party joins the customer's.

    Methods raise ``TransientDependency`` when it is unknown whether they worked, and treat a call
    or leg that is already gone as done.
    """

    def joins(self, contact: Contact) -> bool:
        """Tell whether an accepted offer needs its legs joined before it counts as connected."""
        ...

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Ring the agent's leg into the conversation named by the contact."""
        ...

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """Ring an outside number (E.164) into the conversation, its leg named ``rid``."""
        ...

    def bring_caller(self, contact: Contact) -> None:
        """Take the caller out of the queue, to what :func:`present` says now."""
        ...

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """End the leg named ``rid``, an agent's or an outside party's; the caller stays."""
        ...

    def recall_caller(self, contact: Contact) -> None:
        """Bring a caller who already left the queue back to it; leave others where they are."""
        ...

    def hold(self, contact: Contact) -> None:
        """Let the caller hear the waiting music instead of the others."""
        ...

    def resume(self, contact: Contact) -> None:
        """Let the caller and the others hear each other again."""
        ...

    def mute_agent(self, contact: Contact, rid: str) -> None:
        """Let nobody in the conversation hear the leg named ``rid``, which hears on."""
        ...

    def unmute_agent(self, contact: Contact, rid: str) -> None:
        """Let the others hear the leg named ``rid`` again."""
        ...

    def send_digits(self, contact: Contact, rid: str | None, name: str) -> None:
        """Let one leg, the caller's without ``rid``, hear what ``DigitsAsked`` gives for ``name``.

        Raises ``RuleViolation`` (``leg_gone``) where that leg is not in the conversation.
        """
        ...

    def announce(self, contact: Contact) -> None:
        """Let the caller, who stays in the conversation, hear what ``AnnouncementAsked`` says."""
        ...

    def hang_up(self, contact: Contact) -> None:
        """End the call with all its legs."""
        ...

    def has_leg(self, contact: Contact, rid: str) -> bool | None:
        """Ask whether the leg named ``rid`` is in the conversation, no longer ringing.

        ``None`` when the carrier cannot tell, or where there are no legs to tell of.
        """
        ...

    def alive(self, contact: Contact) -> bool | None:
        """Ask the carrier whether the caller's call exists; ``None`` when it cannot tell."""
        ...


class Recorder(Protocol):
    """Records the call of a contact: everything its caller says and hears, from now on.

    A recording has a name of ours, so that asking twice makes one. Its end is told by the
    carrier (``RecordingEnded``). Raises as :class:`Media` does, and ``RuleViolation``
    (``not_supported``) where the provider cannot record.
    """

    def start(self, contact: Contact, name: str) -> None:
        """Start recording, unless a recording of this name is under way."""
        ...

    def pause(self, contact: Contact, name: str) -> None:
        """Leave out what follows, silence in its place, until :meth:`resume`."""
        ...

    def resume(self, contact: Contact, name: str) -> None:
        """Record again."""
        ...

    def stop(self, contact: Contact, name: str) -> None:
        """End the recording; the call goes on."""
        ...

    def fetch(self, reference: str) -> Iterator[bytes]:
        """Yield the sound of a finished recording or message, by what the carrier named it.

        Raises ``NotFound`` (``unknown_recording``) where the carrier has it no more.
        """
        ...

    def erase(self, reference: str) -> None:
        """Delete a recording or message at the carrier; gone already is done."""
        ...


class NoRecorder:
    """A provider that records nothing: no announcement of a recording may play either."""

    def _refuse(self, *_: object) -> NoReturn:
        raise RuleViolation("this provider cannot record", code="not_supported")

    start = pause = resume = stop = fetch = erase = _refuse


class Supervision(Protocol):
    """Takes a supervisor's leg into a conversation that is under way.

    Modes: ``monitor`` hears all and is heard by nobody, ``coach`` is heard by the agent alone,
    ``barge`` is heard by all. Raises as :class:`Media` does, and ``RuleViolation``
    (``not_supported``).
    """

    def listen(self, contact: Contact, leg: str, agent_id: str, mode: str, beside: str) -> None:
        """Ring the supervisor in as ``leg``; ``beside`` is the leg of the agent who is coached."""
        ...

    def change(self, contact: Contact, leg: str, mode: str, beside: str) -> None:
        """Change the mode of a supervisor who is in."""
        ...

    def leave(self, contact: Contact, leg: str) -> None:
        """End the supervisor's leg."""
        ...


class NoSupervision:
    """A provider without supervision."""

    def _refuse(self, *_: object) -> NoReturn:
        raise RuleViolation("this provider lets nobody listen in", code="not_supported")

    listen = change = leave = _refuse


class Dialler(Protocol):
    """Rings a customer.

    ``attempt`` is written before anything is dialled and comes back with everything the carrier
    says about the call, so that after a crash the carrier can be asked before dialling again.
    Raises as :class:`Media` does.
    """

    def ring_into(
        self, contact: Contact, attempt: str, number: str, caller_id: str, *, detect: bool
    ) -> None:
        """Ring the customer into the conversation in which the agent waits (agent first).

        The conversation ends with the customer's leg. ``detect`` asks for answering-machine
        detection, where the provider has it.
        """
        ...

    def ring(
        self,
        contact: Contact,
        attempt: str,
        number: str,
        caller_id: str,
        *,
        detect: bool,
        message: bool = False,
    ) -> None:
        """Ring the customer, whose call then asks what to do as if it had come in.

        ``message``: a machine is told of once it listens, so that something can be left there.
        """
        ...

    def found(self, contact: Contact, attempt: str) -> str | None:
        """Return the carrier's call of an attempt, if it made one; raises when it cannot tell."""
        ...


class NoDialler:
    """A provider that calls nobody."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise RuleViolation("this provider calls nobody", code="not_supported")

    ring_into = ring = found = _refuse
