"""Who hears whom: the rules of a conference, of coaching, and of two legs put through."""

from __future__ import annotations

from local.twilio.conferences import Participant
from local.twilio.dialling import Bridged
from local.twilio.model import Call


def hears(listener: Call, speaker: Call) -> bool:
    """Tell whether what ``speaker`` says reaches ``listener`` now."""
    ear, mouth = listener.place, speaker.place
    if isinstance(ear, Bridged):
        return ear.other is speaker
    if not isinstance(ear, Participant) or not isinstance(mouth, Participant):
        return False
    together = ear.conference is mouth.conference and ear is not mouth
    if not together or ear.conference.status != "in-progress" or ear.hold or mouth.hold:
        return False
    if mouth.options.muted:
        return False
    # Only the one who is coached hears a coach.
    return not mouth.options.coaching or mouth.options.coach == listener.sid
