"""What makes an agent's browser a telephone: an access token for the carrier's Voice library.

Made here, without asking the carrier, from an API key of the account. Imported when one is asked
for: signing costs more to load than everything else of this adapter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant


@dataclass(frozen=True, slots=True)
class Key:
    """An API key of the account; ``application`` is what calls from the browser ask, if any."""

    sid: str
    secret: str = field(repr=False)
    application: str = ""


def token(account: str, key: Key, identity: str, seconds: int) -> str:
    """Return a token with which a browser is rung as ``client:<identity>``.

    Without an application it takes calls and makes none.
    """
    made = AccessToken(account, key.sid, key.secret, identity=identity, ttl=seconds)
    made.add_grant(
        VoiceGrant(incoming_allow=True, outgoing_application_sid=key.application or None)
    )
    return str(made.to_jwt())
