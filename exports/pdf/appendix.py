"""What is known of a file's pages before they are bound: how many, how large, and how they will be shown."""

from dataclasses import dataclass
from enum import StrEnum


class Treatment(StrEnum):
    """How a file's pages come into the dossier."""

    COPIED = "copied"
    PICTURED = "pictured"
    SLIP = "slip"


@dataclass(frozen=True, slots=True)
class Appendix:
    """The pages of one file; a slip-sheet is one page that says why (`because`) the file itself is not there.

    `sizes` are the widths and heights in points of the pages as a viewer would show them; `because` tells also why
    pages are shown as pictures; `note` is stamped on each page; `lost` are the places, from 0, of pages
    that could not be read and are told of instead.
    """

    number: str
    treatment: Treatment
    sizes: tuple[tuple[float, float], ...] = ()
    because: str = ""
    note: str = ""
    lost: tuple[int, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages the file takes in the dossier."""
        return len(self.sizes) if self.treatment is not Treatment.SLIP else 1
