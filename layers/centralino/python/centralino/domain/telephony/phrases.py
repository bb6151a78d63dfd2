"""Sentences the product itself speaks, where no flow is at hand. English and Italian."""

from __future__ import annotations

NOT_IN_SERVICE = {
    "en": "The number you have called is not in service.",
    "it": "Il numero chiamato non è attivo.",
}
AGENT_LOST = {
    "en": "We are sorry, the line to our agent was lost. You are first in line for the next one.",
    "it": "Ci scusiamo, la linea con l'operatore è caduta. È il primo in attesa del "
    "prossimo operatore libero.",
}
LANGUAGES = ("en", "it")
