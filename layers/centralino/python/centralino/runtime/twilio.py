"""Twilio's side of a deployment: the secret, checking and reading webhooks, rendering answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from centralino.adapters.telephony.twilio import signature, twiml, webhooks
from centralino.adapters.telephony.twilio.urls import PREFIX, Urls
from centralino.domain.errors import NotFound
from centralino.domain.telephony.actions import Action
from centralino.domain.telephony.commands import Command


@dataclass(frozen=True, slots=True)
class Twilio:
    """One Twilio account and the addresses it knows us by."""

    account: str
    token: str = field(repr=False)
    urls: Urls

    def read(
        self, *, path: str, raw_query: str, headers: Mapping[str, str], body: bytes
    ) -> Command:
        """Verify a webhook and return what it says.

        Raises
        ------
        Forbidden
            It is not signed, or by somebody else.
        InvalidRequest
            It is malformed.
        """
        prefix, _, step = path.rpartition("/")
        if not prefix.endswith(PREFIX):
            raise NotFound("there is no such webhook", code="unknown_webhook")
        signature.verify(self.token, self.urls.requested(step, raw_query), body, headers)
        return webhooks.read(step, raw_query, body, headers, account=self.account)

    def render(self, actions: Sequence[Action]) -> str:
        """Return the TwiML of these actions."""
        return twiml.render(actions, self.urls)
