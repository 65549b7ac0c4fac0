"""A text taken apart into terms, each knowing where it stands in the text as written."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from search.folding import letters

#: Longer words are cut into pieces of this many characters; an engine's own limit is never reached.
LONGEST: Final = 64

_WORD: Final = letters.word_characters()
_NUMBER: Final = letters.number_characters()
_MARK: Final = letters.mark_characters()
_INSIDE: Final = _MARK + letters.JOINERS

#: A word: one cluster of an unspaced script, or a run of one alphabet with its marks and joiners.
_WORDS: Final = re.compile(
    f"[{letters.unspaced_characters()}][{_INSIDE}\uff9e\uff9f]*"
    f"|[{_NUMBER}][{_NUMBER}{_INSIDE}]*"
    f"|[{_WORD}][{_WORD}{_INSIDE}]*"
)
_FOLDING: Final = letters.folding_table()
_DIGITS: Final = letters.digit_table()


@dataclass(frozen=True, slots=True)
class Term:
    """One term and the stretch of the text, in characters, that it was folded from."""

    text: str
    start: int
    end: int


def level_digits(text: str) -> str:
    """The text with the digits of every script as ASCII digits; its length does not change."""
    return text if text.isascii() else text.translate(_DIGITS)


@lru_cache(maxsize=1 << 17)
def fold_word(word: str) -> tuple[str, ...]:
    """The terms one word stands for: mostly one, none for a lone mark, several for a ligature of words."""
    if word.isascii():
        return _cut(word.lower())
    for old, letter in letters.OLD_SPELLINGS.items():
        word = word.replace(old, letter)
    bare = unicodedata.normalize("NFKD", word).translate(_FOLDING).casefold()
    plain = unicodedata.normalize("NFKD", bare).translate(_FOLDING).translate(_DIGITS)
    return tuple(piece for part in _WORDS.findall(unicodedata.normalize("NFC", plain)) for piece in _cut(part))


def _cut(term: str) -> tuple[str, ...]:
    return tuple(term[at : at + LONGEST] for at in range(0, len(term), LONGEST))


def fold(text: str) -> tuple[str, ...]:
    """The terms of *text* in order: what both engines index and what a query is turned into."""
    return tuple(term for word in _WORDS.findall(text) for term in fold_word(word))


def locate(text: str) -> Iterator[Term]:
    """The same terms as `fold`, each with its place in *text* as written, so that a snippet marks the original."""
    for found in _WORDS.finditer(text):
        for term in fold_word(found.group()):
            yield Term(term, found.start(), found.end())
