"""Whether a request was signed by the carrier with our account's token.

Decides genuine or not, by the rule published at
https://www.twilio.com/docs/usage/security#validating-requests; never reads what a request says.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

from centralino.adapters.telephony.twilio.forms import (
    MAX_BODY_BYTES,
    Fields,
    header,
    is_form,
    parse_body,
    parse_query,
)
from centralino.domain.errors import Forbidden, InvalidRequest

HEADER = "X-Twilio-Signature"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def verify(token: str, url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Accept a request that the carrier signed, and raise for every other one.

    Parameters
    ----------
    token : str
        The account's auth token.
    url : str
        The address as the carrier knows it; see :meth:`Urls.requested`.
    body : bytes
        The body as it came, base64 of the gateway undone.
    headers
        In any case. A body that is not declared as a form must be covered by ``bodySHA256`` in
        the signed query.

    Raises
    ------
    Forbidden
        There is no signature or it is another one (``invalid_signature``).
    InvalidRequest
        The body is too large or no form, so that nothing can have been signed.
    """
    given = header(headers, HEADER)
    if not given or not url.isascii():
        raise _refusal()
    if is_form(headers):
        signed = parse_body(body)
    else:
        _check_hash(url, body)
        signed = Fields([])
    compute = RequestValidator(token).compute_signature
    # The package's own comparison stops at the first difference in length; this one does not.
    matches = [_equal(compute(known, signed), given) for known in _with_and_without_port(url)]
    if not any(matches):
        raise _refusal()


def _check_hash(url: str, body: bytes) -> None:
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("the body is over 64 KB", code="body_too_large")
    claimed = parse_query(urlsplit(url).query).get("bodySHA256", "")
    if not _equal(hashlib.sha256(body).hexdigest(), claimed.lower()):
        raise _refusal()


def _with_and_without_port(url: str) -> tuple[str, str]:
    """Return the address and its twin: the carrier signs the default port now and then."""
    scheme, _, rest = url.partition("://")
    port = f":{_DEFAULT_PORTS.get(scheme, 443)}"
    authority = urlsplit(url).netloc
    after = rest[len(authority) :]
    if authority.endswith(port):
        return url, f"{scheme}://{authority.removesuffix(port)}{after}"
    if urlsplit(url).port is None:
        return url, f"{scheme}://{authority}{port}{after}"
    return url, url


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode(errors="replace"))


def _refusal() -> Forbidden:
    return Forbidden("the request is not signed by the carrier", code="invalid_signature")
