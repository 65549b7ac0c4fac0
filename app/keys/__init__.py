"""Turning keys and getting them back: what two persons decide, and what is sealed anew for it."""
