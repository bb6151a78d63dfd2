"""Twilio's side of a deployment: the secret, checking and reading webhooks, rendering answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from centralino.adapters.telephony.twilio import signature, twiml, webhooks
from centralino.adapters.telephony.twilio.urls import PREFIX, Urls
from centralino.domain.errors import Conflict, NotFound
from centralino.domain.telephony.actions import Action
from centralino.domain.telephony.commands import Command

#: How long a browser may take calls without asking again.
TOKEN_S = 3600


@dataclass(frozen=True, slots=True)
class Twilio:
    """One Twilio account and the addresses it knows us by."""

    account: str
    token: str = field(repr=False)
    urls: Urls
    key_sid: str = ""
    key_secret: str = field(default="", repr=False)
    application: str = ""

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

    def browser_token(self, identity: str) -> tuple[str, int]:
        """Return a token that makes a browser a telephone, and for how many seconds.

        Raises
        ------
        Conflict
            The provider's secret holds no API key (``browser_not_set_up``).
        """
        if not self.key_sid or not self.key_secret:
            raise Conflict("browser telephones are not set up", code="browser_not_set_up")
        # Signing is dear to load and asked for once an hour and agent.
        from centralino.adapters.telephony.twilio import browser

        key = browser.Key(self.key_sid, self.key_secret, self.application)
        return browser.token(self.account, key, identity, TOKEN_S), TOKEN_S

    def render(self, actions: Sequence[Action], *, path: str, raw_query: str) -> str:
        """Return the TwiML of these actions, the answer to the webhook at this address."""
        queued = webhooks.queued(path.rpartition("/")[2], raw_query)
        return twiml.render(actions, self.urls, queued=queued)
