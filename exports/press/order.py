"""What is asked of the press and what it answers: plain values that travel through a pipe as JSON."""

import json
from dataclasses import asdict, dataclass

from core.errors import Refusal

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far one document may go: pages, pixels, time and memory; sizes in bytes, times in seconds."""

    document_bytes: int = 256 * MIB
    pages: int = 2000
    pixels: int = 60_000_000
    dots_per_inch: int = 200
    seconds: int = 120
    memory: int = 1536 * MIB
    made_bytes: int = 192 * MIB


@dataclass(frozen=True, slots=True)
class Order:
    """One document to be made ready: its kind ("pdf" or "image") and how far it may go."""

    kind: str
    bounds: Bounds

    def to_json(self) -> str:
        """Write the order for the press."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """Read an order that this house wrote."""
        held = json.loads(text)
        return cls(held["kind"], Bounds(**held["bounds"]))


@dataclass(frozen=True, slots=True)
class Made:
    """A document made ready: a PDF of plain pages, each of one form, and their sizes in points.

    `pictured` says why the pages are pictures of the document's pages, or is empty; `note` is what a reader must know;
    `lost` are the places, from 0, of pages that could not be read.
    """

    pdf: bytes
    sizes: tuple[tuple[float, float], ...]
    pictured: str = ""
    note: str = ""
    lost: tuple[int, ...] = ()


class CannotAppend(Refusal):
    """The pages of a document cannot be shown in a dossier; the message says why, for a slip-sheet."""
