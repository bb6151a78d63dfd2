"""How entities look as stored items: short names and plain values, without any AWS library.

The DynamoDB adapter writes these items, the in-memory one weighs them, and the stream relay reads
them back; all three agree because there is one encoder.
"""

from centralino.adapters.wire.agents import (
    AVAILABLE,
    agent_item,
    agent_of,
    available_entry,
    available_entry_of,
)
from centralino.adapters.wire.claims import check_claim
from centralino.adapters.wire.contacts import (
    WAITING,
    contact_item,
    contact_of,
    fitted,
    waiting_entry,
    waiting_entry_of,
)
from centralino.adapters.wire.sizes import (
    ITEM_LIMIT,
    IndexShape,
    Item,
    Weight,
    item_size,
    read_units,
    weigh,
    write_units,
)

__all__ = [
    "AVAILABLE",
    "ITEM_LIMIT",
    "WAITING",
    "IndexShape",
    "Item",
    "Weight",
    "agent_item",
    "agent_of",
    "available_entry",
    "available_entry_of",
    "check_claim",
    "contact_item",
    "contact_of",
    "fitted",
    "item_size",
    "read_units",
    "waiting_entry",
    "waiting_entry_of",
    "weigh",
    "write_units",
]
