"""A day of calls on the embedded cloud: callers, robot agents, a live view and an audited report.

It uses the product as the world does: a carrier's signed webhooks, the agents' API and their
realtime connection. What it reports comes from the published events and the tables alone.
"""
