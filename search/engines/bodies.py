"""A question as an Elasticsearch query, made of the server's own core features only."""

from typing import Any, Final

from search.asking import Among, Between, Every, Not, Question, Some, Text
from search.engines.protocol import Scope

Body = dict[str, Any]
NOTHING: Final[Body] = {"match_none": {}}
#: Every word that begins so is meant; the server refuses, and we say so, rather than leave some out.
_ALL_WORDS: Final = 2**31 - 1

#: Terms and places, no text and no source; nothing is scored, so nothing about word statistics can be seen.
MAPPINGS: Final[Body] = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        "terms": {"type": "text", "analyzer": "whitespace", "norms": False},
        "joined": {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"},
        "name": {"type": "text", "analyzer": "whitespace", "norms": False},
        **{field: {"type": "keyword"} for field in ("file", "exhibit", "case", "kind", "language", "day", "month")},
        "ordinal": {"type": "integer"},
    },
}


def query(question: Question, scope: Scope, names: dict[str, str]) -> Body:
    """The query for *question* over the tiers of *scope*, whose index names are given; nothing is scored."""
    walls = [
        {"bool": {"filter": [{"term": {"_index": names[tier]}}, _among("case", [str(case) for case in cases])]}}
        for tier, cases in scope.items()
        if cases
    ]
    return {"bool": {"filter": [_some(walls), body(question)]}}


def body(question: Question) -> Body:
    """The query for a question by itself."""
    match question:
        case Text(column, terms, prefix):
            return _text(column, terms, prefix=prefix)
        case Every(parts):
            return {"bool": {"filter": [body(part) for part in parts]}}
        case Some(parts):
            return _some([body(part) for part in parts])
        case Not(part):
            return {"bool": {"must_not": [body(part)]}}
        case Among(field, values):
            return _among(field, sorted(values))
        case Between(since, until):
            return {"range": {"day": {"gte": since or "0001-01-01", "lte": until or "9999-12-31"}}}
    message = f"no engine answers {type(question).__name__}; the finder names cases and exhibits first"
    raise TypeError(message)


def _text(column: str, terms: tuple[str, ...], *, prefix: bool) -> Body:
    if len(terms) == 1:
        return {"prefix" if prefix else "term": {column: {"value": terms[0]}}}
    if prefix:
        return {"match_phrase_prefix": {column: {"query": " ".join(terms), "max_expansions": _ALL_WORDS}}}
    return {"match_phrase": {column: {"query": " ".join(terms)}}}


def _some(queries: list[Body]) -> Body:
    return {"bool": {"should": queries, "minimum_should_match": 1}} if queries else NOTHING


def _among(field: str, values: list[str]) -> Body:
    return {"terms": {field: values}}
