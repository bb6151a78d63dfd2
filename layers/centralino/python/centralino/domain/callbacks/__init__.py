"""Callbacks: what a customer who would not wait was promised, and when to try next."""
