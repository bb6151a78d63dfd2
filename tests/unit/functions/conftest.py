"""Fixtures of the function tests."""

from tests.support.wired import wired

__all__ = ["wired"]
