"""A text taken apart into terms, each knowing where it stands in the text as written."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple

from search.folding import letters
from search.folding.letters import Kind

#: Longer words are cut into pieces of this many characters; an engine's own limit is never reached.
LONGEST: Final = 64

_FOREIGN_DIGITS: Final = re.compile(r"[^\D0-9]")
_REMEMBERED: Final = 1 << 17


def _words_of(*, far: bool) -> str:
    """The pattern of a word: a run of one alphabet with its marks and joiners, or one cluster of an unspaced script."""
    inside = letters.characters(Kind.MARK) + letters.JOINERS + (letters.characters(Kind.MARK, far=True) if far else "")
    number, word, unspaced = (letters.characters(kind, far=far) for kind in (Kind.NUMBER, Kind.WORD, Kind.UNSPACED))
    return f"[{number}][{number}{inside}]*|[{word}][{word}{inside}]*|[{unspaced}][{inside}\uff9e\uff9f]*"


# All of Unicode is looked through for these, which takes longer than most commands: only who folds waits for it.
@cache
def _words() -> re.Pattern[str]:
    return re.compile(f"{_words_of(far=False)}|(?=[\U00010000-\U0010ffff])(?:{_words_of(far=True)})")


_folding: Final = cache(letters.folding_table)
_digits: Final = cache(letters.digit_table)


class Term(NamedTuple):
    """One term and the stretch of the text, in characters, that it was folded from."""

    text: str
    start: int
    end: int


def level_digits(text: str) -> str:
    """The text with the digits of every script as ASCII digits; its length does not change."""
    return text if text.isascii() else _FOREIGN_DIGITS.sub(lambda digit: _digits()[ord(digit[0])], text)


@lru_cache(maxsize=_REMEMBERED)
def fold_word(word: str) -> tuple[str, ...]:
    """The terms one word stands for: mostly one, none for a lone mark, several for a ligature of words."""
    if word.isascii():
        return _cut(word.lower())
    for old, letter in letters.OLD_SPELLINGS.items():
        word = word.replace(old, letter)
    bare = unicodedata.normalize("NFKD", word).translate(_folding()).casefold()
    plain = unicodedata.normalize("NFKD", bare).translate(_folding()).translate(_digits())
    return tuple(piece for part in _words().findall(unicodedata.normalize("NFC", plain)) for piece in _cut(part))


def _cut(term: str) -> tuple[str, ...]:
    return tuple(term[at : at + LONGEST] for at in range(0, len(term), LONGEST))


def fold(text: str) -> tuple[str, ...]:
    """The terms of *text* in order: what both engines index and what a query is turned into."""
    return tuple(term for word in _words().findall(text) for term in fold_word(word))


class _Folded(dict[str, str]):
    """Remembers what words fold to; reading a whole index of text is mostly meeting the same words again."""

    def __missing__(self, word: str) -> str:
        """Fold a word that is new here."""
        folded = " ".join(fold_word(word))
        if len(self) >= _REMEMBERED:
            self.clear()
        if len(word) <= LONGEST:
            self[word] = folded
        return folded


_FOLDED: Final = _Folded()


def fold_text(text: str) -> str:
    """The terms of *text* with spaces between them, as engines take them."""
    return " ".join(filter(None, map(_FOLDED.__getitem__, _words().findall(text))))


def locate(text: str) -> Iterator[Term]:
    """The same terms as `fold`, each with its place in *text* as written, so that a snippet marks the original."""
    for found in _words().finditer(text):
        for term in fold_word(found.group()):
            yield Term(term, found.start(), found.end())
