"""Pages of the evidence: exhibits and their custody, deliveries, files."""
