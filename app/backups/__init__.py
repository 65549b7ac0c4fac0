"""Backups that are consistent while people work, and restores that prove themselves."""
