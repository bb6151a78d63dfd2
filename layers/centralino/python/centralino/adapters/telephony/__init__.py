"""Telephony providers, each behind the canonical commands and actions."""
