"""Commands of possession: acts of custody, the continuity report, what waits for a decision."""
