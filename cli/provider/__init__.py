"""Going live with a carrier: what its account must be told, and whether all of it holds."""
