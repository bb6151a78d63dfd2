"""What a caller hears at a step, and is asked there, as actions of the call."""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.contacts.model import Contact
from centralino.domain.flows import inputs
from centralino.domain.flows.machine import Outcome
from centralino.domain.flows.model import (
    OTHER_NUMBER,
    AnnounceAgentCountry,
    Collect,
    Consent,
    Hangup,
    Menu,
    OfferCallback,
    Pay,
    PickTime,
    Survey,
    Transfer,
    Voicemail,
    most_digits,
)
from centralino.domain.flows.words import amount_of, filled, number_of
from centralino.domain.telephony import actions as act

Actions = list[act.Action]


def played(contact: Contact, outcome: Outcome, number: str) -> Actions:
    """Return what a caller hears at a step, and is asked there.

    Parameters
    ----------
    number : str
        The number that was called: who is put through to another one shows it.
    """
    step, position, said = outcome.step, outcome.position, outcome.prompts
    known = position.variables
    match step:
        case Hangup():
            return [*said, act.Hangup()]
        case Voicemail():
            told = act.Message(said, contact.id, position.token)
            return [replace(told, longest_s=step.longest_s, silence_s=step.silence_s)]
        case Transfer():
            to = number_of(step.number, known) or ""
            dial = act.Dial(to, contact.id, position.token, number, step.timeout_s)
            return [*said, dial]
        case Pay():
            payment = act.Pay(
                contact=contact.id,
                step=position.token,
                amount=amount_of(step.amount, known) or "",
                currency=step.currency,
                description=filled(step.description, known, outcome.language),
                language=outcome.language,
                connector=step.connector,
            )
            return [*said, payment]
        case (
            Menu()
            | Collect()
            | AnnounceAgentCountry()
            | Consent()
            | OfferCallback()
            | PickTime()
            | Survey()
        ):
            gather = act.Gather(said, contact.id, position.token, timeout_s=step.timeout_s)
            return [_listening(gather, step, outcome)]
    return [*said, act.Queue(contact.id)]


def _listening(gather: act.Gather, step: object, outcome: Outcome) -> act.Gather:
    """Return the question with the number of keys, and the speech, it listens for."""
    match step:
        case Menu() if step.phrases:
            hints = [p for d in step.choices for p in inputs.phrases(step, d, outcome.language)]
            return replace(gather, speech=outcome.language, hints=tuple(hints))
        case Collect():
            gather = replace(gather, digits=inputs.most_keys(step))
            return replace(gather, speech=outcome.language) if step.speech else gather
        case OfferCallback() if OTHER_NUMBER in outcome.position.variables:
            return replace(gather, digits=inputs.MOST_KEYS["phone"])
        case Survey():
            return replace(gather, digits=most_digits(step.scale))
    return gather
