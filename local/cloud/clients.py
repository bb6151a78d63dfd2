"""boto3 clients of the embedded cloud.

Decides the account the clients speak for. Never reads the caller's own AWS settings, so that
no request meant for the laptop can reach a real account.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from local.cloud.cloud import REGION

# The emulator takes any key; this is the account number it gives to callers it does not know.
ACCESS_KEY = "test"
SECRET_KEY = "test"
ACCOUNT = "000000000000"

# Profile and files are where botocore would find the caller's settings.
_OWN_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def client(service: str, endpoint: str, **overrides: Any) -> Any:
    """A client of `service` at `endpoint`; safe to share between threads.

    Parameters
    ----------
    overrides
        Further `botocore.config.Config` settings, such as `max_pool_connections`.
    """
    settings: dict[str, Any] = {
        "retries": {"max_attempts": 2},
        "connect_timeout": 3,
        # No proxy of the caller's stands between two processes of one machine.
        "proxies": {},
        **overrides,
    }
    # A client's type depends on a literal service name, which is not known here.
    make: Any = _session().client
    return make(service, endpoint_url=endpoint, config=Config(**settings))


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=REGION,
        botocore_session=botocore.session.Session(session_vars=_OWN_SETTINGS),
    )
