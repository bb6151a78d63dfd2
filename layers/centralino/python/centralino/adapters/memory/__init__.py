"""The ports in memory, as strict as the real ones: for tests and for the product's simulator.

They pass the same contract tests as the DynamoDB store, and do what no emulator does: conflicts,
index lag, capacity units, lost replies and crashes, all under a virtual clock and a seed.
"""

from centralino.adapters.memory.world import World, world

__all__ = ["World", "world"]
