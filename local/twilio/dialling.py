"""Puts a call through to a telephone, as Dial with a number in it does.

Decides when the two legs hear each other and what the dialling ended with. Never decides who
answers, nor what the document says next.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.twilio.model import Call
from local.twilio.twiml import Verb

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

RING_SECONDS = 30.0


@dataclass(frozen=True, eq=False)
class Bridged:
    """Where a leg is while it hears ``other``."""

    other: Call


async def put_through(exchange: Exchange, call: Call, dial: Verb, number: str) -> dict[str, str]:
    """Ring ``number`` and stay until the conversation is over, or nobody has answered.

    Whoever hangs up ends the conversation; the calling leg then goes on in its document.

    Returns
    -------
    dict
        What the action of the Dial is told.
    """
    over = asyncio.Event()

    async def talk(leg: Call) -> None:
        for one, other in ((call, leg), (leg, call)):
            one.place = Bridged(other)
            one.note("talks to", other.to if other is leg else other.from_)
        await asyncio.get_running_loop().create_future()

    leg = exchange.calls.dialled(
        call,
        # The carrier shows the caller's own number unless told otherwise.
        dial.attribute("callerId", call.from_),
        number,
        then=talk,
        ring_seconds=dial.seconds("timeout", RING_SECONDS),
        time_limit=int(dial.seconds("timeLimit", 0)) or None,
    )
    leg.on_end.append(lambda _: over.set())
    try:
        await over.wait()
    finally:
        # The caller hung up, or was taken elsewhere: nobody is left to ring or to talk to.
        exchange.calls.end(
            leg, "completed" if leg.status == "in-progress" else "canceled", by="carrier"
        )
        if isinstance(call.place, Bridged):
            call.place = None
    return {
        "DialCallSid": leg.sid,
        "DialCallStatus": leg.status,
        "DialCallDuration": str(leg.talk_seconds),
        "DialBridged": str(leg.started_at is not None).lower(),
    }
