"""How a dossier looks: A4, one accent colour, a few sizes; all lengths in points."""

from dataclasses import dataclass

from exports.lettering.faces import Style

Colour = tuple[float, float, float]

PAGE = (595.28, 841.89)
LEFT, RIGHT = 56.7, 538.58
TOP, BOTTOM = 772.0, 64.0
WIDTH = RIGHT - LEFT

INK: Colour = (0.10, 0.11, 0.12)
MUTED: Colour = (0.36, 0.39, 0.43)
ACCENT: Colour = (0.09, 0.29, 0.41)
HAIRLINE: Colour = (0.78, 0.81, 0.84)
TINT: Colour = (0.945, 0.957, 0.965)
PAPER: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Face:
    """Size, weight and colour of a piece of text, and the distance from one baseline to the next."""

    size: float
    leading: float
    style: Style = Style.REGULAR
    colour: Colour = INK


BODY = Face(9.5, 14.0)
QUIET = Face(8.5, 12.5, colour=MUTED)
CELL = Face(8.2, 11.6)
CELL_BOLD = Face(8.2, 11.6, Style.BOLD)
CELL_QUIET = Face(8.2, 11.6, colour=MUTED)
CELL_MONO = Face(7.1, 10.6, Style.MONO)
HEAD = Face(7.4, 10.4, Style.BOLD, MUTED)
FURNITURE = Face(7.4, 10.0, colour=MUTED)
PAGE_NUMBER = Face(9.0, 11.0, Style.BOLD, ACCENT)
TITLE = Face(17.0, 24.0, Style.BOLD, ACCENT)
SECTION = Face(11.5, 16.5, Style.BOLD, INK)
LABEL = Face(8.2, 12.5, Style.BOLD, MUTED)
STAMP = Face(13.0, 16.0, Style.BOLD, ACCENT)
EXHIBIT = Face(9.5, 14.0, Style.BOLD, ACCENT)
NOTICE = Face(9.0, 13.0, Style.BOLD, INK)
COVER_TITLE = Face(26.0, 34.0, Style.BOLD, ACCENT)
COVER_LINE = Face(12.0, 17.5)
COVER_SMALL = Face(9.5, 14.5, colour=MUTED)
