"""Receipts that are handed over on paper: their words in several languages, their square codes."""
