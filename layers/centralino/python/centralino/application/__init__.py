"""One use case per command, and the ports it needs. No AWS, no provider, no HTTP."""
