"""Files generated from the contracts: written by ``python -m cli.generate``, checked in tests."""
