"""The laptop runtime: the embedded cloud and what runs on it. Never deployed."""
