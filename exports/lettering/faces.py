"""The font files that come with the house, and which of them draws a character.

Every dossier embeds from these files and from nothing on the machine, so the same dossier looks the same everywhere.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from unicodedata import category

import uharfbuzz

FONTS = Path(__file__).parent.parent / "fonts"


class Style(StrEnum):
    """How text is lettered."""

    REGULAR = "regular"
    BOLD = "bold"
    ITALIC = "italic"
    MONO = "mono"


_FIRST = {
    Style.REGULAR: ("NotoSans-Regular",),
    Style.BOLD: ("NotoSans-Bold",),
    Style.ITALIC: ("NotoSans-Italic",),
    Style.MONO: ("NotoMono-Regular", "NotoSans-Regular"),
}
_THEN = (
    "NotoNaskhArabic-Regular",
    "NotoSansEthiopic-Regular",
    "NotoSansBengali-Regular",
    "NotoSansDevanagari-Regular",
    "NotoSansHebrew-Regular",
    "NotoSansTamil-Regular",
    "NotoSansThai-Regular",
    "NotoSansArmenian-Regular",
    "NotoSansGeorgian-Regular",
    "NotoSansGurmukhi-Regular",
    "NotoSansGujarati-Regular",
    "NotoSansTelugu-Regular",
    "NotoSansMalayalam-Regular",
    "NotoSansSinhala-Regular",
    "NotoSansMyanmar-Regular",
    "NotoSansKhmer-Regular",
    "NotoSansLao-Regular",
    "NotoSansThaana-Regular",
    "NotoSansTifinagh-Regular",
    "NotoSansNKo-Regular",
    "NotoSansAdlam-Regular",
    "NotoSansSyriac-Regular",
    "DroidSansFallbackFull",
    "NotoSansSymbols-Regular",
)

# Characters without ink of their own stay with the letter before them, whatever its font: shaping needs them there.
JOINERS = frozenset("\u00ad\u034f\u180b\u180c\u180d\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff")


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font file, ready for shaping; lengths in it are in thousandths of the letter size."""

    name: str
    data: bytes
    shaper: uharfbuzz.Font
    covered: frozenset[int]
    scale: float
    ascent: float
    descent: float

    def advance(self, glyph: int) -> float:
        """Give the width that the font itself states for *glyph*."""
        return float(self.shaper.get_glyph_h_advance(glyph)) * self.scale

    def nominal(self, character: str) -> int | None:
        """Give the glyph that stands for *character* before any shaping, if there is one."""
        glyph: int | None = self.shaper.get_nominal_glyph(ord(character))
        return glyph


@cache
def face(name: str) -> Face:
    """Load the font *name* from the house's own folder, once."""
    data = (FONTS / f"{name}.ttf").read_bytes()
    source = uharfbuzz.Face(data)
    shaper = uharfbuzz.Font(source)
    extents = shaper.get_font_extents("ltr")
    scale = 1000 / source.upem
    return Face(
        name, data, shaper, frozenset(source.unicodes), scale, extents.ascender * scale, extents.descender * scale
    )


def stack(style: Style) -> tuple[str, ...]:
    """Give the names of the fonts that are asked for a character, in order."""
    return _FIRST[style] + _THEN


@lru_cache(maxsize=65536)
def covering(character: str, style: Style) -> Face | None:
    """Give the first font of the stack that has *character*, or None if no font of ours has."""
    code = ord(character)
    return next((found for found in map(face, stack(style)) if code in found.covered), None)


def pick(character: str, style: Style, before: Face | None) -> Face | None:
    """Choose the font for *character* where *before* drew what stands in front of it.

    Marks, joiners, spaces and punctuation stay with their neighbour, so that words are shaped as one.
    """
    if before is not None:
        if character in JOINERS:
            return before
        if ord(character) in before.covered and category(character)[0] in "MZP":
            return before
    return covering(character, style) or (face(stack(style)[0]) if character in JOINERS else None)
