"""Draws that anybody can repeat: the same seed among the same things gives the same samples, with SHA-256 alone.

A ticket is the SHA-256 of the text ``seed/sample/ticket number/id``.  In the random sample each thing has one ticket
and the smallest are drawn.  In the sample by risk each has as many as its weight and the smallest of them counts, so a
thing of weight five comes up as often as five things of weight one.  Whole numbers only: no machine rounds otherwise.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

RANDOM: Final = "random"
RISK: Final = "risk"


def draw(seed: str, weights: Mapping[str, int], size: int, sample: str) -> list[str]:
    """The ids drawn, in the order of their tickets."""
    held = {one: (max(weight, 1) if sample == RISK else 1) for one, weight in weights.items()}
    tickets = sorted((min(_tickets(seed, sample, one, count)), one) for one, count in held.items())
    return [one for _ticket, one in tickets[:size]]


def population(weights: Mapping[str, int]) -> str:
    """Among what is drawn, as one text: a line with id and weight for each, sorted by id."""
    return "".join(f"{one} {weights[one]}\n" for one in sorted(weights))


def read(text: str) -> dict[str, int]:
    """The same back from its text."""
    return {one: int(weight) for one, _, weight in (line.partition(" ") for line in text.splitlines())}


def digest(text: str) -> str:
    """The SHA-256 of a population's text, which the ledger keeps beside the seed."""
    return hashlib.sha256(text.encode()).hexdigest()


def _tickets(seed: str, sample: str, one: str, count: int) -> Iterable[bytes]:
    opening = hashlib.sha256(f"{seed}/{sample}/".encode())
    for number in range(count):
        ticket = opening.copy()
        ticket.update(f"{number}/{one}".encode())
        yield ticket.digest()
