"""Read pages that are drawn plainly, quickly: which letters they show in which font, what they draw, what they set.

Only operators that no rule of PDF/A can object to are passed over here, with their operands in number and kind; all
that a rule may object to is noted.  A page that holds anything else, or anything in an unusual spelling, is not plain.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_DEEPEST: Final = 12
_LONGEST_STRING: Final = 32_000

_WS = r"[\x00\t\n\x0c\r ]"
_END = rf"(?=[\x00\t\n\x0c\r (<\[/]|\Z){_WS}*+"
_FIGURE = r"[+-]?+(?:\d{1,9}+(?:\.\d{0,20}+)?+|\.\d{1,20}+)"
_NUMBER = rf"{_FIGURE}{_WS}++"
_NAME = r"[A-Za-z0-9_.+-]{1,100}+"
_LETTERS = r"\([^()\\\r]*+(?:\\[nrtbf()\\0-7][^()\\\r]*+)*+\)"
_HEX = r"<(?:[0-9A-Fa-f]{2})*+>"
_SHOWN = rf"\[(?:{_LETTERS}|{_HEX}|{_WS}|{_FIGURE}(?=[\x00\t\n\x0c\r (<\]]))*+\]"

# Operators by how many numbers they take; those of text may stand within BT and ET only.
_DRAWING = {
    0: r"h|S|s|f\*?+|F|B\*?+|b\*?+|n|W\*?+|EMC",
    1: "w|M|i|g|G|Tc|Tw|Tz|TL|Ts",
    2: "m|l",
    3: "rg|RG",
    4: "re|v|y",
    6: "cm|c",
}
_WRITING = {**_DRAWING, 0: _DRAWING[0] + r"|T\*", 2: "m|l|Td|TD", 6: "cm|c|Tm"}
_WORD = r"\((?:[^()\\\r]|\\[nrtbf()\\0-7]){0,9000}+\)|<(?:[0-9A-Fa-f]{2}){0,9000}+>"
_PROPERTY = rf"/{_NAME}{_WS}*+(?:{_WORD}|/{_NAME}|{_FIGURE}(?=[\x00\t\n\x0c\r /<>])){_WS}*+"
_OTHERS = (
    rf"\d{_WS}++[Jj]{_END}",
    rf"\[{_WS}*+(?:{_FIGURE}(?:{_WS}++|(?=\])))*+\]{_WS}*+{_NUMBER}d{_END}",
    rf"/(?!OC[^A-Za-z0-9_.+-]){_NAME}{_WS}*+(?:<<{_WS}*+(?:{_PROPERTY})*+>>{_WS}*+BDC|BMC|MP){_END}",
    rf"/(?:RelativeColorimetric|AbsoluteColorimetric|Perceptual|Saturation){_WS}++ri{_END}",
)
_NOTED = (
    rf"/(?P<font>{_NAME}){_WS}++{_NUMBER}Tf",
    rf"(?P<mode>[0-7]){_WS}++Tr",
    rf"/(?P<state>{_NAME}){_WS}++gs",
)
_OUTSIDE = (*_NOTED, rf"/(?P<drawn>{_NAME}){_WS}++Do", "(?P<saved>q)", "(?P<back>Q)", "(?P<begun>BT)")
_INSIDE = (rf"(?P<letters>{_LETTERS}|{_HEX}){_WS}*+Tj", rf"(?P<spaced>{_SHOWN}){_WS}*+TJ", "(?P<ended>ET)", *_NOTED)


def _passed(operators: dict[int, str], count: int = 0) -> str:
    """Write the pattern of all *operators* that take *count* numbers or more, each with exactly as many as it takes."""
    own = [f"(?:{operators[count]}){_END}"] if count in operators else []
    more = [f"{_NUMBER}{_passed(operators, count + 1)}"] if count < max(operators) else []
    return f"(?:{'|'.join(own + more)})"


_DRAWN = f"(?:{'|'.join((_passed(_DRAWING), *_OTHERS))})*+"
_WRITTEN = f"(?:{'|'.join((_passed(_WRITING), *_OTHERS))})*+"
# Most text stands like this: one font, one string.  It is taken in one step, because there is so much of it.
_LINE = (
    rf"BT{_END}{_WRITTEN}(?:/(?P<face>{_NAME}){_WS}++{_NUMBER}Tf{_END}{_WRITTEN})?+"
    rf"(?:(?P<line>{_LETTERS}|{_HEX}){_WS}*+Tj|(?P<spread>{_SHOWN}){_WS}*+TJ){_END}{_WRITTEN}ET"
)


def _step(passed: str, *noted: str) -> re.Pattern[bytes]:
    """Write the pattern of one step: operators that are *passed* over, then one that is *noted*, or the end."""
    return re.compile(rf"{_WS}*+{passed}(?:(?:{'|'.join(noted)}){_END}|\Z)".encode("ascii"))


_BETWEEN: Final = _step(_DRAWN, _LINE, *_OUTSIDE)
_WITHIN: Final = _step(_WRITTEN, *_INSIDE)
_TEXT: Final = frozenset({"line", "spread", "letters", "spaced"})
_STRING: Final = re.compile(rb"\(((?:[^()\\]|\\.)*+)\)|<([0-9A-Fa-f]*+)>", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_MEANT: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(slots=True)
class Uses:
    """What plain pages with the same resources use of them, by name.

    `shown` are the strings shown in each font and text mode; `states` the graphics states set; `drawn` what is drawn,
    each with the font and mode that hold there and how deeply the state is saved.
    """

    shown: dict[tuple[bytes, int], set[bytes]] = field(default_factory=dict)
    states: set[bytes] = field(default_factory=set)
    drawn: set[tuple[bytes, bytes, int, int]] = field(default_factory=set)

    def add(self, other: "Uses") -> None:
        """Take what another page uses."""
        for key, strings in other.shown.items():
            self.shown.setdefault(key, set()).update(strings)
        self.states |= other.states
        self.drawn |= other.drawn


def read(data: bytes) -> Uses | None:
    """Tell what a page uses whose drawing is *data*, or None if it is not plain."""
    reader = _Reader(data)
    return reader.uses if reader.run() else None


@dataclass(slots=True)
class _Reader:
    """One walk through the drawing of one page."""

    data: bytes
    uses: Uses = field(default_factory=Uses)
    font: bytes = b""
    mode: int = 0
    saved: list[tuple[bytes, int]] = field(default_factory=list)

    def run(self) -> bool:
        """Walk to the end; gives whether all was plain."""
        at, step = 0, _BETWEEN
        while found := step.match(self.data, at):
            at, kind = found.end(), found.lastgroup
            if kind is None:
                return at == len(self.data) and step is _BETWEEN
            if kind == "begun":
                step = _WITHIN
            elif kind == "ended":
                step = _BETWEEN
            elif kind in _TEXT:
                if kind in {"line", "spread"}:
                    self.font = found["face"] or self.font
                if not self._show(found[kind]):
                    return False
            elif not self._note(kind, found[kind]):
                return False
        return False

    def _show(self, told: bytes) -> bool:
        """Note the strings of one operator that shows text."""
        if not self.font or len(told) > _LONGEST_STRING:
            return False
        shown = self.uses.shown.setdefault((self.font, self.mode), set())
        if told[:1] == b"(" and b"\\" not in told:
            shown.add(told[1:-1])
            return True
        for letters, numbers in _STRING.findall(told):
            shown.add(bytes.fromhex(numbers.decode("ascii")) if numbers else _ESCAPE.sub(_meant, letters))
        return True

    def _note(self, kind: str, name: bytes) -> bool:
        """Follow one operator that changes or uses what is set."""
        if kind == "font":
            self.font = name
        elif kind == "mode":
            self.mode = int(name)
        elif kind == "state":
            self.uses.states.add(name)
        elif kind == "drawn":
            self.uses.drawn.add((name, self.font, self.mode, len(self.saved)))
        elif kind == "saved":
            self.saved.append((self.font, self.mode))
            return len(self.saved) <= _DEEPEST
        elif self.saved:
            self.font, self.mode = self.saved.pop()
        else:
            return False
        return True


def _meant(escape: re.Match[bytes]) -> bytes:
    told = escape[1]
    if told[:1].isdigit():
        return bytes([int(told, 8) & 0xFF])
    return _MEANT.get(told, told)
