"""Waiting promises: place in line and expected wait, a window that holds nine times in ten."""
