"""The carrier's messages kept under ``tests/events/twilio``, and the identities in them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

EVENTS = Path(__file__).resolve().parents[3] / "events" / "twilio"
NAMES = sorted(path.stem for path in EVENTS.glob("*.txt"))

ACCOUNT = "AC00000000000000000000000000000001"
CALL = "CA00000000000000000000000000000001"
AGENT_CALL = "CA00000000000000000000000000000002"
CONFERENCE = "CF00000000000000000000000000000001"
CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
AGENT = "ag_0123456789ABCDEFGHJKMNPQRS"
RID = f"{CONTACT}#4"
QUERY = f"c={CONTACT}"
OFFER_QUERY = f"c={CONTACT}&rid={quote(RID, safe='')}"
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


def body(name: str) -> bytes:
    """Return a kept message as it goes over the wire."""
    return (EVENTS / f"{name}.txt").read_bytes().strip()
