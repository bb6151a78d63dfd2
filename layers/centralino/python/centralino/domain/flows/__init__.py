"""Call flows: what a caller hears and is asked before an agent, as a pure state machine."""
