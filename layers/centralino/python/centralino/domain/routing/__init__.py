"""Matching waiting contacts with available agents: pure, deterministic, without a clock."""
