"""Who calls the public API: the address that a limit counts by.

Where a distribution stands in front, every request comes from the distribution, which says in a
header who called it. Whoever calls the API past it can write that header, too; so it is believed
only beside the secret that the distribution adds to what it passes on, and what comes without the
secret is refused. Where none stands in front, headers say nothing.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from ipaddress import ip_address

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from centralino.domain.errors import Forbidden
from centralino.runtime import wiring
from centralino.runtime.settings import WebCallSettings, settings

#: What the distribution adds to each request; the value is a secret of the deployment.
ORIGIN_HEADER = "x-centralino-origin"


def source(event: APIGatewayProxyEventV2) -> str:
    """Return the address of whoever calls.

    Raises
    ------
    Forbidden
        A distribution stands in front, and this request did not come through it (code
        ``past_the_front``).
    TransientDependency
        The secret cannot be read.
    """
    found = settings(WebCallSettings)
    header = found.viewer_address_header
    connected = str(event.request_context.http.source_ip)
    if not header:
        return connected
    if not _vouched_for(event.headers.get(ORIGIN_HEADER, ""), found.origin_secret_arn):
        raise Forbidden("requests come through the distribution", code="past_the_front")
    seen = event.headers.get(header, "")
    # CloudFront appends the port.
    for address in (seen.rpartition(":")[0].strip("[]"), seen):
        with suppress(ValueError):
            return str(ip_address(address))
    return connected


def _vouched_for(given: str, arn: str) -> bool:
    """Tell whether a request carries the secret; while it is changed there are two of them."""
    known = wiring.secret(arn).split() if arn else ()
    # In a time that does not hang on where they differ.
    return any(hmac.compare_digest(given.encode(), secret.encode()) for secret in known)
