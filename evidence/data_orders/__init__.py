"""Orders for data that somebody else holds: production and preservation, under EU law (2023/1543) or another."""
