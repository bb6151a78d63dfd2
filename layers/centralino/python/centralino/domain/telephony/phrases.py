"""Sentences the product itself speaks, where no flow is at hand. English and Italian.

They are plain words and figures, without a character that means something in XML, so that they can
be put into any provider's speech markup as they are.
"""

from __future__ import annotations

Texts = dict[str, str]

NOT_IN_SERVICE = {
    "en": "The number you have called is not in service.",
    "it": "Il numero chiamato non è attivo.",
}
TROUBLE = {
    "en": "We are sorry, something went wrong on our side. We are putting you through to somebody.",
    "it": "Ci scusiamo, si è verificato un problema da parte nostra. "
    "La mettiamo in contatto con un operatore.",
}
#: Where not even a queue can be found for somebody whose flow failed.
TROUBLE_NOBODY = {
    "en": "We are sorry, something went wrong on our side. Please call again later.",
    "it": "Ci scusiamo, si è verificato un problema da parte nostra. "
    "La preghiamo di richiamare più tardi.",
}
AGENT_LOST = {
    "en": "We are sorry, the line to our agent was lost. You are first in line for the next one.",
    "it": "Ci scusiamo, la linea con l'operatore è caduta. È il primo in attesa del "
    "prossimo operatore libero.",
}
#: To a caller whose agent may still come back.
AGENT_AWAY = {
    "en": "We are sorry, the line to our agent was interrupted. Please stay on the line.",
    "it": "Ci scusiamo, la linea con l'operatore si è interrotta. La preghiamo di restare in "
    "linea.",
}
ON_HOLD = {
    "en": "Please stay on the line, you will be put through again in a moment.",
    "it": "La preghiamo di restare in linea, la conversazione riprenderà tra un momento.",
}
#: Heard from the carrier alone, when it reaches none of our addresses.
OUT_OF_ORDER = {
    "en": "We are sorry, we cannot answer your call at the moment because of a technical problem.",
    "it": "Ci scusiamo, in questo momento non possiamo rispondere per un problema tecnico.",
}
TO_EMERGENCY = {
    "en": "We are putting you through to our emergency number.",
    "it": "La mettiamo in contatto con il nostro numero di emergenza.",
}
NO_CALLBACK = {
    "en": "We are sorry, we cannot note a call back at the moment.",
    "it": "Ci scusiamo, in questo momento non possiamo prenotare una richiamata.",
}
#: To a customer who is called back before an agent is found.
CALLED_BACK = {
    "en": "Good day, you asked us to call you back. Please stay on the line, "
    "an agent will be with you in a moment.",
    "it": "Buongiorno, la richiamiamo come da sua richiesta. La preghiamo di restare in linea, "
    "un operatore sarà da lei tra un momento.",
}
CALL_AGAIN = {
    "en": "If you still need us, please call again later. Goodbye.",
    "it": "Se ha ancora bisogno di noi, la preghiamo di richiamare più tardi. Arrivederci.",
}
ALL_BUSY = {
    "en": "We are sorry, all our lines are taken at the moment. Please call again later.",
    "it": "Ci scusiamo, in questo momento tutte le linee sono occupate. "
    "La preghiamo di richiamare più tardi.",
}
#: What is said to somebody a queue turns away, by the reason, where the queue has no words.
TURNED_AWAY: dict[str, Texts] = {
    "closed": {
        "en": "We are closed at the moment. Please call again during our opening hours.",
        "it": "In questo momento siamo chiusi. La preghiamo di richiamare negli orari di apertura.",
    },
    "full": ALL_BUSY,
    "late": {
        "en": "We are sorry that we could not answer you in time. Please call again later.",
        "it": "Ci scusiamo di non averle potuto rispondere in tempo. "
        "La preghiamo di richiamare più tardi.",
    },
}
LANGUAGES = ("en", "it")

WAIT_IS_LATE = {
    "en": "We are sorry, it is taking longer than we told you. You keep your place in line.",
    "it": "Ci scusiamo, l'attesa è più lunga di quanto annunciato. Il suo posto resta riservato.",
}
_NEXT = {
    "en": "You are next in line.",
    "it": "Lei è il prossimo in attesa.",
}


def place_in_line(position: int) -> Texts:
    """Return how a caller hears their place in line, 1 for the next one."""
    if position <= 1:
        return _NEXT
    return {
        "en": f"You are number {position} in line.",
        "it": f"Lei è il numero {position} in attesa.",
    }


def expected_wait(lower_ms: int, upper_ms: int) -> Texts:
    """Return how a caller hears the wait to expect, from now.

    Examples
    --------
    >>> expected_wait(0, 40_000)["en"]
    'We expect to answer you within 40 seconds.'
    >>> expected_wait(90_000, 240_000)["en"]
    'We expect to answer you in between 1 minute 30 seconds and 4 minutes.'
    """
    latest_en, latest_it = _english(upper_ms), _italian(upper_ms)
    if lower_ms <= 0 or lower_ms >= upper_ms:
        return {
            "en": f"We expect to answer you within {latest_en}.",
            "it": f"Prevediamo di risponderle entro {latest_it}.",
        }
    earliest_en, earliest_it = _english(lower_ms), _italian(lower_ms)
    return {
        "en": f"We expect to answer you in between {earliest_en} and {latest_en}.",
        "it": f"L'attesa prevista va da un minimo di {earliest_it} a un massimo di {latest_it}.",
    }


def _english(wait_ms: int) -> str:
    units = (("hour", "hours"), ("minute", "minutes"), ("second", "seconds"))
    return " ".join(f"{n} {one if n == 1 else many}" for n, one, many in _parts(wait_ms, units))


def _italian(wait_ms: int) -> str:
    units = (("ora", "ore"), ("minuto", "minuti"), ("secondo", "secondi"))
    # An article instead of the figure: a voice reads "1" as a number of the wrong gender.
    singular = {"ora": "un'ora", "minuto": "un minuto", "secondo": "un secondo"}
    return " e ".join(
        singular[one] if n == 1 else f"{n} {many}" for n, one, many in _parts(wait_ms, units)
    )


def _parts(wait_ms: int, units: tuple[tuple[str, str], ...]) -> list[tuple[int, str, str]]:
    minutes, seconds = divmod(round(wait_ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    amounts = (hours, minutes, seconds)
    return [(n, *words) for n, words in zip(amounts, units, strict=True) if n] or [(0, *units[-1])]
