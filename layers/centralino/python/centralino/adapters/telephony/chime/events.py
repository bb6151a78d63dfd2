"""What a SIP media application tells, schema 1.0, as canonical commands.

Published samples differ from what the service sends, and from each other: other names for the
type and the application, other casing of the legs, numbers as strings. All are read. Sequence
numbers do not always rise, so nothing here depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from centralino.domain.errors import InvalidRequest
from centralino.domain.telephony.capabilities import Provider
from centralino.domain.telephony.commands import (
    AnnouncementAsked,
    CallArrived,
    CallProgressed,
    Command,
    InputGiven,
    LegJoined,
    LegLeft,
    PresentAsked,
    WaitContinued,
)

#: Names of what a transaction keeps for us between two invocations.
CONTACT, STEP, RID, WAITING = "contact", "step", "rid", "waiting"
#: The agent's leg that is bridged, and the one that was before it, as the service names them.
LEG, OLD_LEG = "leg", "old_leg"
CALLER, AGENT = "LEG-A", "LEG-B"
#: What we ask of a call that is under way, as ``Arguments`` of an update.
DO, BRIDGE, DROP, END = "do", "bridge", "drop", "end"
PRESENT, ANNOUNCE = "present", "announce"
#: An update that only asks whether the call is there.
NOTHING = "nothing"
_LONGEST = 256
_BUSY, _NO_ANSWER = {"486", "600"}, {"408", "480", "487"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One end of the transaction's calls."""

    id: str
    tag: str
    live: bool


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation.

    Attributes
    ----------
    call : str
        Our name of the call: application and transaction.
    kind : str
        Its type.
    action : str
        The type of the action it is about, if it is about one.
    update : mapping
        What an update of ours asked for.
    kept : mapping
        What the transaction kept for us.
    """

    call: str
    kind: str
    legs: tuple[Leg, ...]
    caller: str
    called: str
    action: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def update(self) -> dict[str, str]:
        """What an update of ours asked for; empty for anything else."""
        arguments = _mapping(_mapping(self.data.get("Parameters")).get("Arguments"))
        return {str(k): str(v) for k, v in arguments.items()}

    def leg(self, tag: str) -> Leg | None:
        """Return the leg of this tag, if there is one: the live one of several."""
        tagged = sorted((leg for leg in self.legs if leg.tag == tag), key=lambda leg: not leg.live)
        return next(iter(tagged), None)

    @property
    def of_old_leg(self) -> bool:
        """Whether it is about an agent's leg that another one has taken the place of."""
        parameters = _mapping(self.data.get("Parameters"))
        if str(parameters.get("ParticipantTag", CALLER)).upper() != AGENT:
            return False
        leg, now = str(parameters.get("CallId", "")), self.kept.get(LEG)
        return bool(leg) and (leg != now if now is not None else leg == self.kept.get(OLD_LEG))


def read(event: Mapping[str, Any]) -> Invocation:
    """Return an invocation in our words.

    Raises
    ------
    InvalidRequest
        It lacks what every invocation has (code ``malformed_event``).
    """
    details = _mapping(event.get("CallDetails"))
    kind = event.get("InvocationEventType") or event.get("InvocationEvent")
    application = details.get("SipMediaApplicationId") or details.get("SipApplicationId")
    transaction = details.get("TransactionId")
    for value in (kind, application, transaction):
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
            raise InvalidRequest("the invocation names no call", code="malformed_event")
    people = [_mapping(one) for one in _list(details.get("Participants"))]
    caller = next((one for one in people if _tag(one) == CALLER), {})
    data = _mapping(event.get("ActionData"))
    return Invocation(
        call=f"{application}/{transaction}",
        kind=str(kind),
        legs=tuple(Leg(str(one.get("CallId", "")), _tag(one), _live(one)) for one in people),
        caller=_number(caller.get("From")),
        called=_number(caller.get("To")),
        action=str(data.get("Type", "")),
        data=data,
        kept={
            str(key): str(value)
            for key, value in _mapping(details.get("TransactionAttributes")).items()
        },
    )


def commands(told: Invocation) -> list[Command]:
    """Return what an invocation says, in order; nothing where it only echoes our own doing."""
    contact, call, rid = told.kept.get(CONTACT, ""), told.call, told.kept.get(RID)
    if told.kind == "NEW_INBOUND_CALL":
        return [CallArrived(Provider.CHIME.value, call, told.caller, told.called)]
    if told.kind == "HANGUP":
        return _hung_up(told)
    if not contact:
        return []
    if told.kind == "ACTION_SUCCESSFUL":
        match told.action:
            case "SpeakAndGetDigits":
                digits = str(told.data.get("ReceivedDigits", ""))
                return [InputGiven(contact, call, told.kept.get(STEP, ""), digits)]
            case "CallAndBridge":
                return [LegJoined(contact, call, rid), LegJoined(contact, call, None)]
            case _ if told.kept.get(WAITING):
                return [WaitContinued(contact, call)]
    if told.kind == "ACTION_FAILED":
        match told.action:
            case "SpeakAndGetDigits":
                return [InputGiven(contact, call, told.kept.get(STEP, ""))]
            case "CallAndBridge":
                return [
                    LegLeft(contact, call, rid, _unreached(told.data)),
                    WaitContinued(contact, call),
                ]
            case _ if told.kept.get(WAITING):
                return [WaitContinued(contact, call)]
    if told.kind == "CALL_UPDATE_REQUESTED":
        match told.update.get(DO):
            case "present":
                return [PresentAsked(contact, call)]
            case "announce":
                return [AnnouncementAsked(contact)]
            case "nothing":
                return _goes_on(told, contact)
    return []


def _goes_on(told: Invocation, contact: str) -> list[Command]:
    """Return what has the caller hear on: an update takes the place of what was under way."""
    if told.kept.get(WAITING):
        return [WaitContinued(contact, told.call)]
    # Without either the caller is bridged, or about to be: nothing may come in between.
    return [PresentAsked(contact, told.call)] if told.kept.get(STEP) else []


def _hung_up(told: Invocation) -> list[Command]:
    contact, call, rid = told.kept.get(CONTACT), told.call, told.kept.get(RID)
    parameters = _mapping(told.data.get("Parameters"))
    tag = str(parameters.get("ParticipantTag", CALLER)).upper()
    if tag == AGENT:
        if not contact or told.of_old_leg:
            return []
        left = LegLeft(contact, call, rid, "hung_up")
        caller = told.leg(CALLER)
        return [left, PresentAsked(contact, call)] if caller and caller.live else [left]
    return [CallProgressed(Provider.CHIME.value, call, "completed", ended=True, contact=contact)]


def _unreached(data: Mapping[str, Any]) -> str:
    code = str(_mapping(data.get("Parameters")).get("SipResponseCode", ""))
    kind = str(data.get("ErrorType", ""))
    if code in _BUSY or "Busy" in kind:
        return "busy"
    return "no_answer" if code in _NO_ANSWER or "NotAnswered" in kind else "failed"


def _tag(one: Mapping[str, Any]) -> str:
    return str(one.get("ParticipantTag", "")).upper()


def _live(one: Mapping[str, Any]) -> bool:
    return str(one.get("Status", "Connected")).lower() == "connected"


def _number(value: Any) -> str:
    """Return a number in E.164, empty where it is withheld; samples write it without its plus."""
    text = str(value or "")
    if text.isdigit() and len(text) > 6:
        return f"+{text}"
    return text if text.startswith("+") and text[1:].isdigit() else ""


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
