"""Stored passages turned into what an engine keeps of them: folded terms and facts, never the text itself.

Names of protected persons are replaced by their pseudonyms before anything is folded (R-PRO-12), in the text
and in the file's name alike.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from evidence.pinpoints import Pinpoint
from search.folding.runs import joined
from search.folding.terms import fold_text

#: The place of a file's card, the document that holds its name alone, before all of its passages.
CARD: Final = -1

_BY_TYPE: Final = {
    "application/pdf": "pdf",
    "application/rtf": "document",
    "text/rtf": "document",
    "application/msword": "document",
    "application/vnd.oasis.opendocument.text": "document",
    "application/vnd.ms-excel": "spreadsheet",
    "application/vnd.oasis.opendocument.spreadsheet": "spreadsheet",
    "text/csv": "spreadsheet",
    "text/tab-separated-values": "spreadsheet",
    "application/vnd.ms-powerpoint": "slides",
    "application/vnd.oasis.opendocument.presentation": "slides",
    "message/rfc822": "email",
    "application/mbox": "email",
    "application/vnd.ms-outlook": "email",
    "application/vnd.ms-outlook-pst": "email",
    "text/html": "web",
    "application/xhtml+xml": "web",
    "application/zip": "archive",
    "application/gzip": "archive",
    "application/x-tar": "archive",
    "application/x-7z-compressed": "archive",
    "application/vnd.rar": "archive",
    "application/vnd.sqlite3": "database",
    "application/x-sqlite3": "database",
}
_BY_WORD: Final = (
    ("wordprocessingml", "document"),
    ("spreadsheetml", "spreadsheet"),
    ("presentationml", "slides"),
    ("chat", "chat"),
    ("whatsapp", "chat"),
    ("signal", "chat"),
    ("telegram", "chat"),
    ("mt940", "statement"),
    ("camt", "statement"),
    ("image/", "image"),
    ("audio/", "audio"),
    ("video/", "video"),
    ("text/", "text"),
)
KINDS: Final = frozenset(_BY_TYPE.values()) | {kind for _, kind in _BY_WORD} | {"other"}


@dataclass(frozen=True, slots=True)
class Document:
    """What an engine keeps of one passage: terms to find it by, facts to filter it by, ids to fetch it by."""

    id: UUID
    file: UUID
    exhibit: UUID
    case: UUID
    tier: str
    ordinal: int
    terms: str
    joined: str
    name: str
    kind: str
    language: str
    day: str


@dataclass(frozen=True, slots=True)
class Source:
    """What all passages of one file share."""

    file: UUID
    exhibit: UUID
    case: UUID
    tier: str
    name: str
    kind: str
    language: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One stored passage in the clear, as the vault's owner hands it over."""

    id: UUID
    ordinal: int
    text: str
    pinpoint: Pinpoint


def kind_of(media_type: str) -> str:
    """The kind a person would filter by: pdf, email, chat, image, …; *other* for what has no name here."""
    bare = media_type.partition(";")[0].strip().lower()
    if known := _BY_TYPE.get(bare):
        return known
    return next((kind for word, kind in _BY_WORD if word in bare), "other")


def documents(source: Source, pieces: Iterable[Piece], mask: Callable[[str], str]) -> Iterator[Document]:
    """The documents of one file: its card, then one for each passage, with protected names masked before folding."""
    name = mask(source.name)
    shared = fold_text(name)
    yield _document(source, Piece(source.file, CARD, name, Pinpoint()), name, shared)
    for piece in pieces:
        yield _document(source, piece, mask(piece.text), shared)


def _document(source: Source, piece: Piece, text: str, name: str) -> Document:
    return Document(
        id=piece.id,
        file=source.file,
        exhibit=source.exhibit,
        case=source.case,
        tier=source.tier,
        ordinal=piece.ordinal,
        terms=fold_text(text),
        joined=" ".join(dict.fromkeys(term.text for term in joined(text))),
        name=name,
        kind=source.kind,
        language=source.language,
        day=day_of(piece.pinpoint) or source.day,
    )


def day_of(pinpoint: Pinpoint) -> str:
    """The day a message or row carries, as YYYY-MM-DD, if its time is written that way; else nothing."""
    if not pinpoint.at:
        return ""
    try:
        return date.fromisoformat(pinpoint.at[:10]).isoformat()
    except ValueError:
        return ""
