"""One webhook of the carrier with what all of them carry: call, contact, status, identity."""

from __future__ import annotations

import re
from dataclasses import dataclass

from centralino.adapters.telephony.twilio.forms import Fields
from centralino.domain import ids
from centralino.domain.errors import InvalidRequest

PROVIDER = "twilio"

ANY = re.compile(r".*", re.DOTALL)
CALL = re.compile(r"CA[0-9a-f]{32}")
STEP = re.compile(r"[A-Za-z0-9_.-]{1,80}")
WORD = re.compile(r"[A-Za-z0-9_-]{1,60}")
SEQUENCE = re.compile(r"[0-9]{1,9}")

STATUSES = {
    "queued": "queued",
    "initiated": "initiated",
    "ringing": "ringing",
    "in-progress": "in_progress",
    "completed": "completed",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "no_answer",
    "canceled": "canceled",
}
ENDED = frozenset({"completed", "busy", "failed", "no_answer", "canceled"})
UNREACHED = ENDED - {"completed"}


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook: its fields, our own parameters from the query, and its id if it has one."""

    fields: Fields
    own: Fields
    token: str | None

    @property
    def call(self) -> str:
        """The call it is about."""
        return self.fields.need("CallSid", CALL)

    @property
    def contact(self) -> str:
        """The contact that our own address named."""
        value = self.own.need("c", ANY)
        if not ids.is_id(ids.CONTACT, value):
            raise InvalidRequest("the parameter c is no contact id", code="malformed_field")
        return value

    @property
    def step(self) -> str:
        """The step of a flow that our own address named."""
        return self.own.need("s", STEP)

    @property
    def status(self) -> str | None:
        """The canonical word for CallStatus, ``None`` for one we do not know."""
        return STATUSES.get(self.fields.need("CallStatus", WORD))

    def id(self, of: str) -> str | None:
        """Return what identifies this message among those about one call or conference."""
        number = self.fields.optional("SequenceNumber", SEQUENCE)
        return f"{of}:{number}" if number is not None else self.token
