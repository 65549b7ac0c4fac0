"""Sensitivity classes and handling codes: how they are named, combined and carried on to what is derived."""

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import Final


class Sensitivity(IntEnum):
    """How closely something is kept (domain.md 5.3); a higher class is a stricter one."""

    C0 = 0
    C1 = 1
    C2 = 2
    C3 = 3
    C4 = 4
    C5 = 5
    C6 = 6
    C7 = 7

    @property
    def meaning(self) -> str:
        """What the class holds, in words."""
        return MEANINGS[self]

    @property
    def tier(self) -> str:
        """Which of the physically separate indices it belongs to (R-PRO-11)."""
        return TIERS[self]


class Handling(StrEnum):
    """What the owner of a piece of information allows to be done with it (domain.md 6.2)."""

    H0 = "H0"
    H1 = "H1"
    H2 = "H2"
    H3 = "H3"


MEANINGS: Final = {
    Sensitivity.C0: "published or anonymised",
    Sensitivity.C1: "case administration",
    Sensitivity.C2: "ordinary evidence and personal data",
    Sensitivity.C3: "vulnerable or protected persons, intimate, medical, minors",
    Sensitivity.C4: "sealed identity, asylum facts, whereabouts of the protected",
    Sensitivity.C5: "intelligence, not evidence",
    Sensitivity.C6: "privileged or quarantined, filter team only",
    Sensitivity.C7: "sealed by a court",
}
TIERS: Final = {
    one: "open" if one <= Sensitivity.C2 else "restricted" if one == Sensitivity.C3 else "sealed" for one in Sensitivity
}
HANDLING_WORDS: Final = {
    Handling.H0: "may be used to prevent and combat crime",
    Handling.H1: "not in judicial proceedings without the provider's permission",
    Handling.H2: "not passed on without the provider's permission",
    Handling.H3: "other restrictions, as the provider has written",
}
# Intelligence and filtered material never leave in a dossier (R-FIN-08, domain.md 5.3).
NEVER_EXPORTED: Final = frozenset({Sensitivity.C4, Sensitivity.C5, Sensitivity.C6})


def strictest(classes: Iterable[Sensitivity]) -> Sensitivity:
    """The class that something made from all of these has; open material when there are none."""
    return max(classes, default=Sensitivity.C0)


def carried(codes: Iterable[Handling]) -> Handling:
    """The handling code that travels on to what is made from all of these: the strictest wins (R-EXC-03)."""
    return max(codes, default=Handling.H0)
