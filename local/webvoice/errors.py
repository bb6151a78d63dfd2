"""Errors of the robot pages.

WebVoiceError
├── CallEnded   the call is over; ends a caller's script quietly
└── PageError   the product answered what no page can use
"""

from __future__ import annotations


class WebVoiceError(Exception):
    """Root of every error of `local.webvoice`; its text is one line."""


class CallEnded(WebVoiceError):
    """The call is over."""


class PageError(WebVoiceError):
    """The product answered what no page can use."""
