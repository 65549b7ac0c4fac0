"""Kits for work without a network: numbers reserved beforehand, and entries that are taken in later."""
