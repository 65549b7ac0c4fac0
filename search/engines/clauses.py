"""A question as SQL over the embedded index: runs of words as one full-text expression, the rest as conditions."""

import json
from dataclasses import dataclass
from typing import Final

from search.asking import Among, Between, Every, Not, Question, Some, Text

_COLUMNS: Final = {"kind": "kind", "language": "language", "case": "case_id", "exhibit": "exhibit"}


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on a document, with its parameters."""

    sql: str
    parameters: tuple[str, ...] = ()


def clause(question: Question) -> Clause:
    """The condition under which a document answers *question*."""
    if (words := _words(question)) is not None:
        return Clause("number IN (SELECT rowid FROM words WHERE words MATCH ?)", (words,))
    match question:
        case Every(parts):
            return _joined(" AND ", parts)
        case Some(parts):
            return _joined(" OR ", parts) if parts else Clause("0")
        case Not(part):
            inner = clause(part)
            return Clause(f"NOT ({inner.sql})", inner.parameters)
        case Among(field, values):
            listed = json.dumps(sorted(values))
            return Clause(f"{_COLUMNS[field]} IN (SELECT value FROM json_each(?))", (listed,))
        case Between(since, until):
            return Clause("day <> '' AND day >= ? AND day <= ?", (since, until or "9999-12-31"))
    message = f"no engine answers {type(question).__name__}; the finder names cases and exhibits first"
    raise TypeError(message)


def _joined(word: str, parts: tuple[Question, ...]) -> Clause:
    inner = [clause(part) for part in parts]
    return Clause(word.join(f"({one.sql})" for one in inner), tuple(p for one in inner for p in one.parameters))


def _words(question: Question) -> str | None:
    """The question in the full-text language, if it asks for words alone."""
    match question:
        case Text(column, terms, prefix):
            return f'{{{column}}} : "{" ".join(terms)}"{" *" if prefix else ""}'
        case Some(parts) if parts:
            return _all_words(" OR ", parts)
        case Every(parts):
            wanted = [part for part in parts if not isinstance(part, Not)]
            unwanted = [part.part for part in parts if isinstance(part, Not)]
            found = _all_words(" AND ", tuple(wanted)) if wanted else None
            left_out = _all_words(" OR ", tuple(unwanted)) if unwanted else None
            if found is None or (unwanted and left_out is None):
                return None
            return f"({found}) NOT ({left_out})" if unwanted else found
    return None


def _all_words(word: str, parts: tuple[Question, ...]) -> str | None:
    inner = [_words(part) for part in parts]
    return word.join(f"({one})" for one in inner) if None not in inner else None
