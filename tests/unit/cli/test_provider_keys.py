"""A key for browser telephones outlives a new token, and not a new account."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from cli import outputs
from cli.provider.centre import NotReady, connect
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


def test_a_secret_that_cannot_be_read_is_not_written_over(
    deployment: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write and not read would lose what else is there."""
    deployment.write_secret({"account_sid": ACCOUNT, "auth_token": "old", **KEY})
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue")
    client = boto3.client("secretsmanager")
    real = outputs.client

    def refuse(**_: str) -> None:
        raise denied

    with monkeypatch.context() as patched:
        patched.setattr(client, "get_secret_value", refuse)
        patched.setattr(
            outputs, "client", lambda name: client if name == "secretsmanager" else real(name)
        )
        with pytest.raises(NotReady, match="cannot be read"):
            connect(ACCOUNT, TOKEN)
    assert stored(deployment) == {"account_sid": ACCOUNT, "auth_token": "old", **KEY}
