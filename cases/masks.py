"""Hide the names of protected persons in a text, whatever their case, accents, spacing or order of parts.

A form matches where its parts stand next to each other in any order, or run together.  A part alone does not match:
a first name that thousands share would hide half of the evidence; where a part alone gives somebody away, enter it as
a form of its own.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Final

_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f\u064b-\u065f\u0670]+[^\W_]*)*")
# Letters of one sound that keyboards of neighbouring languages write differently (domain.md 9.1).
_ALIKE: Final = str.maketrans("أإآٱىيئكةۀؤ", "ااااییی" + "ک" + "هه" + "و", "\u0640\u200c\u200d\u200e\u200f\u061c")
# What cuts a name in two without a reader noticing: a hyphen at a line's end, marks that do not show, and the line
# ends and numbered parts of a bank's field 86 (?32Sel?33am).
_BROKEN_LINE: Final = re.compile(r"[-\u00ad\u2010]\s*[\r\n]+\s*")
_UNSEEN: Final = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CUT: Final = re.compile(r"(?:\?\d\d|[\r\n]+)+")
_AROUND: Final = 200
_BETWEEN: Final = re.compile(r"[\W_]+")
_MOST_ORDERED: Final = 4
_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


class _Plain(dict[int, int | None]):
    """What becomes of a letter once accents and vowel signs are left out, worked out when it is first met."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.combining(chr(code)) else code
        return self[code]


_PLAIN: Final = _Plain()


class Masks:
    """The written forms of the protected persons of one case, each with the pseudonym that stands for it."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self._runs: dict[int, dict[tuple[str, ...], str]] = {}
        self._inside: dict[str, str] = {}
        self._bones: set[str] = set()
        for form, pseudonym in forms.items():
            self._learn(form, pseudonym)
        longest_first = sorted(self._bones, key=len, reverse=True)
        self._quick = re.compile("|".join(re.escape(one) for one in longest_first))

    def __bool__(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self._runs or self._inside)

    def apply(self, text: str) -> str:
        """The text with each protected name replaced by its pseudonym."""
        return self.apply_with_places(text)[0]

    def found(self, text: str) -> frozenset[str]:
        """The pseudonyms of those protected persons whose names stand in the text."""
        return frozenset(pseudonym for _start, _end, pseudonym in self._places(text))

    def apply_with_places(self, text: str) -> tuple[str, list[tuple[int, int, str]]]:
        """The masked text, and which stretches of the original (start, end, pseudonym) it hides."""
        places, parts, at = list(self._places(text)), [], 0
        for start, end, pseudonym in places:
            parts += [text[at:start], pseudonym]
            at = end
        return "".join([*parts, text[at:]]), places

    def possible(self, text: str) -> bool:
        """Whether a name might stand in the text, however it is cut up; quick, and never no where one stands."""
        return bool(self._bones) and self._quick.search(_bare(text)) is not None

    def _learn(self, form: str, pseudonym: str) -> None:
        if script_of(form).startswith(_UNSPACED):
            self._inside["".join(form.split())] = pseudonym
            self._bones.add(_bare(form))
            return
        parts = [folded(match[0]) for match in _WORD.finditer(form)]
        if parts:
            # Long names are looked for by their longest part alone, for their orders are too many to list.
            orders = permutations(parts) if len(parts) <= _MOST_ORDERED else [(max(parts, key=len),)]
            self._bones |= {_bare("".join(order)) for order in orders}
            self._runs.setdefault(len(parts), {})[tuple(sorted(parts))] = pseudonym
            for joined in ("".join(parts), "".join(reversed(parts))):
                self._runs.setdefault(1, {})[(joined,)] = pseudonym

    def _places(self, text: str) -> Iterator[tuple[int, int, str]]:
        if not self.possible(text):
            return
        hits = sorted([*self._spaced(text), *self._unspaced(text)], key=lambda hit: (hit[0], -hit[1]))
        after = 0
        for start, end, pseudonym in hits:
            if start >= after:
                yield start, end, pseudonym
                after = end

    def _spaced(self, text: str) -> Iterator[tuple[int, int, str]]:
        if not self._runs:
            return
        words = [(match.start(), match.end(), folded(match[0])) for match in _WORD.finditer(text)]
        for length, known in self._runs.items():
            for first in range(len(words) - length + 1):
                run = words[first : first + length]
                if pseudonym := known.get(tuple(sorted(word for _start, _end, word in run))):
                    yield run[0][0], run[-1][1], pseudonym

    def _unspaced(self, text: str) -> Iterator[tuple[int, int, str]]:
        for form, pseudonym in self._inside.items():
            pattern = r"\s*".join(re.escape(one) for one in form)
            yield from ((match.start(), match.end(), pseudonym) for match in re.finditer(pattern, text))


def named(masks: Masks, text: str) -> frozenset[str]:
    """The pseudonyms of those protected persons who are named in a text, also where something cuts a name in two.

    To be asked before a text is shown or leaves; what was cut up cannot be masked in place and is withheld whole.
    """
    if not masks.possible(text):
        return frozenset()
    whole = _UNSEEN.sub("", _BROKEN_LINE.sub("", text))
    found = {*masks.found(text), *masks.found(_CUT.sub("", whole)), *masks.found(_CUT.sub(" ", whole))}
    for cut in _CUT.finditer(whole):
        before, after = whole[max(0, cut.start() - _AROUND) : cut.start()], whole[cut.end() : cut.end() + _AROUND]
        found |= masks.found(_CUT.sub(" ", before) + _CUT.sub(" ", after))
    return frozenset(found)


def _bare(text: str) -> str:
    """The letters and digits of a text alone, folded, as if nothing stood between them."""
    return _BETWEEN.sub("", folded(_CUT.sub("", text)))


def folded(word: str) -> str:
    """A word without case, accents and the differences of neighbouring keyboards."""
    if word.isascii():
        return word.casefold()
    return unicodedata.normalize("NFKD", word).casefold().translate(_ALIKE).translate(_PLAIN)


def script_of(text: str) -> str:
    """The script in which most letters of a text are written, as Unicode names it; empty when it has no letters."""
    scripts = Counter(unicodedata.name(one, "?").split()[0] for one in text if one.isalpha())
    return scripts.most_common(1)[0][0] if scripts else ""
