"""Text that is there without being seen: under the picture of a page, so that its words can be found and copied."""

from functools import cache
from io import BytesIO
from typing import Any

from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Pdf, String

from exports.lettering.directions import base_level
from exports.lettering.faces import FONTS
from exports.lettering.texts import text_map

_MOST = 60_000
_LONGEST_WORD = 120
_NEEDED = {"GlyphOrder", "glyf", "head", "hhea", "hmtx", "loca", "maxp"}


@cache
def blank_font() -> tuple[bytes, int, float]:
    """Give a font that holds a space and nothing else, the number of its glyph and its width in thousandths."""
    font = TTFont(FONTS / "NotoSans-Regular.ttf", recalcTimestamp=False)
    space = font.getBestCmap()[0x20]
    kept = [font.getGlyphOrder()[0], space]
    for table in set(font.keys()) - _NEEDED:
        del font[table]
    shapes, widths = font["glyf"], font["hmtx"]
    shapes.glyphs = {name: shapes[name] for name in kept}
    widths.metrics = {name: widths[name] for name in kept}
    font.setGlyphOrder(kept)
    out = BytesIO()
    font.save(out)
    return out.getvalue(), 1, widths[space][0] * 1000 / font["head"].unitsPerEm


class GhostText:
    """The unseen words of one document; each different letter is one code of one font."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self.font = pdf.make_indirect(Dictionary(Type=Name.Font))
        self._codes: dict[str, int] = {}

    def under(self, page: Any) -> tuple[bytes, Dictionary]:
        """Give the operators for the words of a pdfium *page* and the resources that they need."""
        if page.get_rotation() or len(self._codes) > _MOST:
            return b"", Dictionary()
        box_left, box_bottom, _, _ = page.get_cropbox()
        text = page.get_textpage()
        code = [b"BT 3 Tr"]
        try:
            for at in range(text.count_rects()):
                left, bottom, right, top = text.get_rect(at)
                line = text.get_text_bounded(left, bottom, right, top)
                code += self.words(line, (left - box_left, bottom - box_bottom), (right - left, top - bottom))
        finally:
            text.close()
        if len(code) == 1:
            return b"", Dictionary()
        return b"\n".join([*code, b"ET"]), Dictionary(Font=Dictionary(G=self.font))

    def words(self, line: str, at: tuple[float, float], size_of: tuple[float, float]) -> list[bytes]:
        """Give the operators for the words of one line, from the left foot *at*, as wide and high as *size_of*."""
        (left, bottom), (width, height) = at, size_of
        words = [word[:_LONGEST_WORD] for word in line.split()]
        size, total = max(height, 1.0), sum(map(len, words)) + len(words) - 1
        if not words or width <= 0:
            return []
        leftward = bool(base_level(line))
        step, x, code = width / total, left, []
        for word in reversed(words) if leftward else words:
            told = word[::-1] if leftward else word
            numbers = "".join(f"{self._code(letter):04X}" for letter in told)
            stretch = 100 * step / (blank_font()[2] / 1000 * size)
            code.append(
                f"/G {size:.2f} Tf {stretch:.2f} Tz 1 0 0 1 {x:.2f} {bottom:.2f} Tm <{numbers}> Tj".encode("ascii")
            )
            x += step * (len(word) + 1)
        return code

    def _code(self, letter: str) -> int:
        return self._codes.setdefault(letter, len(self._codes) + 1)

    def finish(self) -> None:
        """Write the font, once all letters are known."""
        if not self._codes:
            return
        program, space, width = blank_font()
        file = self._pdf.make_stream(program)
        file.Length1 = len(program)
        count = len(self._codes)
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/GHOSTT+NotoSans-Regular"),
            Flags=4,
            FontBBox=Array([0, -300, 1000, 1100]),
            ItalicAngle=0,
            Ascent=1069,
            Descent=-293,
            CapHeight=714,
            StemV=80,
            FontFile2=file,
        )
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/GHOSTT+NotoSans-Regular"),
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            FontDescriptor=self._pdf.make_indirect(descriptor),
            CIDToGIDMap=self._pdf.make_stream(b"\0\0" + space.to_bytes(2, "big") * count),
            DW=round(width, 3),
        )
        self.font.update(
            Dictionary(
                Subtype=Name.Type0,
                BaseFont=Name("/GHOSTT+NotoSans-Regular"),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([self._pdf.make_indirect(descendant)]),
                ToUnicode=self._pdf.make_stream(text_map((0, letter) for letter in self._codes)),
            )
        )
