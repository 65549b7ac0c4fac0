"""Draw set lines on a reportlab page and embed just the glyphs that were drawn.

reportlab's own TrueType fonts know characters, not glyphs: what shaping makes has no place in them.  So each face
becomes a composite font here (Type 0, Identity-H) whose codes are handed out as glyphs are first drawn, with the source
text of each in its ToUnicode map.  Nothing of reportlab is replaced; it calls `addObjects` when it writes the document,
as it does for its own fonts.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from io import BytesIO
from itertools import groupby
from operator import attrgetter
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfdoc, pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas

from exports.lettering.faces import FONTS, Face
from exports.lettering.setting import Glyph, Line, Run
from exports.lettering.texts import in_hex, text_map

Whole = tuple[int, str] | None
Colour = tuple[float, float, float]

_HEAVY = 0.028
_CLOSE = 0.01
_REMEMBERED = 500
_NEEDED = {"GlyphOrder", "glyf", "head", "hhea", "hmtx", "loca", "maxp"}


class Pen:
    """Writes lines on the pages of one document and remembers which glyphs it used."""

    def __init__(self, canvas: Canvas) -> None:
        # reportlab has no public way to show glyphs by number; it keeps the operators of a page in a list of its own,
        # and asks the fonts in another for their objects when it writes the document.
        self._inside: Any = canvas
        self._fonts: dict[str, _EmbeddedFace] = {}
        self._written: dict[tuple[int, float, float], tuple[Line, str]] = {}

    def write(self, line: Line, x: float, y: float, colour: Colour | None = None) -> None:
        """Draw *line* with its left end at *x* and its baseline at *y*, in points, in *colour* if given."""
        code = self._inside._code  # noqa: SLF001 - see __init__
        if colour is not None:
            code.append(_inked(colour))
        code.append(self._code(line, x, y))

    def _code(self, line: Line, x: float, y: float) -> str:
        """Give the operators that draw *line*; those of lines that stand alike on many pages are written once."""
        place = id(line), x, y
        if place not in self._written:
            if len(self._written) == _REMEMBERED:
                self._written.clear()
            codes = [code for run in line.runs for code in self._codes(run, x, y, line.size)]
            # The line is kept too: as long as it is there, no other can have its identity.
            self._written[place] = line, " ".join(["BT", *codes, "ET"])
        return self._written[place][1]

    def _codes(self, run: Run, x: float, y: float, size: float) -> Iterator[str]:
        font = self._font(run.face)
        yield f"/{font.resource} {_number(size)} Tf"
        yield f"2 Tr {_number(size * _HEAVY)} w" if run.heavy else "0 Tr"
        told: Whole = None
        for (whole, up), glyphs in groupby(run.glyphs, key=attrgetter("whole", "y")):
            stretch = list(glyphs)
            left = x + (run.x + stretch[0].x) * size / 1000
            if whole != told:
                yield from _told(told, whole)
                told = whole
            yield f"1 0 0 1 {_number(left)} {_number(y + up * size / 1000)} Tm"
            yield font.shown(stretch)
        yield from _told(told, None)

    def _font(self, face: Face) -> "_EmbeddedFace":
        if face.name not in self._fonts:
            font = _EmbeddedFace(face, f"L{len(self._fonts) + 1}")
            self._fonts[face.name] = font
            self._inside._doc.delayedFonts.append(font)  # noqa: SLF001 - see __init__
        return self._fonts[face.name]


def blank_canvas(stream: BytesIO, *, title: str, author: str, subject: str, language: str) -> Canvas:
    """Give a canvas for A4 pages that names no font until one is drawn and whose bytes depend on its input alone."""
    _quiet_font()
    make: Callable[..., Canvas] = Canvas
    canvas = make(stream, pageCompression=0, invariant=1, initialFontName=_QUIET, lang=language, pdfVersion=(1, 7))
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(subject)
    return canvas


_QUIET = "ProbandaQuiet"


@cache
def _quiet_font() -> None:
    """Register a font that is never drawn: reportlab would otherwise name Helvetica, unembedded, on every page."""
    pdfmetrics.registerFont(ttfonts.TTFont(_QUIET, str(FONTS / "NotoMono-Regular.ttf")))


def _told(before: Whole, after: Whole) -> Iterator[str]:
    """Close the cluster told so far and open the next with its text."""
    if before is not None:
        yield "EMC"
    if after is not None:
        yield f"/Span <</ActualText <FEFF{in_hex(after[1])}>>> BDC"


@lru_cache(maxsize=100)
def _inked(colour: Colour) -> str:
    """Set *colour*, red, green and blue from 0 to 1, for what is filled and what is stroked."""
    told = " ".join(map(_number, colour))
    return f"{told} rg {told} RG"


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"


class _EmbeddedFace:
    """The part of one face that a document uses; the names of its method and attribute are reportlab's."""

    def __init__(self, face: Face, resource: str) -> None:
        self.face = face
        self.fontName = face.name
        self.resource = resource
        self._codes: dict[tuple[int, str], int] = {}

    def shown(self, glyphs: list[Glyph]) -> str:
        """Give the operator that shows *glyphs*, moving on by what their places ask and not by their widths."""
        parts: list[str] = []
        text = ""
        x = glyphs[0].x
        for glyph in glyphs:
            if abs(glyph.x - x) > _CLOSE:
                parts.append(f"<{text}> {_number(x - glyph.x)}")
                text = ""
            text += f"{self._code(glyph):04X}"
            x = glyph.x + self.face.advance(glyph.number)
        return f"[{' '.join([*parts, f'<{text}>'])}] TJ"

    def _code(self, glyph: Glyph) -> int:
        return self._codes.setdefault((glyph.number, glyph.text), len(self._codes) + 1)

    def addObjects(self, doc: pdfdoc.PDFDocument) -> None:  # noqa: N802 - reportlab calls it so
        """Write the font, its widths and its text map into *doc*."""
        keep: Callable[[object], object] = doc.Reference
        program, numbers = _subset(self.face, {glyph for glyph, _ in self._codes})
        name = f"{_tag(self.resource)}+{self.face.name}"
        descendant = {
            "Type": "/Font",
            "Subtype": "/CIDFontType2",
            "BaseFont": f"/{name}",
            "CIDSystemInfo": pdfdoc.PDFDictionary({"Registry": "(Adobe)", "Ordering": "(Identity)", "Supplement": 0}),
            "FontDescriptor": keep(self._descriptor(keep, name, program)),
            "CIDToGIDMap": keep(_stream(self._glyph_map(numbers))),
            "DW": 0,
            "W": pdfdoc.PDFArray([1, pdfdoc.PDFArray(self._widths())]),
        }
        font = {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": f"/{name}",
            "Encoding": "/Identity-H",
            "DescendantFonts": pdfdoc.PDFArray([keep(pdfdoc.PDFDictionary(descendant))]),
            "ToUnicode": keep(_stream(text_map(self._codes))),
        }
        fonts: Any = doc.idToObject[pdfdoc.BasicFonts]
        fonts.dict[self.resource] = keep(pdfdoc.PDFDictionary(font))

    def _widths(self) -> list[str]:
        return [_number(self.face.advance(glyph)) for glyph, _ in self._codes]

    def _glyph_map(self, numbers: dict[int, int]) -> bytes:
        return b"\0\0" + b"".join(numbers[glyph].to_bytes(2, "big") for glyph, _ in self._codes)

    def _descriptor(self, keep: Callable[[object], object], name: str, program: bytes) -> pdfdoc.PDFDictionary:
        file = _stream(program)
        file.dictionary["Length1"] = len(program)
        left, bottom, right, top = _box(self.face)
        return pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": f"/{name}",
                "Flags": 4,
                "FontBBox": pdfdoc.PDFArray([_number(side) for side in (left, bottom, right, top)]),
                "ItalicAngle": -12 if self.face.name.endswith("Italic") else 0,
                "Ascent": _number(self.face.ascent),
                "Descent": _number(self.face.descent),
                "CapHeight": 714,
                "StemV": 80,
                "FontFile2": keep(file),
            }
        )


