"""Commands of those who keep the keys and the backups."""
