"""API: the store: places, seals, labels, kits, audits of the shelves."""
