"""Tells in which encoding a text was written: by its mark, by strict UTF-8, or by which letters it would then hold."""

import codecs
import re
from collections.abc import Iterable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_RUSSIAN = "оеаинтсрвлкмдпуяызьбгчйхжшюцщэфёОАНПСВКМ"
_HAN = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然"
    "没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回"
    "二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听"
)
_HANT = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可里後"
    "小麼心多天而能好都然沒日於起還發成事"
)
_ACCENTED = "éèàêâîôûçëïüöäßáíóúñãõìòùåæøÑ¿¡ºªÉÄÖÜ€–—‘’“”«»§°…·"
_CENTRAL = "ąćęłńśźżčďěňřšťůžőűáéíóúýąŁŚŽŠČŘâăîșşțţ„”–"
_TURKISH = "ıİşŞğĞçÇöÖüÜâ"
# For each encoding the letters that a text written in it mostly consists of; the fit decides between them.
_CANDIDATES: tuple[tuple[str, str], ...] = (
    ("cp1251", _RUSSIAN),
    ("koi8-r", _RUSSIAN),
    ("cp866", _RUSSIAN),
    ("iso8859-5", _RUSSIAN),
    ("mac-cyrillic", _RUSSIAN),
    ("cp1256", "الينمتروبعدسهفكقحجشطصخةأىضءزغثذإئؤظآ،؛؟پچژگ"),
    ("iso8859-6", "الينمتروبعدسهفكقحجشطصخةأىضءزغثذإئؤظآ،؛؟"),
    ("cp1255", "יולהאמרתבשנעדקםחפגצכטזסןךףץ"),
    ("cp1253", "αοιετνσςρκπμλυηθδγωχβφάέήίόύώ"),
    ("cp1254", _TURKISH),
    ("cp1250", _CENTRAL),
    ("iso8859-2", _CENTRAL),
    ("cp1252", _ACCENTED),
    ("cp850", _ACCENTED),
    ("mac-roman", _ACCENTED),
    ("cp1258", "ăâđêôơưàảãạ"),
    ("cp874", "านรกอเงมยลวดทสตะปบคหแ่้"),
    ("shift_jis", ""),
    ("euc_jp", ""),
    ("iso2022_jp", ""),
    ("euc_kr", ""),
    ("gb18030", _HAN),
    ("big5", _HANT),
)
_SAMPLE = 60_000
_MIXED = re.compile("[A-Za-z][\u0370-\u0e7f]|[\u0370-\u0e7f][A-Za-z]|[а-яёα-ω][А-ЯЁΑ-Ω]")


def decode(content: bytes, declared: str = "") -> tuple[str, str, str]:
    """The text, the encoding it was read in, and how that is known; never fails, as unfit bytes become U+FFFD."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace"), encoding, "by its mark"
    if wide := _wide(content):
        return content.decode(wide, "replace"), wide, "by the pattern of its zero bytes"
    if b"\x1b$" not in content[:_SAMPLE] and (text := _strictly(content, "utf-8")) is not None:
        return text, "ascii" if content.isascii() else "utf-8", "every byte fits"
    encoding, fit = best_fit(content[:_SAMPLE], declared)
    how = f"guessed from its letters, fit {round(fit * 100)} of 100"
    if declared and _same(encoding, declared):
        how = f"declared in the file, fit {round(fit * 100)} of 100"
    return content.decode(encoding, "replace"), encoding, how


def best_fit(sample: bytes, declared: str = "") -> tuple[str, float]:
    """The encoding whose usual letters these bytes would be, and how well they fit, from 0 to 1."""
    scored = [(_fit(sample, encoding, usual), encoding) for encoding, usual in _given(declared)]
    bonus = [(fit + (0.15 if declared and _same(encoding, declared) else 0), fit, encoding) for fit, encoding in scored]
    _, fit, encoding = max(bonus, key=lambda one: one[:2])
    return (encoding, fit) if fit > 0 else ("cp1252", 0.0)


def _given(declared: str) -> Iterable[tuple[str, str]]:
    yield from _CANDIDATES
    try:
        name = codecs.lookup(declared).name if declared else ""
    except LookupError:
        return
    if name and name != "utf-8" and not any(_same(name, one) for one, _ in _CANDIDATES):
        yield name, ""


def _fit(sample: bytes, encoding: str, usual: str) -> float:
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except (UnicodeDecodeError, LookupError):
        return 0.0
    if encoding.startswith("iso2022"):
        return 0.9 if b"\x1b$" in sample or b"\x1b(" in sample else 0.0
    odd = [letter for letter in text if ord(letter) > 127]
    if not odd:
        return 0.0
    good = sum(_weight(letter, encoding, usual) for letter in odd) - _torn(text)
    return max(0.0, good / len(odd))


def _torn(text: str) -> int:
    """How many letters of another script stand inside a word of plain Latin letters, which nobody writes."""
    return len(_MIXED.findall(text))


_ASIAN = frozenset({"shift_jis", "euc_jp", "euc_kr", "gb18030", "big5"})


def _weight(letter: str, encoding: str, usual: str) -> float:
    """How much one letter speaks for an encoding, from -0.6 (it never stands in such text) to 1.4 (it often does)."""
    if letter in usual:
        return 1.4 if encoding in _ASIAN else 1.0
    if encoding == "gb18030" and len(pair := letter.encode("gb2312", "ignore")) == 2 and 0xB0 <= pair[0] <= 0xD7:
        return 0.75  # the half of GB 2312 that holds the common characters
    if encoding in _RANGES:
        code = ord(letter)
        return next((weight for first, last, weight in _RANGES[encoding] if first <= code <= last), -0.6)
    if letter.lower() in usual:
        return 0.6
    return 0.0 if letter.isalpha() else -0.5


_JAPANESE = ((0x3040, 0x30FF, 1.0), (0x4E00, 0x9FFF, 0.45), (0x3000, 0x303F, 0.45))
_CHINESE = ((0x4E00, 0x9FFF, 0.45), (0x3000, 0x303F, 0.45), (0xFF00, 0xFF5F, 0.45))
_RANGES: dict[str, tuple[tuple[int, int, float], ...]] = {
    "shift_jis": _JAPANESE,
    "euc_jp": _JAPANESE,
    "euc_kr": ((0xAC00, 0xD7AF, 0.95), (0x4E00, 0x9FFF, 0.1)),
    "gb18030": _CHINESE,
    "big5": _CHINESE,
}


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(content: bytes) -> str:
    """UTF-16 without a mark: in most scripts one byte of each pair is the same small number most of the time."""
    sample = content[:4096]
    if len(sample) < 4 or len(content) % 2 or not sample.count(0):
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) * 0.15 or min(even, odd) > max(even, odd) * 0.2:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _same(one: str, other: str) -> bool:
    try:
        return codecs.lookup(one).name == codecs.lookup(other).name
    except LookupError:
        return False
