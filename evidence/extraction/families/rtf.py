"""Reads RTF, whose letters stand in the code page of the font that is in force."""

import codecs
import re
from dataclasses import dataclass, replace

from evidence.extraction.findings import Findings
from evidence.pinpoints import Pinpoint

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_CHARSETS = {
    0: 1252, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
    186: 1257, 204: 1251, 222: 874, 238: 1250, 77: 10000,
}  # fmt: skip
_ASIDE = frozenset(
    "fonttbl colortbl stylesheet pict objdata themedata datastore latentstyles listtable listoverridetable rsidtbl "
    "generator xmlnstbl fldinst bkmkstart bkmkend mmathPr filetbl revtbl".split()
)
_INFO = frozenset("title subject author operator keywords doccomm company manager".split())
_WORDS = {
    "par": "\n\n", "line": "\n", "tab": "\t", "cell": " | ", "row": "\n", "sect": "\n\n", "page": "\n\n",
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
_SIGNS = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n\n", b"\r": "\n\n"}


@dataclass(frozen=True, slots=True)
class _State:
    """What is in force inside one group."""

    page: str = "cp1252"
    skip: int = 1
    where: str = ""


class _Reader:
    """Walks through the groups once and keeps text, properties and the fonts' code pages."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.info: dict[str, str] = {}
        self.objects = 0
        self._state = _State()
        self._stack: list[_State] = []
        self._fonts: dict[int, str] = {}
        self._font = -1
        self._default = "cp1252"
        self._bytes = bytearray()
        self._unread = 0

    def walk(self, content: bytes) -> None:
        """Read the whole document; braces that do not match end nothing but their group."""
        for found in _TOKEN.finditer(content):
            word, number, code, sign, brace, plain = found.groups()
            if code:
                self._letters(bytes([int(code, 16)]))
            elif plain:
                self._letters(plain)
            else:
                self._flush()
                if brace:
                    self._brace(brace)
                elif word:
                    self._word(word.decode("ascii"), int(number) if number else None)
                elif sign == b"*":
                    self._state = replace(self._state, where=self._state.where or "aside")
                elif sign:
                    self._put(_SIGNS.get(sign, ""))
        self._flush()

    def _letters(self, letters: bytes) -> None:
        for_skipping = min(self._unread, len(letters))
        self._unread -= for_skipping
        self._bytes += letters[for_skipping:]

    def _flush(self) -> None:
        if self._bytes:
            letters, self._bytes = bytes(self._bytes), bytearray()
            self._put(letters.decode(self._state.page, "replace"))

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            self._stack.append(self._state)
        elif self._stack:
            self._state = self._stack.pop()
        self._unread = 0

    def _put(self, text: str) -> None:
        where = self._state.where
        if where in _INFO:
            self.info[where] = self.info.get(where, "") + text
        elif not where:
            self.text.append(text)

    def _word(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._put(chr(number % 65536))
            self._unread = self._state.skip
        elif word == "uc":
            self._state = replace(self._state, skip=min(number or 0, 8))
        elif word in {"ansicpg", "f", "fcharset", "plain", "deff"}:
            self._page(word, number or 0)
        elif word in _ASIDE or word in _INFO or word == "info":
            self._state = replace(self._state, where=word)
            self.objects += word == "objdata"
        elif word in _WORDS:
            self._put(_WORDS[word])

    def _page(self, word: str, number: int) -> None:
        if word == "ansicpg":
            self._default = _known(number, self._default)
        elif word == "fcharset":
            self._fonts[self._font] = _known(_CHARSETS.get(number, 0), self._default)
            return
        elif word == "f":
            self._font = number
        page = self._fonts.get(number, self._default) if word == "f" else self._default
        self._state = replace(self._state, page=page)


def _known(number: int, otherwise: str) -> str:
    name = {10000: "mac-roman", 1361: "johab"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return otherwise
    return name


def read(content: bytes, found: Findings) -> None:
    """Read an RTF document: its text, its properties, and how many objects are embedded in it."""
    found.kind("application/rtf", "probanda rtf", "1")
    reader = _Reader()
    reader.walk(content)
    for name, value in reader.info.items():
        found.fact(name, value)
    found.text(_joined(reader), Pinpoint())
    if reader.objects:
        found.weak(f"{reader.objects} embedded objects are not taken out of it")


def text(content: bytes) -> str:
    """The text alone, as the body of a message is written."""
    reader = _Reader()
    reader.walk(content)
    return _joined(reader)


def _joined(reader: _Reader) -> str:
    """The text as one; letters above U+FFFF stand in RTF as two halves, which are put together here."""
    whole = "".join(reader.text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"\n{3,}", "\n\n", whole)
