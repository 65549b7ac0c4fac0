"""The ledgers: append-only chains of what happened, and what proves them."""
