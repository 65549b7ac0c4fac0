"""Set text in lines: what is shown in place of what cannot be drawn, where lines break, which glyph stands where.

Text is broken in the order in which it is read; each line is then put into the order in which it is seen.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

import uharfbuzz

from core.errors import Invalid
from exports.lettering import directions
from exports.lettering.faces import JOINERS, Face, Style, covering, pick

# Latin ligatures would draw "fi" as one shape for no gain; in the other scripts the joined shapes are the script.
_NO_LIGATURES = frozenset({"Latn", "Cyrl", "Grek", "Arab"})
_NOT_FIRST = frozenset("、。，．：；！？）］｝〉》」』】〕〗’”…‥ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ%),.:;!?]}")
_NOT_LAST = frozenset("（［｛〈《「『【〔〖‘“([{$£¥")
_BREAK_AFTER = frozenset("-‐–—/\\\u1361\u200b\u0f0b")
_VIRAMA = 9
# What a glyph stands for whose text another glyph tells: a reader that must have a character gets one without ink.
_NOTHING = "\u200b"
_WIDE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH", "YI ")


class NoGlyph(Invalid):
    """No font of the house can draw a character of the text; the message names the character."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shape and the text that it stands for.

    `x` and `y` say where it is drawn from the left end of its run, in thousandths of the letter size.  Where glyphs and
    letters do not pair off, `whole` names the cluster (by where it starts) and its text.
    """

    number: int
    text: str
    x: float
    y: float
    whole: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Glyphs of one font from left to right; `x` is where the run starts in its line."""

    face: Face
    glyphs: tuple[Glyph, ...]
    x: float
    heavy: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line ready to be drawn: runs from left to right, `width` in points, `leftward` if its paragraph is."""

    runs: tuple[Run, ...]
    text: str
    size: float
    width: float
    leftward: bool


def shown(text: str) -> str:
    """Give *text* with everything that could not be seen written out, as in `[U+202E]`.

    Direction controls, control characters and characters without a font are shown, so that a reader sees what stands
    in the evidence and no hidden sign can turn a line around.  Tabs become spaces; line feeds stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n").replace("\r", "\n")))


@lru_cache(maxsize=65536)
def _visible(character: str) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    drawable = category not in {"Cc", "Cs", "Cn", "Co"} and character not in directions.CONTROLS
    if drawable and (character in JOINERS or covering(character, Style.REGULAR) is not None):
        return character
    return f"[U+{ord(character):04X}]"


def set_line(text: str, size: float, style: Style = Style.REGULAR, *, base: int | None = None) -> Line:
    """Set *text* (no line feeds) as one line of *size* points, however long it gets.

    Raises NoGlyph for a character that no font has and HiddenDirection for a direction control: pass foreign text
    through `shown` first.
    """
    floor, given = directions.levels(text, base)
    return _line(text, directions.trailing(text, given, floor), floor, size, style)


def set_paragraph(
    text: str, width: float, size: float, style: Style = Style.REGULAR, *, base: int | None = None
) -> tuple[Line, ...]:
    """Set *text* in lines no wider than *width* points; line feeds start a new line; never gives no line at all.

    Raises NoGlyph and HiddenDirection as `set_line` does.
    """
    lines: list[Line] = []
    for paragraph in text.split("\n"):
        floor, given = directions.levels(paragraph, base)
        at = 0
        for piece in broken(paragraph, width, size, style):
            part = given[at : at + len(piece)]
            at += len(piece)
            kept = piece.rstrip() or piece[:1]
            lines.append(_line(kept, directions.trailing(kept, part, floor), floor, size, style))
    return tuple(lines)


def measure(text: str, size: float, style: Style = Style.REGULAR) -> float:
    """Give the width of *text* in points."""
    return _measure(text, style) * size / 1000


def broken(text: str, width: float, size: float, style: Style) -> list[str]:
    """Cut *text* where lines end; joined again the pieces are *text*, and a word wider than a line is cut inside."""
    room = width * 1000 / size
    lines: list[str] = []
    current, used = "", 0.0
    for word in words(text):
        inked = _measure(word.rstrip(), style)
        if current and used + inked > room:
            lines.append(current)
            current, used = "", 0.0
        *full, rest = _chopped(word, room, style) if inked > room else [word]
        lines.extend(full)
        current += rest
        used += _measure(rest, style)
    return [*lines, current] if current or not lines else lines


def words(text: str) -> list[str]:
    """Cut *text* into the pieces between which a line may end; each keeps the spaces after it."""
    pieces: list[str] = []
    current = ""
    for cluster in clusters(text):
        if current and _may_break(current[-1], cluster[0]):
            pieces.append(current)
            current = ""
        current += cluster
    return [*pieces, current] if current else pieces


