"""Errors of the demo, each fit for one line on a terminal.

DemoError
├── SettingError   a setting cannot be used: bad input
└── SetupError     the demo could not be prepared or did not get on
"""

from __future__ import annotations


class DemoError(Exception):
    """Root of every error of `local.demo`; its text is one line."""


class SettingError(DemoError):
    """A setting of the demo cannot be used; the message names it."""


class SetupError(DemoError):
    """The demo could not be prepared, or something it needs did not answer."""
