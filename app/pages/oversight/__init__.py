"""Pages of those who look after the house and of those who check it."""
