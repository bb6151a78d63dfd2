"""A speech service on the laptop: Amazon Polly's wire format over the synthesizer espeak-ng.

Decides nothing about what is said; it stands where Polly stands on AWS, so that the product makes
the same requests and handles the same refusals in both places.
"""

from local.speech.errors import SpeechError, SpeechUnavailable
from local.speech.server import SpeechServer

__all__ = ["SpeechError", "SpeechServer", "SpeechUnavailable"]