def _stream(content: bytes) -> pdfdoc.PDFStream:
    return pdfdoc.PDFStream(content=content, filters=[pdfdoc.PDFZCompress])


def _tag(resource: str) -> str:
    """Give the six capital letters that mark a subset, different for each face of a document."""
    number = int(resource[1:])
    return "PROB" + chr(65 + number // 26) + chr(65 + number % 26)


def _open(face: Face) -> TTFont:
    return TTFont(BytesIO(face.data), lazy=True, recalcTimestamp=False)


@cache
def _box(face: Face) -> tuple[float, float, float, float]:
    head = _open(face)["head"]
    return tuple(side * face.scale for side in (head.xMin, head.yMin, head.xMax, head.yMax))


def _subset(face: Face, glyphs: set[int]) -> tuple[bytes, dict[int, int]]:
    """Cut *face* down to *glyphs*; gives the font file and the new number of each old one."""
    font = _open(face)
    # Codes lead to glyphs by number, so the tables that lead there from characters or names are not read at all.
    names = [f"glyph{number:05d}" for number in range(font["maxp"].numGlyphs)]
    font.setGlyphOrder(names)
    for table in set(font.keys()) - _NEEDED:
        del font[table]
    cutter = Subsetter(Options(hinting=False, notdef_outline=True, recalc_timestamp=False))
    cutter.populate(gids=sorted(glyphs))
    cutter.subset(font)
    numbers = {glyph: font.getGlyphID(names[glyph]) for glyph in sorted(glyphs)}
    out = BytesIO()
    font.save(out)
    return out.getvalue(), numbers
