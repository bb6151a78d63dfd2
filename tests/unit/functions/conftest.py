"""Fixtures of the function tests."""

from tests.support.web_centre import web
from tests.support.wired import wired

__all__ = ["web", "wired"]
