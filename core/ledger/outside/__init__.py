"""Who outside the house vouches for its log: as the settings name them, and what they said last."""
