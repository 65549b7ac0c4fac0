"""What people type, read into a question that engines answer alike; what cannot be read is refused with its place."""

import calendar
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, NoReturn

from core.errors import Invalid
from search.folding.runs import SHORTEST, TAIL, whole
from search.folding.terms import fold, level_digits
from search.passages import KINDS

LONGEST: Final = 1_000
MOST_PARTS: Final = 100
DEEPEST: Final = 12
#: Shorter words are looked up as they stand only: no compound is as short.
_JOINABLE: Final = 4
_SHORTEST_PREFIX: Final = 2


class BadQuery(Invalid):
    """The query cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Text:
    """These terms in a row in one column; with *prefix* the last is only how a term begins."""

    column: Literal["terms", "joined", "name"]
    terms: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """A field of the passage holds one of these values."""

    field: Literal["kind", "language", "case", "exhibit"]
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Named:
    """A case or an exhibit as a person calls it; the finder puts the ones meant in its place."""

    field: Literal["case", "exhibit"]
    name: str


@dataclass(frozen=True, slots=True)
class Between:
    """The passage's day (YYYY-MM-DD) is in this span, both ends included; an empty end is open."""

    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple["Question", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; with no parts, nothing does."""

    parts: tuple["Question", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Question"


Question = Text | Among | Named | Between | Every | Some | Not


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as typed, the question it was read as, and the pieces that say nothing and were left out."""

    text: str
    question: Question
    ignored: tuple[str, ...] = ()


_TOKENS: Final = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<number>(?:\+[0-9]{1,3}[ ]?)?\([0-9]{1,5}\)[ ./-]?[0-9][0-9 ./-]{3,}[0-9])
    | (?P<open>\()
    | (?P<close>\))
    | (?P<minus>-(?=[^\s\-]))
    | (?P<field>[A-Za-z]+:(?=\S)|(?:name|type|lang|case|exhibit|from|to):)
    | "(?P<quoted>[^"]*)"
    | [“„](?P<curled>[^“”„]*)[”“]
    | «(?P<angled>[^«»]*)»
    | (?P<unclosed>["“„«])
    | (?P<word>[^\s()"“”„«»]+)
    | (?P<stray>.)
    """,
    re.VERBOSE,
)
_WORDS_FOR: Final = {"AND": "and", "OR": "or", "NOT": "not"}
_NUMERIC: Final = re.compile(r"[+0-9./()-]*[0-9][0-9./()-]*")
_ACCOUNT: Final = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]*")
_GROUP: Final = re.compile(r"[A-Za-z0-9]{1,4}")
_DAY: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def read(text: str) -> Asked:
    """Read a query: words, "phrases", AND OR NOT, -word, parentheses, prefix*, and the fields of `FIELDS`.

    Raises `BadQuery` with the place (counted from 1, in characters) for what cannot be read, for more than
    `LONGEST` characters, `MOST_PARTS` words or `DEEPEST` levels, and for a query that holds no word at all.
    """
    if len(text) > LONGEST:
        _refuse(LONGEST, f"a query has at most {LONGEST} characters; this has {len(text)}")
    reader = _Reader(text, _tokens(text))
    question = reader.either(0)
    if reader.kind:
        _refuse(reader.here, "this parenthesis was never opened")
    if question is None:
        _refuse(0, "type at least one word, number or field to search for")
    return Asked(text, question, tuple(reader.ignored))


def _refuse(place: int, why: str) -> NoReturn:
    message = f"at character {place + 1}: {why}"
    raise BadQuery(message, fields={"query": message})


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for found in _TOKENS.finditer(level_digits(text)):
        kind, start, end = found.lastgroup or "", found.start(), found.end()
        if kind == "space":
            continue
        if kind in {"unclosed", "stray"}:
            _refuse(start, "this quotation mark has no partner")
        if kind in {"quoted", "curled", "angled"}:
            kind, piece = "quoted", text[found.start(kind) : found.end(kind)]
        else:
            piece = text[start:end]
        tokens.append(_Token(_WORDS_FOR.get(piece, kind) if kind == "word" else kind, piece, start, end))
    if sum(token.kind in {"word", "quoted", "number"} for token in tokens) > MOST_PARTS:
        _refuse(tokens[-1].start, f"a query has at most {MOST_PARTS} words")
    return tokens


@dataclass(slots=True)
class _Reader:
    """Reads tokens from left to right; each method takes what it understands and leaves the rest."""

    text: str
    tokens: list[_Token]
    at: int = 0
    ignored: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    @property
    def here(self) -> int:
        return self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def either(self, depth: int) -> Question | None:
        """Parts with OR between them."""
        if depth > DEEPEST:
            _refuse(self.here, f"parentheses and NOT may stand {DEEPEST} deep at most")
        parts = [self.together(depth)]
        while self.kind == "or":
            self.take()
            parts.append(self.together(depth))
        return _of(Some, parts)

    def together(self, depth: int) -> Question | None:
        """Parts with AND, or nothing, between them."""
        if self.kind in {"and", "or"} or (not self.kind and self.at):
            _refuse(self.here, "a word is missing here")
        parts: list[Question | None] = []
        while self.kind not in {"", "or", "close"}:
            parts += self.stretch() if self.kind == "word" else [self.part(depth)]
            if self.kind == "and":
                self.take()
                if self.kind in {"", "and", "or", "close"}:
                    _refuse(self.here, "a word is missing after AND")
        return _of(Every, parts)

    def part(self, depth: int) -> Question | None:
        """One part: negated, in parentheses, quoted, a field, or a number."""
        token = self.take()
        if token.kind in {"not", "minus"}:
            return self.negated(token, depth)
        if token.kind == "open":
            inside = self.either(depth + 1) if self.kind != "close" else None
            if self.kind != "close":
                _refuse(token.start, "this parenthesis is never closed")
            self.take()
            return inside
        if token.kind == "field":
            return self.fielded(token)
        return self.worded(token)

    def negated(self, token: _Token, depth: int) -> Question:
        if depth >= DEEPEST:
            _refuse(token.start, f"parentheses and NOT may stand {DEEPEST} deep at most")
        if self.kind in {"", "and", "or", "close"}:
            _refuse(token.end, "a word is missing after NOT")
        part = self.part(depth + 1)
        if part is None:
            _refuse(token.start, "there is no word in what is left out here")
        return Not(part)

    def stretch(self) -> list[Question | None]:
        """Words that follow one another; those that together write a number or an account count as that too."""
        words = []
        while self.kind == "word":
            words.append(self.take())
        parts: list[Question | None] = []
        while words:
            length = _numeric(words) or _accounted(words)
            run, words = words[: length or 1], words[length or 1 :]
            plain = _of(Every, [self.worded(word) for word in run])
            keys = whole(self.text[run[0].start : run[-1].end]) if length else ()
            parts.append(_of(Some, [plain, *(_key(column, key) for key in keys for column in _columns(key))]))
        return parts

    def worded(self, token: _Token) -> Question | None:
        """A word, phrase or number as the texts it may stand for; nothing if it holds no letter or digit."""
        text, prefix = _starred(token)
        terms, keys = fold(text), () if prefix else whole(text)
        if token.kind == "quoted":
            keys = tuple(key for key in keys if any(map(str.isdigit, key)) and not key.startswith(TAIL))
        elif len(terms) == 1 and len(terms[0]) >= (SHORTEST if terms[0].isdecimal() else _JOINABLE):
            keys += terms
        found: list[Question | None] = [Text("terms", terms, prefix)] if terms else []
        found += [_key(column, key, prefix=prefix) for key in dict.fromkeys(keys) for column in _columns(key)]
        if not found:
            self.ignored.append(token.text)
        return _of(Some, found)

    def fielded(self, token: _Token) -> Question:
        name = token.text[:-1].lower()
        if name not in FIELDS:
            known = ", ".join(f"{known}:" for known in FIELDS)
            _refuse(token.start, f"there is no field {name}:; there are {known} (or put it in quotation marks)")
        if self.kind not in {"word", "quoted", "number"} or self.here != token.end:
            _refuse(token.end, f"{name}: needs a word right after it")
        return FIELDS[name](self.take())


def _numeric(words: list[_Token]) -> int:
    """How many words at the start are pieces of one written number; none if it would be only one."""
    count = 0
    for word in words:
        if not _NUMERIC.fullmatch(level_digits(word.text)) or (count and word.text.startswith("+")):
            break
        count += 1
    return count if count > 1 else 0


def _accounted(words: list[_Token]) -> int:
    """How many words at the start are pieces of one written IBAN."""
    if not _ACCOUNT.fullmatch(level_digits(words[0].text)):
        return 0
    count = 1
    while count < len(words) and _GROUP.fullmatch(level_digits(words[count].text)):
        count += 1
    for length in range(min(count, 10), 1, -1):
        if any(key[:2].isalpha() for key in whole(" ".join(word.text for word in words[:length]))):
            return length
    return 0


def _starred(token: _Token) -> tuple[str, bool]:
    """The text of a word without its star, and whether it had one."""
    text = token.text
    if token.kind == "number" or "*" not in text:
        return text, False
    bare, terms = text[:-1], fold(text[:-1])
    if "*" in bare or not text.endswith("*"):
        _refuse(token.start, "a * may stand at the end of a word only")
    if not terms or (len(terms[-1]) < _SHORTEST_PREFIX and terms[-1].isascii()):
        _refuse(token.start, f"a * needs at least {_SHORTEST_PREFIX} letters before it")
    return bare, True


def _columns(key: str) -> tuple[Literal["terms", "joined"], ...]:
    return ("joined",) if key.startswith(TAIL) else ("joined", "terms")


def _key(column: Literal["terms", "joined"], key: str, *, prefix: bool = False) -> Text:
    return Text(column, (key,), prefix)


def _of(kind: type[Every] | type[Some], parts: list[Question | None]) -> Question | None:
    """The parts that say something as one question; nothing if none does."""
    said = tuple(dict.fromkeys(part for part in parts if part is not None))
    return kind(said) if len(said) > 1 else said[0] if said else None


def _name(token: _Token) -> Question:
    text, prefix = _starred(token)
    if not (terms := fold(text)):
        _refuse(token.start, "there is no letter or digit in this name")
    return Text("name", terms, prefix)


def _kinds(token: _Token) -> Question:
    kinds = frozenset(token.text.lower().split(","))
    if unknown := kinds - KINDS:
        _refuse(token.start, f"there is no type {min(unknown)}; there are {', '.join(sorted(KINDS))}")
    return Among("kind", kinds)


def _languages(token: _Token) -> Question:
    codes = frozenset(token.text.lower().split(","))
    if not all(map(_LANGUAGE.fullmatch, codes)):
        _refuse(token.start, "a language is a code of two or three letters, such as ar or bn")
    return Among("language", codes)


def _case(token: _Token) -> Question:
    return Named("case", token.text)


def _exhibit(token: _Token) -> Question:
    return Named("exhibit", token.text)


def _since(token: _Token) -> Question:
    return Between(since=_day(token, last=False))


def _until(token: _Token) -> Question:
    return Between(until=_day(token, last=True))


def _day(token: _Token, *, last: bool) -> str:
    """The first or last day of a year, month or day as typed."""
    found = _DAY.fullmatch(level_digits(token.text))
    year, month, day = (int(piece) if piece else 0 for piece in found.groups()) if found else (0, 0, 0)
    try:
        month = month or (12 if last else 1)
        return date(year, month, day or (calendar.monthrange(year, month)[1] if last else 1)).isoformat()
    except ValueError:
        _refuse(token.start, "this is no day; write 2026-03-01, 2026-03 or 2026")


FIELDS: Final = {
    "name": _name,
    "type": _kinds,
    "lang": _languages,
    "case": _case,
    "exhibit": _exhibit,
    "from": _since,
    "to": _until,
}
