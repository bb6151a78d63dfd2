"""What a carrier's account has to agree with: the lines, our addresses, the account itself.

Decides where each comes from. Asks the carrier one thing: whether an account is one of its own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.adapters.telephony.twilio import fallback, numbers
from centralino.adapters.telephony.twilio.api import TwilioApi
from centralino.adapters.telephony.twilio.received import PROVIDER
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.configuration.model import Line
from cli import outputs

ACCOUNT = "TWILIO_ACCOUNT_SID"
TOKEN = "TWILIO_AUTH_TOKEN"  # noqa: S105 - the name of a variable
API_URL = "TWILIO_API_URL"
#: A person waits for the answer, not a caller.
TIMEOUT_S = 10.0
BUDGET_S = 30.0
_SID = re.compile(r"AC[0-9a-fA-F]{32}")


class NotReady(Exception):
    """Something has to be done first; the message tells what."""


class BadAccount(Exception):
    """The account in the environment cannot be one."""


@dataclass(frozen=True, slots=True)
class Centre:
    """One deployment and the account that carries its calls, or those of some of its lines.

    Attributes
    ----------
    lines
        By id.
    fallback_url
        Base of the documents' addresses, without a slash at its end.
    bucket
        Where the documents are written.
    emergency
        E.164 number in the documents; empty for none.
    """

    lines: tuple[Line, ...]
    urls: Urls
    fallback_url: str
    bucket: str
    emergency: str
    account: str
    token: str = field(repr=False)
    api: TwilioApi = field(repr=False)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages callers are spoken to in."""
        return tuple(sorted({line.language for line in self.lines}))

    def documents(self) -> dict[str, str]:
        """Return what callers hear when we do not answer, by the name of the file."""
        return {
            fallback.file_name(language): fallback.document(language, self.emergency)
            for language in self.languages
        }

    def fallback(self, language: str) -> str:
        """Return the address of the document in a language."""
        return f"{self.fallback_url}/{fallback.file_name(language)}"


def centre(rules: Path | None) -> Centre:
    """Read everything.

    Parameters
    ----------
    rules
        The file whose lines count; the rules in force where there is none.

    Raises
    ------
    NotDeployed, NotReady, BadAccount, ConfigurationError, CentralinoError
        Something is missing or wrong; each says what.
    """
    names = outputs.read()
    lines = _lines(rules)
    account, token = _account(names)
    return Centre(
        lines=lines,
        urls=Urls(_output(names, "PublicUrl")),
        fallback_url=_output(names, "FallbackUrl").rstrip("/"),
        bucket=_output(names, "FallbackBucketName"),
        emergency=names.get("EmergencyNumber", ""),
        account=account,
        token=token,
        api=_api(names, account, token),
    )


def connect(account: str, token: str) -> str:
    """Ask the carrier whether it knows this account, and put it into the deployment's secret.

    Returns
    -------
    str
        The secret's address.
    """
    names = outputs.read()
    arn = _output(names, "TwilioSecretArn")
    check_sid(account)
    numbers.account(_api(names, account, token))
    secret = json.dumps({**_kept(arn, account), "account_sid": account, "auth_token": token})
    try:
        outputs.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=secret)
    except (ClientError, BotoCoreError) as error:
        raise NotReady(f"the secret cannot be written: {error}") from error
    return arn


def told() -> tuple[str, str]:
    """Return the account in the environment; two empty texts if there is none.

    Raises
    ------
    BadAccount
        Only a part of it is there, or it cannot be one.
    """
    account, token = (os.environ.get(name, "") for name in (ACCOUNT, TOKEN))
    if bool(account) != bool(token):
        raise BadAccount(f"{ACCOUNT} and {TOKEN} go together: one of them is not set")
    if account:
        check_sid(account)
    return account, token


def check_sid(account: str) -> None:
    """Raise `BadAccount` for what is no account's SID."""
    if not _SID.fullmatch(account):
        raise BadAccount("an account's SID is AC and 32 hexadecimal digits")


def _api(names: Mapping[str, str], account: str, token: str) -> TwilioApi:
    url = os.environ.get(API_URL) or names.get("TwilioApiUrl", "https://api.twilio.com")
    return TwilioApi(account, token, url, timeout_s=TIMEOUT_S, budget_s=BUDGET_S)


def _output(names: Mapping[str, str], key: str) -> str:
    if key not in names:
        raise NotReady(f"the deployment has no output {key}: run `npx cdk deploy --all`")
    return names[key]


def _lines(rules: Path | None) -> tuple[Line, ...]:
    if rules is None:
        from centralino.adapters.dynamodb.configuration import DynamoConfiguration
        from centralino.adapters.system import SystemClock

        found = DynamoConfiguration(outputs.tables(), SystemClock()).current().lines
    else:
        from centralino.adapters.calendars import known
        from centralino.application import publishing
        from centralino.contracts.configuration import read_text

        found = publishing.drafted(read_text(rules), str(rules), known).rules.lines
    return tuple(found[key] for key in sorted(found) if found[key].provider == PROVIDER)


def _account(names: Mapping[str, str]) -> tuple[str, str]:
    account, token = told()
    if account:
        return account, token
    arn = _output(names, "TwilioSecretArn")
    secret = _secret(arn)
    account, token = str(secret.get("account_sid", "")), str(secret.get("auth_token", ""))
    if not _SID.fullmatch(account) or not token:
        raise NotReady(
            f"the secret {arn} does not hold the carrier's account yet: "
            "run `centralino provider twilio connect`"
        )
    return account, token


def _kept(arn: str, account: str) -> dict[str, Any]:
    """Return what else the secret holds of this account, such as a key for browser telephones.

    Raises
    ------
    NotReady
        It cannot be read: writing it would lose what is there.
    """
    secret = _secret(arn)
    return secret if secret.get("account_sid") == account else {}


def _secret(arn: str) -> dict[str, Any]:
    try:
        text = outputs.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    except (ClientError, BotoCoreError) as error:
        raise NotReady(f"the secret of the carrier's account cannot be read: {error}") from error
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    # Never quoted: it may be a token that was pasted where an object belongs.
    return found if isinstance(found, dict) else {}
