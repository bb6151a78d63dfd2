"""Contacts, agents and operational items in DynamoDB, by PynamoDB.

Models live here only; the domain never sees them. Importing this package imports botocore, so
nothing outside the composition root does.
"""
