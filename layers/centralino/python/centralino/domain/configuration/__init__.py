"""The business rules in force, as one immutable versioned value."""
