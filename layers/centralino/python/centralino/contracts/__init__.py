"""The shapes others see: events, API bodies, realtime frames, configuration files.

Everything under ``schemas/`` is generated from here.
"""
