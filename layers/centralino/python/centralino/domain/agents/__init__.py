"""Agents: their shape, capacity and state machine."""
