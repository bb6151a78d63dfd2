"""Calls between pages: no carrier, the pages carry out the canonical actions themselves."""
