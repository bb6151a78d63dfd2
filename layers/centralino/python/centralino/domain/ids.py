"""How entities are named.

An id is a short prefix and 26 characters of Crockford base 32. Contact and subject ids are keyed
hashes, so that the same call always gives the same contact (duplicates collide, no lookup item)
and nobody without the key can turn a phone number into a subject. An agent id is the sign-in
identity's UUID in the same alphabet, so that a verified token names its agent without a lookup.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid

from centralino.domain.errors import InvalidRequest

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_BITS = 128

CONTACT = "ct_"
AGENT = "ag_"
SUBJECT = "su_"
EVENT = "ev_"


def crockford(value: int) -> str:
    """Return 26 characters of Crockford base 32 for a 128-bit integer."""
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def keyed(prefix: str, key: bytes, *parts: str) -> str:
    """Return ``prefix`` + 26 characters of HMAC-SHA256 over the length-framed parts."""
    message = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return prefix + crockford(int.from_bytes(digest[: _BITS // 8], "big"))


def contact_id(key: bytes, provider: str, first_call: str) -> str:
    """Return the contact id of a provider's call: the same call, the same id."""
    return keyed(CONTACT, key, provider, first_call)


def subject_id(key: bytes, kind: str, value: str) -> str:
    """Return the opaque subject standing for a person's phone number or address."""
    return keyed(SUBJECT, key, kind, value)


def child_id(parent: str, version: int) -> str:
    """Return the id of the child contact that this version of its parent makes.

    A plain hash: the parent's id is one that nobody can guess already.
    """
    digest = hashlib.sha256(f"{parent}/{version}".encode()).digest()
    return CONTACT + crockford(int.from_bytes(digest[: _BITS // 8], "big"))


def event_id(entity_id: str, sequence: int) -> str:
    """Return the id of the ``sequence``-th event of an entity.

    It is a plain hash, so an event relayed twice keeps its id and consumers can deduplicate.
    """
    digest = hashlib.sha256(f"{entity_id}#{sequence}".encode()).digest()
    return EVENT + crockford(int.from_bytes(digest[: _BITS // 8], "big"))


def agent_id(identity: str) -> str:
    """Return the agent id of a sign-in identity (the UUID in the token's ``sub``).

    Raises
    ------
    InvalidRequest
        The identity is no UUID.
    """
    try:
        return AGENT + crockford(uuid.UUID(identity).int)
    except ValueError as error:
        raise InvalidRequest("the identity is not a UUID", code="invalid_identity") from error


def offer_id(contact: str, version: int) -> str:
    """Return the ``rid`` of the offer that the claim of this contact version makes."""
    return f"{contact}#{version}"


def contact_of_offer(rid: str) -> str:
    """Return the contact id within an offer id."""
    return rid.partition("#")[0]


def is_id(prefix: str, value: str) -> bool:
    """Tell whether ``value`` has the shape of an id with this prefix."""
    body = value[len(prefix) :]
    return value.startswith(prefix) and len(body) == _LENGTH and all(c in _ALPHABET for c in body)
