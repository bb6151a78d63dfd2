"""Calls that another contact centre handled, told here so that its figures are ours."""
