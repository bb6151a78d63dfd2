"""Contacts: their shape and their state machine."""
