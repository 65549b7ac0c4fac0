"""Possession: the acts by which a thing changes hands, place, seal or shape, and what each of them needs."""
