"""Callbacks: asked for, booked, called, moved, told and kept on record, one use case a module."""
