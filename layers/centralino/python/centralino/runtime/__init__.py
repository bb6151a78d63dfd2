"""The composition root: settings, wiring, logging and error mapping of deployed functions."""
