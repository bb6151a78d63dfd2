"""A key for browser telephones outlives a new token, and not a new account."""

from __future__ import annotations

import pytest

from cli.provider.centre import connect
from tests.support.going_live import ACCOUNT, TOKEN, Live
from tests.unit.cli.test_provider_account import stored

KEY = {"api_key_sid": "SK1", "api_key_secret": "secret"}


@pytest.mark.parametrize(
    ("before", "kept"), [(ACCOUNT, KEY), ("AC" + "9" * 32, {})], ids=["same", "another"]
)
def test_what_else_the_secret_holds_stays_with_its_account(
    deployment: Live,
    before: str,
    kept: dict[str, str],
) -> None:
    deployment.write_secret({"account_sid": before, "auth_token": "old", **KEY})
    connect(ACCOUNT, TOKEN)
    assert stored(deployment) == {"account_sid": ACCOUNT, "auth_token": TOKEN, **kept}