def clusters(text: str) -> Iterator[str]:
    """Give the letters of *text* with their marks: no line ends inside one."""
    current = ""
    for character in text:
        joined = (
            unicodedata.category(character)[0] == "M"
            or character in JOINERS
            or (current and (current[-1] == "\u200d" or unicodedata.combining(current[-1]) == _VIRAMA))
        )
        if current and not joined:
            yield current
            current = ""
        current += character
    if current:
        yield current


def _may_break(before: str, after: str) -> bool:
    if after == " " or before == "\u00a0" or after == "\u00a0":
        return False
    if before == " ":
        return True
    if before in _BREAK_AFTER:
        return after.isalpha() or before in "\u1361\u200b\u0f0b"
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return _is_wide(before) or _is_wide(after)


@lru_cache(maxsize=65536)
def _is_wide(character: str) -> bool:
    return character > "\u1100" and unicodedata.name(character, "").startswith(_WIDE)


def _chopped(word: str, room: float, style: Style) -> list[str]:
    """Cut a word that is wider than a line, between letters."""
    pieces, current, used = [], "", 0.0
    for cluster in clusters(word):
        inked = _measure(cluster, style)
        if current and used + inked > room and cluster != " ":
            pieces.append(current)
            current, used = "", 0.0
        current += cluster
        used += inked
    return [*pieces, current]


@lru_cache(maxsize=65536)
def _measure(text: str, style: Style) -> float:
    _, given = directions.levels(text)
    return _runs(text, given, style)[1]


def _line(text: str, given: list[int], floor: int, size: float, style: Style) -> Line:
    runs, width = _runs(text, given, style)
    return Line(runs, text, size, width * size / 1000, bool(floor % 2))


def _runs(text: str, given: list[int], style: Style) -> tuple[tuple[Run, ...], float]:
    """Give the runs of a line from left to right, each at its place, and the width of all.

    Readers of the finished page (pdftotext, browsers) expect right-to-left text in the order in which it is seen.
    """
    faces = _faces(text, style)
    stretches: list[tuple[int, tuple[Face, str]]] = []
    for (level, face), group in groupby(range(len(text)), key=lambda at: (given[at], faces[at])):
        stretches.append((level, (face, "".join(text[at] for at in group))))
    placed: list[Run] = []
    x = 0.0
    for level, (face, part) in directions.in_sight(stretches):
        glyphs, width = shaped(face, part, leftward=bool(level % 2))
        placed.append(Run(face, glyphs, x, style is Style.BOLD and face.name != "NotoSans-Bold"))
        x += width
    return tuple(placed), x


def _faces(text: str, style: Style) -> list[Face]:
    chosen: list[Face] = []
    for character in text:
        face = pick(character, style, chosen[-1] if chosen else None)
        if face is None:
            name = unicodedata.name(character, "no name")
            message = f"no font of ours has the character U+{ord(character):04X} ({name})"
            raise NoGlyph(message)
        chosen.append(face)
    return chosen


@lru_cache(maxsize=8192)
def shaped(face: Face, text: str, *, leftward: bool) -> tuple[tuple[Glyph, ...], float]:
    """Give the glyphs for *text* in *face*, from left to right, and the width that they take."""
    buffer = uharfbuzz.Buffer()
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_GRAPHEMES
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if leftward else "ltr"
    uharfbuzz.shape(face.shaper, buffer, {"liga": buffer.script not in _NO_LIGATURES})
    seen: list[tuple[int, Glyph]] = []
    x = 0.0
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        left = (x + place.x_offset) * face.scale
        seen.append((info.cluster, Glyph(info.codepoint, "", left, place.y_offset * face.scale)))
        x += place.x_advance
    return tuple(_told(seen, text, leftward=leftward)), x * face.scale


def _told(seen: list[tuple[int, Glyph]], text: str, *, leftward: bool) -> Iterator[Glyph]:
    """Give each glyph the text that it stands for, so that the line extracts in the order written.

    Letters are handed to the glyphs of their cluster one by one; where there are more glyphs than letters, the cluster
    is told as a whole.  Leftward, the letter tells its marks too, in the order seen, because that is what readers of
    the page turn round.
    """
    starts = sorted({cluster for cluster, _ in seen})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    for start, group in groupby(seen, key=lambda pair: pair[0]):
        members = [glyph for _, glyph in group]
        letters = text[start : ends[start]]
        if len(members) == 1:
            yield replace(members[0], text=letters)
        elif leftward:
            *marks, letter = members
            yield from (replace(glyph, text=_NOTHING, whole=(start, "")) for glyph in marks)
            yield replace(letter, text=letters[::-1])
        elif len(members) <= len(letters):
            yield from (replace(glyph, text=letter) for glyph, letter in zip(members[:-1], letters, strict=False))
            yield replace(members[-1], text=letters[len(members) - 1 :])
        else:
            whole = (start, letters)
            yield from (replace(glyph, text=_NOTHING, whole=whole) for glyph in members[:-1])
            yield replace(members[-1], text=letters, whole=whole)
