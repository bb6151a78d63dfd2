"""One stack for each capability."""
