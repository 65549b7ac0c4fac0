"""Numbers and names that lead from one case to another: telephones, accounts, addresses, wallets, devices, papers."""

from evidence.selectors.rows import Selector, keep, of_file
from evidence.selectors.sightings import Seen, Sighting, find, sighted

__all__ = ["Seen", "Selector", "Sighting", "find", "keep", "of_file", "sighted"]
