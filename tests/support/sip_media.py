"""A SIP media application that carries out what a function replies, schema 1.0.

It holds one transaction with its legs, asks the function as the service does, and takes updates
like the SDK's client. People are told to do things by the test: dial, press, pick up, hang up.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

APPLICATION = "11111111-2222-3333-4444-555555555555"


class SipMedia:
    """One call.

    Parameters
    ----------
    ask : callable
        The function: takes an event, returns the reply.

    Attributes
    ----------
    said : list of str
        What the caller has heard.
    played : list of (kind, words or milliseconds, voice)
        What was played, pauses included.
    ringing : dict or None
        Parameters of a bridge that rings.
    """

    def __init__(self, ask: Callable[[dict[str, Any]], dict[str, Any]], transaction: str = "t1"):
        self._ask = ask
        self.transaction = transaction
        self.sequence = 0
        self.legs: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, str] = {}
        self.said: list[str] = []
        self.played: list[tuple[str, str, str]] = []
        self.ringing: dict[str, Any] | None = None
        self.asking: dict[str, Any] | None = None
        self.pausing: dict[str, Any] | None = None
        self.shape: Callable[[dict[str, Any]], dict[str, Any]] = lambda event: event

    @property
    def live(self) -> set[str]:
        """Tags of the legs that are billed."""
        return {tag for tag, leg in self.legs.items() if leg["Status"] == "Connected"}

    # ---------------------------------------------------------------- people

    def dial(self, number: str, caller: str = "+393330000001") -> None:
        """A customer calls."""
        self.legs["LEG-A"] = {
            "CallId": "call-a",
            "ParticipantTag": "LEG-A",
            "To": number,
            "From": caller,
            "Direction": "Inbound",
            "StartTimeInMilliseconds": "1700000000000",
            "Status": "Connected",
        }
        self.tell("NEW_INBOUND_CALL")

    def press(self, digits: str) -> None:
        """The caller answers what is asked."""
        asked, self.asking = self.asking, None
        assert asked is not None
        data = {"Type": "SpeakAndGetDigits", "Parameters": asked, "ReceivedDigits": digits}
        self.tell("ACTION_SUCCESSFUL", data)

    def press_nothing(self) -> None:
        """The caller says nothing to what is asked."""
        asked, self.asking = self.asking, None
        data = {
            "Type": "SpeakAndGetDigits",
            "Parameters": asked,
            "ErrorType": "InvalidDigitsReceived",
            "ErrorMessage": "",
        }
        self.tell("ACTION_FAILED", data)

    def wait(self) -> None:
        """The pause in line is over."""
        pause, self.pausing = self.pausing, None
        assert pause is not None
        self.tell("ACTION_SUCCESSFUL", {"Type": "Pause", "Parameters": pause})

    def pick_up(self) -> None:
        """The agent answers the phone that rings."""
        rung, self.ringing = self.ringing, None
        assert rung is not None
        self.legs["LEG-B"] = {
            "CallId": f"call-b{self.sequence}",
            "ParticipantTag": "LEG-B",
            "To": rung["Endpoints"][0]["Uri"],
            "From": rung["CallerIdNumber"],
            "Direction": "Outbound",
            "StartTimeInMilliseconds": "1700000000000",
            "Status": "Connected",
        }
        self.tell("ACTION_SUCCESSFUL", {"Type": "CallAndBridge", "Parameters": rung})

    def no_answer(self) -> None:
        """Nobody answers the phone that rings."""
        rung, self.ringing = self.ringing, None
        data = {
            "Type": "CallAndBridge",
            "Parameters": {**(rung or {}), "SipResponseCode": "480"},
            "ErrorType": "CallNotAnswered",
            "ErrorMessage": "",
        }
        self.tell("ACTION_FAILED", data)

    def hang_up(self, tag: str) -> None:
        """Somebody hangs up."""
        if tag not in self.live:
            return
        self.legs[tag]["Status"] = "Disconnected"
        parameters = {
            "SipResponseCode": 0,
            "CallId": self.legs[tag]["CallId"],
            "ParticipantTag": tag,
        }
        self.tell("HANGUP", {"Type": "Hangup", "Parameters": parameters})

    # ---------------------------------------------------------------- the service

    def update_sip_media_application_call(
        self,
        *,
        SipMediaApplicationId: str,
        TransactionId: str,
        Arguments: dict[str, str],
    ) -> dict[str, Any]:
        """Take an update of a call, as the SDK's client does."""
        assert SipMediaApplicationId == APPLICATION
        if TransactionId != self.transaction or "LEG-A" not in self.live:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "Update")
        assert all(isinstance(value, str) for value in Arguments.values())
        data = {"Type": "CallUpdateRequest", "Parameters": {"Arguments": Arguments}}
        # The new actions take the place of those under way.
        self.pausing = self.asking = None
        self.tell("CALL_UPDATE_REQUESTED", data)
        return {}

    def tell(self, kind: str, data: dict[str, Any] | None = None) -> None:
        """Invoke the function and carry out its reply."""
        self.sequence += 1
        event: dict[str, Any] = {
            "SchemaVersion": "1.0",
            "Sequence": self.sequence,
            "InvocationEventType": kind,
            "CallDetails": {
                "TransactionId": self.transaction,
                "TransactionAttributes": self.kept,
                "AwsAccountId": "111122223333",
                "AwsRegion": "eu-central-1",
                "SipRuleId": "rule",
                "SipMediaApplicationId": APPLICATION,
                "Participants": [dict(leg) for leg in self.legs.values()],
            },
        }
        if data is not None:
            event["ActionData"] = data
        reply = json.loads(json.dumps(self._ask(self.shape(event))))
        assert reply["SchemaVersion"] == "1.0"
        assert len(reply["Actions"]) <= 10
        assert all(isinstance(value, str) for value in reply["TransactionAttributes"].values())
        assert len(json.dumps(reply["TransactionAttributes"])) < 20_000
        self.kept = reply["TransactionAttributes"]
        for action in reply["Actions"]:
            self._do(action["Type"], action["Parameters"])

    def _do(self, kind: str, parameters: dict[str, Any]) -> None:
        match kind:
            case "Speak":
                self._speak(parameters)
            case "SpeakAndGetDigits":
                self._speak(parameters["SpeechParameters"])
                self.asking = parameters
            case "Pause":
                assert int(parameters["DurationInMilliseconds"]) > 0
                self.pausing = parameters
                self.played.append(("pause", parameters["DurationInMilliseconds"], ""))
            case "CallAndBridge":
                assert 1 <= parameters["CallTimeoutSeconds"] <= 120
                self.ringing = parameters
            case "Hangup":
                tag = parameters["ParticipantTag"]
                if tag == "LEG-B" and self.ringing is not None:
                    self.ringing = None
                self.hang_up(tag)
            case _:
                raise AssertionError(f"there is no action {kind}")

    def _speak(self, speech: dict[str, str]) -> None:
        text = speech["Text"]
        if speech["TextType"] == "ssml":
            text = " ".join("".join(ElementTree.fromstring(text).itertext()).split())
        self.said.append(text)
        self.played.append(("say", text, speech["VoiceId"]))
