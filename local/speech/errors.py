"""Errors of the speech service.

SpeechError
├── SpeechUnavailable  the synthesizer cannot be loaded here
└── Refusal            a request Polly would refuse, with the name it would give
"""

from __future__ import annotations


class SpeechError(Exception):
    """Root of every error of `local.speech`; its text is one line."""


class SpeechUnavailable(SpeechError):
    """The synthesizer cannot be loaded; the message says what is missing."""


class Refusal(SpeechError):
    """A refused request.

    Parameters
    ----------
    name
        Of Polly's exception, such as ``InvalidSsmlException``.
    status
        HTTP status.
    """

    def __init__(self, name: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.name = name
        self.status = status
