"""Call flows: what a caller hears before an agent, as a pure state machine."""
