"""Numbers and names written in pieces, joined into additional terms beside the words they are made of.

"+98 912 345 6789" is four words to a reader of words and one number to an investigator.  The joined form
stands in a field of its own, so that phrases keep their neighbours.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Final

from search.folding.letters import Kind, characters
from search.folding.terms import LONGEST, Term, fold, level_digits

#: Fewer digits than this are a year, a price or a page, not a number to be joined.
SHORTEST: Final = 7
#: A telephone number has at most fifteen digits (E.164), a payment card at most nineteen.
_TELEPHONE: Final = 15
_LONGEST: Final = 19
#: Numbers that end in the same nine digits are the same telephone with or without its country or trunk prefix;
#: the sign before them is one that folding never leaves in a word, so no word can be taken for such a tail.
_DIGITS_OF_TAIL: Final = 9
TAIL: Final = "\N{NUMERO SIGN}"

_GAP: Final = "[ \u00a0\u2007\u2009\u200e\u200f\u202a-\u202f\u2066-\u2069\\-\u2010\u2011\u2013./()\u00b7]{1,2}"
_NUMBERS: Final = re.compile(f"[0-9]+(?:{_GAP}[0-9]+)*")
_DIGIT: Final = re.compile("[0-9]")
_DIGITS: Final = re.compile("[0-9]+")
_DATES: Final = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2(?:19|20)[0-9]{2})(?![0-9])"
)
_IBANS: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}"
    r"(?:[ \u00a0\u202f-]?[A-Za-z0-9]{4}){2,7}(?:[ \u00a0\u202f-]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])"
)
_HYPHENS: Final = "['`\u00b4\u2018\u2019\u2010\u2011\u05be-]"
#: Another cheap question: no emblem stands below this.
_MAYBE_EMBLEM: Final = re.compile("[\u2190-\U0010ffff]")
_SHORTEST_COMPOUND: Final = 4


# Like the pattern of a word, these three are made when somebody first needs them.
@cache
def _compound() -> re.Pattern[str]:
    letter = _letter()
    return re.compile(f"(?<!{_HYPHENS})(?=[^0-9]){letter}+(?:{_HYPHENS}{letter}+){{1,3}}(?!{_HYPHENS})")


@cache
def _joint() -> re.Pattern[str]:
    """The cheap question asked first: a hyphen or apostrophe between two letters."""
    return re.compile(f"{_HYPHENS}(?={_letter()})(?<={_letter()}.)")


@cache
def _emblem() -> re.Pattern[str]:
    return re.compile(f"[{characters(Kind.EMBLEM)}{characters(Kind.EMBLEM, far=True)}]")


def _letter() -> str:
    return f"[{characters(Kind.WORD)}{characters(Kind.NUMBER)}]"


def make_ready() -> None:
    """Look through Unicode now, so that the first question does not wait for it."""
    fold("é")
    for made in (_compound, _joint, _emblem):
        made()


def joined(text: str) -> Iterator[Term]:
    """Every additional term of *text*: numbers, IBANs and compound names joined, and emblems, with their places."""
    level = level_digits(text)
    if _DIGIT.search(level):
        accounts = list(_ibans(level))
        yield from accounts
        yield from _numbers(_without(level, accounts))
    yield from _compounds(text)
    if not text.isascii() and _MAYBE_EMBLEM.search(text):
        yield from (Term(found.group(), found.start(), found.end()) for found in _emblem().finditer(text))


def _without(level: str, accounts: list[Term]) -> str:
    """The text with dates and account numbers crossed out, character for character, so that no number grows of them."""
    for account in accounts:
        level = level[: account.start] + "x" * (account.end - account.start) + level[account.end :]
    return _DATES.sub(lambda date: "x" * len(date.group()), level)


def whole(text: str) -> tuple[str, ...]:
    """The joined forms by which *text* is looked up if, as a whole, it is one number, IBAN or compound; else none."""
    bare = level_digits(text).strip(" +()")
    if found := _NUMBERS.fullmatch(bare):
        digits = "".join(_DIGITS.findall(found.group()))
        known = (digits,) if SHORTEST <= len(digits) <= _LONGEST else ()
        return known + _tail(digits)
    if (found := _IBANS.fullmatch(bare)) and (account := _account(found.group())):
        return (account[0],)
    if _compound().fullmatch(text) and len(name := _one_word(text)) >= _SHORTEST_COMPOUND:
        return (name,)
    return (text,) if _emblem().fullmatch(text) else ()


def _numbers(level: str) -> Iterator[Term]:
    for run in _NUMBERS.finditer(level):
        if run.end() - run.start() < SHORTEST:
            continue
        groups = list(_DIGITS.finditer(run.group()))
        if len(groups) == 1:
            yield from (Term(tail, run.start(), run.end()) for tail in _tail(run.group()))
            continue
        for first, group in enumerate(groups):
            if first == 0 or group.group().startswith("0"):
                yield from _beginnings(groups[first:], run.start())


def _beginnings(groups: list[re.Match[str]], offset: int) -> Iterator[Term]:
    """The number that starts with the first group, for each place where it may end."""
    start = groups[0].start() + offset
    for number, group in zip(accumulate(g.group() for g in groups), groups, strict=True):
        if len(number) > _LONGEST:
            return
        if len(number) >= SHORTEST:
            yield from (Term(term, start, group.end() + offset) for term in (number, *_tail(number)))


def _tail(digits: str) -> tuple[str, ...]:
    return (f"{TAIL}{digits[-_DIGITS_OF_TAIL:]}",) if _DIGITS_OF_TAIL <= len(digits) <= _TELEPHONE else ()


def _ibans(level: str) -> Iterator[Term]:
    for found in _IBANS.finditer(level):
        if account := _account(found.group()):
            yield Term(account[0], found.start(), found.start() + account[1])


def _account(written: str) -> tuple[str, int] | None:
    """The account number at the start of *written* whose check digits hold, and how many characters it took."""
    compact, places = "", []
    for place, character in enumerate(written, 1):
        if character.isalnum():
            compact += character.lower()
            places.append(place)
    for length in range(15, len(compact) + 1):
        turned = compact[4:length] + compact[:4]
        if int("".join(str(int(character, 36)) for character in turned)) % 97 == 1:
            return compact[:length], places[length - 1]
    return (compact, len(written)) if written.isupper() else None


def _compounds(text: str) -> Iterator[Term]:
    for found in _compound().finditer(text) if _joint().search(text) else ():
        if len(name := _one_word(found.group())) >= _SHORTEST_COMPOUND:
            yield Term(name, found.start(), found.end())


def _one_word(compound: str) -> str:
    return "".join(fold(compound))[:LONGEST]
