"""Who is planned to work, what is expected to come, and what can be promised of it."""
