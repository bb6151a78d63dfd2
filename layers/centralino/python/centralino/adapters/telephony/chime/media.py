"""The ``Media`` port over a SIP media application.

A call is changed by an update: the service then invokes our function with what we asked for, and
the reply does it. The agent is reached on a phone of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.adapters.telephony.chime.events import (
    ANNOUNCE,
    BRIDGE,
    DO,
    DROP,
    END,
    NOTHING,
    PRESENT,
)
from centralino.application.ports import Item, Operations
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import RuleViolation, TransientDependency

PhoneOf = Callable[[str], str | None]
_BRIDGED = "bridged"
_KEPT_S = 24 * 3600
_GONE = frozenset({"NotFoundException", "GoneException"})


def note_bridged(operations: Operations, call: str, rid: str | None, now: int) -> None:
    """Keep which leg the caller is bridged with; ``None`` once there is none."""
    if rid is None:
        operations.delete(_place(call), _BRIDGED)
    else:
        ttl = now // 1000 + _KEPT_S
        operations.put(Item(_place(call), _BRIDGED, {"rid": rid}, ttl))


def bridged(operations: Operations, call: str) -> str | None:
    """Return the leg that the caller is bridged with."""
    item = operations.get(_place(call), _BRIDGED)
    return str(item.attributes["rid"]) if item is not None else None


def _place(call: str) -> str:
    return f"chime#{call}"


class ChimeMedia:
    """See :class:`centralino.application.ports.Media`.

    Parameters
    ----------
    client
        The SDK's client of ``chime-sdk-voice``.
    phone_of : callable
        Returns the phone (E.164) on which an agent takes calls, if they named one.
    """

    def __init__(self, client: Any, operations: Operations, phone_of: PhoneOf) -> None:
        self._client = client
        self._operations = operations
        self._phone_of = phone_of

    def joins(self, contact: Contact) -> bool:  # noqa: ARG002 - the port's signature
        """Return True: the bridge tells when both ends are in it."""
        return True

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Ring the agent's phone and bridge it with the caller.

        Raises ``RuleViolation`` (``no_agent_phone``) for an agent who has named none.
        """
        phone = self._phone_of(agent_id)
        if phone is None:
            raise RuleViolation("the agent has no phone for calls", code="no_agent_phone")
        self._update(contact, {DO: BRIDGE, "rid": rid, "phone": phone})

    def add_number(self, contact: Contact, rid: str, number: str) -> None:  # noqa: ARG002
        """Refuse: a bridge has two ends."""
        raise RuleViolation("this provider joins no third party", code="not_supported")

    def bring_caller(self, contact: Contact) -> None:
        """Do nothing: the bridge has taken the caller along."""

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """End the agent's leg; one bridged since under another offer stays."""
        self._update(contact, {DO: DROP, "rid": rid})

    def recall_caller(self, contact: Contact) -> None:
        """Have the caller hear what the contact's state says."""
        self._update(contact, {DO: PRESENT})

    def hold(self, contact: Contact) -> None:  # noqa: ARG002 - the port's signature
        """Refuse: a bridge cannot be interrupted."""
        raise RuleViolation("this provider cannot hold a call", code="not_supported")

    def resume(self, contact: Contact) -> None:  # noqa: ARG002 - the port's signature
        """Refuse, as :meth:`hold` does."""
        raise RuleViolation("this provider cannot hold a call", code="not_supported")

    def mute_agent(self, contact: Contact, rid: str) -> None:  # noqa: ARG002
        """Refuse: the service mutes in its meetings alone, and a bridge is none."""
        raise RuleViolation("this provider mutes nobody", code="not_supported")

    def unmute_agent(self, contact: Contact, rid: str) -> None:  # noqa: ARG002
        """Refuse, as :meth:`mute_agent` does."""
        raise RuleViolation("this provider mutes nobody", code="not_supported")

    def send_digits(self, contact: Contact, rid: str | None, name: str) -> None:  # noqa: ARG002
        """Refuse: what an action does to a bridge that is under way is not documented."""
        raise RuleViolation("this provider sends no keys in a talk", code="not_supported")

    def announce(self, contact: Contact) -> None:
        """Say it to the caller: the other leg has gone, so nothing is interrupted."""
        self._update(contact, {DO: ANNOUNCE})

    def hang_up(self, contact: Contact) -> None:
        """End both legs."""
        self._update(contact, {DO: END})

    def has_leg(self, contact: Contact, rid: str) -> bool | None:
        """Tell what the service last told of the leg: it cannot be asked."""
        return bridged(self._operations, contact.call or "") == rid

    def alive(self, contact: Contact) -> bool | None:
        """Ask whether the call still takes updates; after this one the caller hears on."""
        try:
            return self._update(contact, {DO: NOTHING})
        except TransientDependency:
            return None

    def _update(self, contact: Contact, arguments: dict[str, str]) -> bool:
        """Ask for an update; return False where the call is gone, which counts as done."""
        application, _, transaction = (contact.call or "").partition("/")
        if not transaction:
            return False
        try:
            self._client.update_sip_media_application_call(
                SipMediaApplicationId=application,
                TransactionId=transaction,
                Arguments=arguments,
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                return False
            raise TransientDependency("the call could not be updated") from error
        except BotoCoreError as error:
            raise TransientDependency("the call could not be updated") from error
        return True
