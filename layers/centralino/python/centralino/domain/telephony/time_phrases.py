"""How the times are said that a caller can pick by a key. English and Italian."""

from __future__ import annotations

from datetime import date, datetime

from centralino.domain.telephony.phrases import Texts

NO_TIMES = {
    "en": "We are sorry, there is no time left at which we could call you back.",
    "it": "Ci scusiamo, al momento non ci sono orari liberi per richiamarla.",
}
TIME_TAKEN = {
    "en": "We are sorry, somebody else has just taken this time.",
    "it": "Ci scusiamo, questo orario è stato appena prenotato da un'altra persona.",
}
LATER_OR_STAY = {
    "en": "For later times press 9. To stay in line press 0.",
    "it": "Per orari successivi prema 9. Per restare in attesa prema 0.",
}
#: Where no time is left to press a key for.
STAY = {
    "en": "To stay in line press 0.",
    "it": "Per restare in attesa prema 0.",
}
TO_CANCEL = {
    "en": "To cancel the call back press 8.",
    "it": "Per annullare la richiamata prema 8.",
}
CALLBACK_CANCELLED = {
    "en": "Your call back is cancelled.",
    "it": "La sua richiamata è stata annullata.",
}
STANDS_IN_TURN = {
    "en": "We will already call you back when it is your turn. You can choose a time instead.",
    "it": "È già prevista una richiamata quando sarà il suo turno. Può scegliere invece un orario.",
}

_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
}
_TODAY = {"en": ("today", "tomorrow"), "it": ("oggi", "domani")}


def time_to_pick(at: datetime, today: date, key: str) -> Texts:
    """Return how a caller hears a local time, and by which key it is picked.

    Examples
    --------
    >>> monday = date(2026, 5, 4)
    >>> time_to_pick(datetime(2026, 5, 5, 10, 15), monday, "1")["en"]
    'For tomorrow at 10:15 press 1.'
    >>> time_to_pick(datetime(2026, 5, 14, 9, 0), monday, "2")["it"]
    'Per giovedì 14 maggio alle 09:00 prema 2.'
    """
    return {
        "en": f"For {said(at, today, 'en')} press {key}.",
        "it": f"Per {said(at, today, 'it')} prema {key}.",
    }


def standing(at: datetime, today: date) -> Texts:
    """Return how a caller hears that a call back at a time stands already.

    Examples
    --------
    >>> standing(datetime(2026, 5, 4, 13, 30), date(2026, 5, 4))["it"]
    'La richiameremo oggi alle 13:30. Può scegliere un altro orario.'
    """
    return {
        "en": f"We will call you back {_on(at, today)}. You can choose another time.",
        "it": f"La richiameremo {said(at, today, 'it')}. Può scegliere un altro orario.",
    }


def said(at: datetime, today: date, language: str) -> str:
    """Return a local time as it is said on a day: by the weekday within a week, else by the date.

    Examples
    --------
    >>> said(datetime(2026, 5, 7, 1, 0), date(2026, 5, 4), "it")
    "giovedì all'1:00"
    """
    days = (at.date() - today).days
    if 0 <= days <= 1:
        day = _TODAY[language][days]
    else:
        day = _DAYS[language].split()[at.weekday()]
        if not 0 < days < 7:
            day = f"{day} {_date(at, language)}"
    if language == "en":
        return f"{day} at {at:%H:%M}"
    return f"{day} all'1:{at:%M}" if at.hour == 1 else f"{day} alle {at:%H:%M}"


def _on(at: datetime, today: date) -> str:
    words = said(at, today, "en")
    return words if words.startswith(_TODAY["en"]) else f"on {words}"


def _date(at: datetime, language: str) -> str:
    day = "primo" if language == "it" and at.day == 1 else str(at.day)
    return f"{day} {_MONTHS[language].split()[at.month - 1]}"
