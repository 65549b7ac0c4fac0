"""Pages of the store: scan, places, seals, kits, audits of the shelves, obligations."""
