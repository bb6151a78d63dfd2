"""Messages to customers: each is sent once, or not at all, by the consumer of the timers' queue.

Nothing is sent where something is decided: a timer of the kind ``tell`` leads here, so a provider
that is slow or away holds up nobody, and what it refuses is set aside. The note that a message is
being sent is written first, by a conditional write: of several that would send it one does. If
that one dies, or its reply is lost, the message may have gone, and is not sent again.

No number, address or text is kept: who composes a message does so when it is sent.
"""

from __future__ import annotations

from enum import StrEnum

from centralino.application import consents, spending
from centralino.application.app import App
from centralino.application.ports import Item
from centralino.application.ports.delivery import DeliveryUnknown, Message
from centralino.domain.consents import Purpose
from centralino.domain.errors import CentralinoError, TransientDependency

TIMER = "tell"
#: How long a message is known: longer than any queue keeps what would send it again.
KEEP_S = 30 * 24 * 3600
_SENDING, _OUTCOME = "sending", "outcome"


class Sent(StrEnum):
    """What became of a message."""

    SENT = "sent"
    #: It may have gone: whoever was sending it died, or never heard.
    UNKNOWN = "unknown"
    REFUSED = "refused"
    NO_CONSENT = "no_consent"
    #: No message of its kind is sent in this deployment.
    NO_WAY = "no_way"


def deliver(
    app: App, message: Message, *, subject: str | None = None, consent: Purpose | None = None
) -> Sent:
    """Send a message unless it has been sent.

    Parameters
    ----------
    subject : str or None
        Whose consent it takes.
    consent : Purpose or None
        What must have been agreed to, read now; ``None``: it is part of what was asked for.

    Raises
    ------
    TransientDependency
        It was not sent; asking again sends it.
    """
    known = outcome(app, message.id)
    if known is not None:
        return known
    if not app.delivery.offers(message.kind):
        return Sent.NO_WAY
    if consent is not None and not (subject and consents.stands(app, subject, consent)):
        # Not kept as an outcome: it may be agreed to before somebody asks again.
        app.log.info("message_not_agreed_to", message_id=message.id, purpose=message.purpose)
        return Sent.NO_CONSENT
    now = app.clock.now()
    mine = Item(_pk(message.id), _SENDING, {"at": now}, ttl=now // 1000 + KEEP_S)
    if not app.operations.put_new(mine):
        return Sent.UNKNOWN
    reference = ""
    try:
        spending.count(app, message.business_unit, spending.MESSAGES)
        reference = app.delivery.send(message)
        became = Sent.SENT
    except TransientDependency:
        # It has not been sent: the next one may.
        app.operations.delete(mine.pk, mine.sk)
        raise
    except DeliveryUnknown:
        became = Sent.UNKNOWN
    except CentralinoError as error:
        app.log.warning("message_refused", message_id=message.id, code=error.code)
        became = Sent.REFUSED
    held = {"became": str(became), "reference": reference, "at": app.clock.now()}
    app.operations.put(Item(mine.pk, _OUTCOME, held, ttl=mine.ttl))
    app.log.info(
        "message_told",
        message_id=message.id,
        kind=str(message.kind),
        purpose=message.purpose,
        became=str(became),
    )
    return became


def outcome(app: App, message_id: str) -> Sent | None:
    """Return what became of a message; ``None``: it has not been sent, or is being sent."""
    found = app.operations.get(_pk(message_id), _OUTCOME)
    return Sent(found.attributes["became"]) if found is not None else None


def _pk(message_id: str) -> str:
    return f"message#{message_id}"
