"""Centralino: a serverless contact centre.

``domain`` holds the rules, ``application`` one use case per command, ``contracts`` the shapes
others see, ``adapters`` the outside world, ``runtime`` the wiring of a deployed function.
"""
