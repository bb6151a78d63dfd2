"""The signature of a webhook is the one the carrier publishes."""

from __future__ import annotations

import pytest
from multidict import MultiDict

from local.twilio import sign

PUBLISHED = "https://mycompany.com/myapp.php?foo=1&bar=2"
BODY_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
VOICE = {
    "AccountSid": "AC00000000000000000000000000000001",
    "ApiVersion": "2010-04-01",
    "CallSid": "CA00000000000000000000000000000001",
    "CallStatus": "ringing",
    "Called": "+390200000001",
    "Caller": "+393330000001",
    "Direction": "inbound",
    "From": "+393330000001",
    "To": "+390200000001",
}


@pytest.mark.parametrize(
    ("token", "url", "params", "signature"),
    [
        (
            "12345",
            PUBLISHED,
            {
                "CallSid": "CA1234567890ABCDE",
                "Digits": "1234",
                "From": "+14158675309",
                "To": "+18005551212",
                "Caller": "+14158675309",
            },
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        (
            "12345",
            PUBLISHED,
            MultiDict(
                [
                    ("Sid", "CA123"),
                    ("SidAccount", "AC123"),
                    ("Digits", "5678"),
                    ("Digits", "1234"),
                ]
            ),
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        ("12345", f"{PUBLISHED}&bodySHA256={BODY_HASH}", {}, "a9nBmqA0ju/hNViExpshrM61xv4="),
        (
            "test-token",
            "https://api.example.com/v1/telephony/twilio/voice",
            VOICE,
            "YuaJ73e3P8DYgkuX1antvnT3QI4=",
        ),
    ],
    ids=["form", "duplicate keys", "json", "voice"],
)
def test_published_vectors(token: str, url: str, params: dict[str, str], signature: str) -> None:
    assert sign(token, url, params) == signature


def test_signature_covers_every_value() -> None:
    url = "https://api.example.com/v1/telephony/twilio/voice"
    assert sign("test-token", url, {**VOICE, "CallStatus": "completed"}) != sign(
        "test-token", url, VOICE
    )
