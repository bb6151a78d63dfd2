"""Amazon Connect, read only: its contact events."""
