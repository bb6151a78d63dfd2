"""Pure rules and state machines. Standard library only; no clock, no randomness, no I/O."""
